// A value that components watch. Knows nothing of what is in it.

import { useEffect, useState } from "preact/hooks";

type Listener = () => void;

export class Store<T> {
  readonly #listeners = new Set<Listener>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) {
      return;
    }
    this.#value = value;
    for (const listener of [...this.#listeners]) {
      listener();
    }
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}

/** The value of a store; the component renders again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [, render] = useState(0);
  const shown = store.get();
  useEffect(() => {
    const stop = store.subscribe(() => render((n) => n + 1));
    // It may have changed between rendering and this.
    if (!Object.is(shown, store.get())) {
      render((n) => n + 1);
    }
    return stop;
  }, [store]);
  return shown;
}
