// A short word that something was done; it goes by itself.

import { Store, useStore } from "../state/store";

interface Toast {
  id: number;
  text: string;
}

const toasts = new Store<readonly Toast[]>([]);
const SHOWN_MS = 5_000;
let count = 0;

export function toast(text: string): void {
  count += 1;
  const id = count;
  toasts.set([...toasts.get(), { id, text }]);
  window.setTimeout(() => toasts.set(toasts.get().filter((one) => one.id !== id)), SHOWN_MS);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {useStore(toasts).map((one) => (
        <p key={one.id}>{one.text}</p>
      ))}
    </div>
  );
}
