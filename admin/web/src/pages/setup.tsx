// The first start: whoever has the one-time link becomes the owner.

import { useState } from "preact/hooks";
import * as calls from "../api/calls";
import { ApiError } from "../api/request";
import { t } from "../text/language";
import { Field, Form } from "../ui/field";
import { wordsFor } from "../ui/problem";
import { Door } from "./door";

export const PASSWORD_CHARS_MIN = 12;
/** What staff may be called. */
export const STAFF_NAME = /^[a-z][a-z0-9._-]{1,31}$/;

/** Taken from the address once, and out of it, so that it stays neither there nor in the history. */
function takeToken(): string {
  const token = window.location.hash.slice(1);
  window.history.replaceState(null, "", "/setup");
  return token;
}

const token = window.location.pathname === "/setup" ? takeToken() : "";

export function Setup({ isOpen, world }: { isOpen: boolean; world: string | null }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [tried, setTried] = useState(false);
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const short = password.length < PASSWORD_CHARS_MIN ? t("password.short", { n: PASSWORD_CHARS_MIN }) : null;
  const differs = password !== again ? t("password.differs") : null;
  const nameless = STAFF_NAME.test(name.trim()) ? null : t("staff.name.hint");

  const send = async (): Promise<void> => {
    setTried(true);
    if (short !== null || differs !== null || nameless !== null || sending) {
      return;
    }
    setSending(true);
    setProblem(null);
    try {
      await calls.setup(token, name.trim(), password);
      window.location.replace("/");
    } catch (error) {
      setProblem(error instanceof ApiError ? wordsFor(error) : String(error));
      setSending(false);
    }
  };

  if (!isOpen || token === "") {
    return (
      <Door title={t("setup.title")} world={world}>
        <p>{isOpen ? t("setup.no-token") : t("setup.closed")}</p>
        {!isOpen && (
          <a class="button" href="/">
            {t("setup.to-login")}
          </a>
        )}
      </Door>
    );
  }
  return (
    <Door title={t("setup.title")} world={world}>
      <p>{t("setup.help")}</p>
      <Form onSend={() => void send()}>
        <Field
          label={t("name")}
          value={name}
          onValue={setName}
          autocomplete="username"
          maxLength={32}
          hint={t("staff.name.hint")}
          problem={tried ? nameless : null}
        />
        <Field
          label={t("password")}
          type="password"
          value={password}
          onValue={setPassword}
          autocomplete="new-password"
          hint={t("password.hint", { n: PASSWORD_CHARS_MIN })}
          problem={tried ? short : null}
        />
        <Field
          label={t("password.again")}
          type="password"
          value={again}
          onValue={setAgain}
          autocomplete="new-password"
          problem={tried ? differs : null}
        />
        {problem !== null && (
          <p class="note note-bad" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" class="primary" disabled={sending}>
          {t("setup.send")}
        </button>
      </Form>
    </Door>
  );
}
