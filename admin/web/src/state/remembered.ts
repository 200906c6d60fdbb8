// What this browser remembers of its user's wishes: theme and language. A browser that keeps nothing is fine.

export function recall(key: string): string | null {
  try {
    return window.localStorage.getItem(`ding.${key}`);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    window.localStorage.setItem(`ding.${key}`, value);
  } catch {
    // It is forgotten with the tab.
  }
}
