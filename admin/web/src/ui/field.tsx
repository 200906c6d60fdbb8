// Labelled inputs, with what is wrong said beside them.

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface FieldProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: string;
  problem?: string | null;
  type?: "text" | "password" | "search";
  autocomplete?: string;
  inputmode?: "text" | "numeric";
  maxLength?: number;
  required?: boolean;
  first?: boolean;
  mono?: boolean;
}

export function Field(props: FieldProps) {
  const id = useId();
  const note = props.problem ?? props.hint ?? "";
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        // The types of inputs are told apart by this literal; all of ours take the same attributes.
        type={(props.type ?? "text") as "text"}
        autocomplete={(props.autocomplete ?? "off") as "off"}
        required={props.required ?? true}
        maxLength={props.maxLength}
        inputMode={props.inputmode}
        class={props.mono === true ? "mono" : undefined}
        data-first={props.first === true ? "" : undefined}
        value={props.value}
        aria-invalid={props.problem != null}
        aria-describedby={note === "" ? undefined : `${id}-note`}
        spellcheck={false}
        onInput={(event) => props.onValue(event.currentTarget.value)}
      />
      {note !== "" && (
        <p id={`${id}-note`} class={props.problem == null ? "hint" : "problem"}>
          {note}
        </p>
      )}
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  options: readonly { value: string; label: string }[];
}

export function Choice(props: ChoiceProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select id={id} value={props.value} onChange={(event) => props.onValue(event.currentTarget.value)}>
        {props.options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Inputs with what sends them; Enter does too. */
export function Form(props: { onSend: () => void; children: ComponentChildren }) {
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        props.onSend();
      }}
    >
      {props.children}
    </form>
  );
}
