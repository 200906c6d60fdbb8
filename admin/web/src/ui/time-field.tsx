// A moment to be chosen, in the time of whoever chooses it; told as milliseconds since 1970, or nothing.

import { useId } from "preact/hooks";

export function TimeField({ label, onValue }: { label: string; onValue: (ms: string) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="datetime-local"
        onInput={(event) => {
          const ms = new Date(event.currentTarget.value).getTime();
          onValue(Number.isNaN(ms) || ms < 0 ? "" : String(ms));
        }}
      />
    </div>
  );
}
