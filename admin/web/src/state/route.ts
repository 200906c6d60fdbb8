// Where in the console the user is: the part of the address behind `#`, so that the server serves one page.

import { Store } from "./store";

export interface Route {
  /** The first word: which page. */
  page: string;
  /** The words behind it. */
  rest: readonly string[];
  query: URLSearchParams;
}

function parse(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [page = "", ...rest] = path.split("/").map(decode);
  return { page: page === "" ? "overview" : page, rest, query: new URLSearchParams(query) };
}

function decode(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

/** Setting the console up has an address of its own, whose `#` is the one-time token. */
export function isSetup(): boolean {
  return window.location.pathname === "/setup";
}

export const route = new Store<Route>(parse(isSetup() ? "" : window.location.hash));

export function startRoute(): void {
  window.addEventListener("hashchange", () => {
    if (!isSetup()) {
      route.set(parse(window.location.hash));
    }
  });
}

/** The address of a page. */
export function link(words: readonly string[], query: Readonly<Record<string, string>> = {}): string {
  const path = words.map(encodeURIComponent).join("/");
  const rest = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")).toString();
  return `#/${path}${rest === "" ? "" : `?${rest}`}`;
}

export function go(words: readonly string[], query: Readonly<Record<string, string>> = {}): void {
  window.location.hash = link(words, query);
}
