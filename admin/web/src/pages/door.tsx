// The card in front of the console: setting it up and logging in stand in it.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../text/language";
import { Logo } from "../ui/icons";
import { LanguageSwitch, ThemeSwitch } from "../ui/switches";

export function Door({
  title,
  world,
  children,
}: {
  title: string;
  world: string | null;
  children: ComponentChildren;
}) {
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = `${title} · ${t("brand")}`;
    card.current?.querySelector("input")?.focus();
  }, [title]);
  return (
    <div class="door">
      <main class="card" ref={card}>
        <p class="door-brand">
          <Logo /> {t("brand")} {world !== null && <small>{world}</small>}
        </p>
        <h1>{title}</h1>
        {children}
      </main>
      <div class="door-switches">
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
    </div>
  );
}
