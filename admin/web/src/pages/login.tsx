// Logging in: name, password, and the code of whoever has set one up.

import { useState } from "preact/hooks";
import * as calls from "../api/calls";
import { ApiError } from "../api/request";
import { askSession } from "../state/session";
import { t } from "../text/language";
import { Field, Form } from "../ui/field";
import { wordsFor } from "../ui/problem";
import { Door } from "./door";

export function Login({ ended, world }: { ended: boolean; world: string | null }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [wantsCode, setWantsCode] = useState(false);
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const send = async (): Promise<void> => {
    if (sending) {
      return;
    }
    if (name.trim() === "" || password === "") {
      setProblem(t("login.missing"));
      return;
    }
    setSending(true);
    setProblem(null);
    try {
      await calls.login(name.trim(), password, code.trim());
      await askSession();
    } catch (error) {
      const known = error instanceof ApiError ? error : new ApiError(0, "broken", String(error));
      setWantsCode((wanted) => wanted || known.code.includes("code") || known.code.includes("totp"));
      setProblem(wordsFor(known));
      setSending(false);
    }
  };

  return (
    <Door title={t("login.title")} world={world}>
      {ended && problem === null && (
        <p class="note note-warn" role="status">
          {t("login.ended")}
        </p>
      )}
      <Form onSend={() => void send()}>
        <Field label={t("name")} value={name} onValue={setName} autocomplete="username" />
        <Field
          label={t("password")}
          type="password"
          value={password}
          onValue={setPassword}
          autocomplete="current-password"
        />
        <Field
          label={t("login.code")}
          value={code}
          onValue={setCode}
          autocomplete="one-time-code"
          inputmode="numeric"
          maxLength={8}
          required={wantsCode}
          hint={wantsCode ? "" : t("login.code.hint")}
          mono
        />
        {problem !== null && (
          <p class="note note-bad" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" class="primary" disabled={sending}>
          {sending ? t("login.sending") : t("login.send")}
        </button>
      </Form>
    </Door>
  );
}
