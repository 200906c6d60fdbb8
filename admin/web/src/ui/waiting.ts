// What a dialog says when it is done with what may wait for a second member of the staff: that it waits, or that it is done,
// never both.

import { useRef } from "preact/hooks";
import type { Given } from "../api/players";
import { t } from "../text/language";

export function useGiven(title: string) {
  const waits = useRef(false);
  const keep = ({ pending }: Given): void => {
    waits.current = pending !== undefined;
  };
  const words = (): string => (waits.current ? t("gifts.waits") : t("deed.done", { what: title }));
  return { keep, words };
}
