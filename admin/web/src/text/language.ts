// Which language the page speaks, and its words. The words themselves are in dictionary.ts.

import { recall, remember } from "../state/remembered";
import { Store } from "../state/store";
import { DICTIONARY, type Key } from "./dictionary";

export type Language = "en" | "zh";
export type { Key };

function first(): Language {
  const stored = recall("language");
  if (stored === "en" || stored === "zh") {
    return stored;
  }
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export const language = new Store<Language>(first());

export function locale(): string {
  return language.get() === "zh" ? "zh-CN" : "en-GB";
}

function apply(): void {
  document.documentElement.lang = language.get() === "zh" ? "zh-Hans" : "en";
}

export function setLanguage(wish: Language): void {
  remember("language", wish);
  language.set(wish);
  apply();
}

export function startLanguage(): void {
  apply();
}

/** The words of a key; `{name}` in them is replaced. */
export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  const text = DICTIONARY[key][language.get() === "zh" ? 1 : 0];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The words of a key that is made from what the server said, or that itself where nobody wrote any. */
export function tOr(prefix: string, name: string): string {
  const key = `${prefix}${name}`;
  return isKey(key) ? t(key) : name;
}

/** What the server says in English: in the page's language where the dictionary has it, else as it is said. */
export function tSaid(key: string, english: string): string {
  return language.get() !== "en" && isKey(key) ? t(key) : english;
}

export function isKey(key: string): key is Key {
  return Object.hasOwn(DICTIONARY, key);
}
