// Dark or light: as the system says, or as the switch was set. Colors themselves are in app.css.

import { recall, remember } from "./remembered";
import { Store } from "./store";

export type Theme = "auto" | "light" | "dark";

function stored(): Theme {
  const value = recall("theme");
  return value === "light" || value === "dark" ? value : "auto";
}

export const theme = new Store<Theme>(stored());

/** Counts changes of the colors that are shown, of the system's too: canvases draw themselves again. */
export const palette = new Store(0);

function apply(): void {
  const wish = theme.get();
  if (wish === "auto") {
    delete document.documentElement.dataset["theme"];
  } else {
    document.documentElement.dataset["theme"] = wish;
  }
  palette.set(palette.get() + 1);
}

export function setTheme(wish: Theme): void {
  remember("theme", wish);
  theme.set(wish);
  apply();
}

export function startTheme(): void {
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  apply();
}
