// Asks before something is changed: shows exactly what will change, wants a reason, and a password where it is
// dangerous. Knows no particular deed.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Signed } from "../api/calls";
import { ApiError } from "../api/request";
import { t } from "../text/language";
import { Dialog } from "./dialog";
import { Field, Form } from "./field";
import { wordsFor } from "./problem";
import { toast } from "./toast";

export interface Change {
  what: string;
  before: string;
  after: string;
}

interface DeedProps {
  title: string;
  /** The word on the button. */
  verb: string;
  /** What it means for whom it is done to. */
  consequence: string;
  changes: readonly Change[];
  dangerous: boolean;
  /** A reason that the player is shown is asked for with other words. */
  reasonHint?: string;
  /** Not yet complete: what is missing. */
  missing?: string | null;
  /** What it would change is being looked up: it cannot be sent before that is shown. */
  looking?: boolean;
  perform: (signed: Signed) => Promise<unknown>;
  /** What it says that it was done, where that may be less than all of it. */
  doneWords?: () => string;
  onDone: () => void;
  onClose: () => void;
  /** What it is about, to be read; what is to be filled in are the children. */
  about?: ComponentChildren;
  children?: ComponentChildren;
}

const REASON_BYTES_MAX = 128;

export function Deed(props: DeedProps) {
  const [reason, setReason] = useState("");
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const [sending, setSending] = useState(false);
  const [wantsPassword, setWantsPassword] = useState(props.dangerous);
  const [problem, setProblem] = useState<string | null>(null);

  const reasonProblem = problemOfReason(reason);
  const passwordProblem = wantsPassword && password === "" ? t("deed.password-missing") : null;
  const missing = props.missing ?? null;
  const looking = props.looking ?? false;

  const send = async (): Promise<void> => {
    setTried(true);
    if (reasonProblem !== null || passwordProblem !== null || missing !== null || looking || sending) {
      return;
    }
    setSending(true);
    setProblem(null);
    try {
      await props.perform(wantsPassword ? { reason: reason.trim(), password } : { reason: reason.trim() });
      toast(props.doneWords?.() ?? t("deed.done", { what: props.title }));
      props.onDone();
      props.onClose();
    } catch (error) {
      const known = error instanceof ApiError ? error : new ApiError(0, "broken", String(error));
      setWantsPassword((wanted) => wanted || known.code.includes("password"));
      setProblem(wordsFor(known));
      setSending(false);
    }
  };

  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <Form onSend={() => void send()}>
        <p>{props.consequence}</p>
        {props.about}
        {props.children}
        <Changes changes={props.changes} />
        <Field
          label={t("reason")}
          value={reason}
          onValue={setReason}
          hint={props.reasonHint ?? t("deed.reason-hint")}
          problem={tried ? reasonProblem : null}
          first={props.children === undefined}
        />
        {wantsPassword && (
          <Field
            label={t("deed.password")}
            type="password"
            autocomplete="current-password"
            value={password}
            onValue={setPassword}
            problem={tried ? passwordProblem : null}
          />
        )}
        {tried && missing !== null && (
          <p class="problem" role="alert">
            {missing}
          </p>
        )}
        {problem !== null && (
          <p class="note note-bad" role="alert">
            {problem}
          </p>
        )}
        <div class="actions">
          <button type="button" onClick={props.onClose}>
            {t("cancel")}
          </button>
          <button type="submit" class={props.dangerous ? "danger" : "primary"} disabled={sending || looking}>
            {sending ? t("deed.sending") : looking ? t("deed.looking") : props.verb}
          </button>
        </div>
      </Form>
    </Dialog>
  );
}

function Changes({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) {
    return null;
  }
  return (
    <table class="changes">
      <caption>{t("deed.changes")}</caption>
      <tbody>
        {changes.map((change) => (
          <tr key={change.what}>
            <th scope="row">{change.what}</th>
            <td>
              <del>{change.before}</del>
            </td>
            <td aria-hidden="true">→</td>
            <td>
              <ins>{change.after}</ins>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function problemOfReason(reason: string): string | null {
  if (reason.trim() === "") {
    return t("deed.reason-missing");
  }
  const over = new TextEncoder().encode(reason.trim()).length - REASON_BYTES_MAX;
  return 0 < over ? t("deed.reason-long", { over }) : null;
}
