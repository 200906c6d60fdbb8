// Where in a match one is, and how one goes on: buttons, a slider, keys.

import { useId, useLayoutEffect, useState } from "preact/hooks";
import { t } from "../../text/language";
import { Choice, Form } from "../../ui/field";

const SPEEDS = [1, 2, 4, 8, 16] as const;

interface ControlsProps {
  at: number;
  /** The last that can be shown. */
  last: number;
  all: number;
  playing: boolean;
  speed: number;
  onAt: (at: number) => void;
  onPlay: () => void;
  onSpeed: (speed: number) => void;
}

export function Controls({ at, last, all, playing, speed, onAt, onPlay, onSpeed }: ControlsProps) {
  const id = useId();
  const [wish, setWish] = useState("");
  // Before the next key: two that come quickly are two steps.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target } = event;
      const isTyping = target instanceof HTMLElement && target.matches("input, textarea, select, button, summary");
      const isOurs = !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey;
      const keys: Record<string, () => void> = {
        ArrowLeft: () => onAt(at - 1),
        ArrowRight: () => onAt(at + 1),
        Home: () => onAt(0),
        End: () => onAt(last),
        " ": onPlay,
      };
      const act = keys[event.key];
      if (isOurs && act !== undefined && document.querySelector("dialog[open]") === null) {
        event.preventDefault();
        act();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
  return (
    <section class="card replay-controls" aria-label={t("replay.position")}>
      <div class="actions">
        <button type="button" disabled={at === 0} onClick={() => onAt(0)} aria-label={t("replay.first")}>
          |◀
        </button>
        <button type="button" disabled={at === 0} onClick={() => onAt(at - 1)} aria-label={t("replay.back")}>
          ◀
        </button>
        <button type="button" class="primary" onClick={onPlay}>
          {playing ? t("replay.pause") : t("replay.play")}
        </button>
        <button
          type="button"
          disabled={last <= at}
          onClick={() => onAt(at + 1)}
          aria-label={t("replay.forward")}
        >
          ▶
        </button>
        <button
          type="button"
          disabled={last <= at}
          onClick={() => onAt(last)}
          aria-label={t("replay.last")}
        >
          ▶|
        </button>
        <Choice
          label={t("replay.speed")}
          value={String(speed)}
          onValue={(value) => onSpeed(Number(value))}
          options={SPEEDS.map((one) => ({ value: String(one), label: `${one} ×` }))}
        />
        <Form
          onSend={() => {
            if (/^\d+$/.test(wish)) {
              onAt(Number(wish));
              setWish("");
            }
          }}
        >
          <div class="field">
            <label for={id}>{t("replay.go")}</label>
            <input
              id={id}
              class="mono"
              inputMode="numeric"
              value={wish}
              onInput={(event) => setWish(event.currentTarget.value)}
            />
          </div>
        </Form>
        <output class="replay-at">{t("replay.at", { n: at, all })}</output>
      </div>
      <input
        type="range"
        min={0}
        max={Math.max(last, at)}
        value={at}
        aria-label={t("replay.position")}
        onInput={(event) => onAt(Number(event.currentTarget.value))}
      />
      <p class="hint">{t("replay.keys")}</p>
    </section>
  );
}
