// One's own password and second factor.

import { useState } from "preact/hooks";
import * as calls from "../api/calls";
import { ApiError } from "../api/request";
import { askSession } from "../state/session";
import { t } from "../text/language";
import { Badge } from "../ui/badge";
import { Field, Form } from "../ui/field";
import { wordsFor } from "../ui/problem";
import { toast } from "../ui/toast";
import { PASSWORD_CHARS_MIN } from "./setup";

export function Security({ name, totp }: { name: string; totp: boolean }) {
  return (
    <>
      <header class="page-head">
        <h1>{t("nav.security")}</h1>
      </header>
      <div class="columns">
        <Password name={name} />
        <Totp isOn={totp} />
      </div>
    </>
  );
}

function words(error: unknown): string {
  return error instanceof ApiError ? wordsFor(error) : String(error);
}

function Password({ name }: { name: string }) {
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [again, setAgain] = useState("");
  const [problem, setProblem] = useState<string | null>(null);

  const send = async (): Promise<void> => {
    const wrong =
      old === ""
        ? t("deed.password-missing")
        : fresh.length < PASSWORD_CHARS_MIN
          ? t("password.short", { n: PASSWORD_CHARS_MIN })
          : fresh !== again
            ? t("password.differs")
            : null;
    setProblem(wrong);
    if (wrong !== null) {
      return;
    }
    try {
      await calls.changePassword(old, fresh);
      toast(t("password.changed"));
      setOld("");
      setFresh("");
      setAgain("");
      await askSession();
    } catch (error) {
      setProblem(words(error));
    }
  };

  return (
    <section class="card">
      <h2>{t("password.change")}</h2>
      <Form onSend={() => void send()}>
        <input
          class="unseen"
          type="text"
          autocomplete="username"
          value={name}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <Field
          label={t("password.old")}
          type="password"
          autocomplete="current-password"
          value={old}
          onValue={setOld}
        />
        <Field
          label={t("password.new")}
          type="password"
          autocomplete="new-password"
          value={fresh}
          onValue={setFresh}
          hint={t("password.hint", { n: PASSWORD_CHARS_MIN })}
        />
        <Field
          label={t("password.again")}
          type="password"
          autocomplete="new-password"
          value={again}
          onValue={setAgain}
        />
        {problem !== null && (
          <p class="note note-bad" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" class="primary">
          {t("password.change")}
        </button>
      </Form>
    </section>
  );
}

function Totp({ isOn }: { isOn: boolean }) {
  const [password, setPassword] = useState("");
  const [begun, setBegun] = useState<{ secret: string; uri: string } | null>(null);
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<string | null>(null);

  const begin = async (): Promise<void> => {
    setProblem(null);
    try {
      setBegun(await calls.beginTotp(password));
      setPassword("");
    } catch (error) {
      setProblem(words(error));
    }
  };
  const confirm = async (): Promise<void> => {
    setProblem(null);
    try {
      await calls.confirmTotp(code.trim());
      toast(t("totp.done"));
      setBegun(null);
      setCode("");
      await askSession();
    } catch (error) {
      setProblem(words(error));
    }
  };

  return (
    <section class="card">
      <h2>
        {t("totp.title")}{" "}
        {isOn ? <Badge tone="good">{t("on")}</Badge> : <Badge tone="warn">{t("off")}</Badge>}
      </h2>
      <p>{isOn ? t("totp.on.help") : t("totp.off.help")}</p>
      {begun === null ? (
        <Form onSend={() => void begin()}>
          <Field
            label={t("deed.password")}
            type="password"
            autocomplete="current-password"
            value={password}
            onValue={setPassword}
          />
          {problem !== null && (
            <p class="note note-bad" role="alert">
              {problem}
            </p>
          )}
          <button type="submit" class="primary">
            {isOn ? t("totp.renew") : t("totp.begin")}
          </button>
        </Form>
      ) : (
        <Form onSend={() => void confirm()}>
          <p>{t("totp.secret.help")}</p>
          <output class="secret mono">{spaced(begun.secret)}</output>
          <p>
            <a href={otpauth(begun.uri)}>{t("totp.open")}</a>
          </p>
          <Field
            label={t("login.code")}
            value={code}
            onValue={setCode}
            autocomplete="one-time-code"
            inputmode="numeric"
            maxLength={8}
            mono
          />
          {problem !== null && (
            <p class="note note-bad" role="alert">
              {problem}
            </p>
          )}
          <div class="actions">
            <button type="button" onClick={() => setBegun(null)}>
              {t("cancel")}
            </button>
            <button type="submit" class="primary">
              {t("totp.confirm")}
            </button>
          </div>
        </Form>
      )}
    </section>
  );
}

/** In fours, as people copy it. */
function spaced(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, "$1 ");
}

/** No other scheme is ever a link here. */
function otpauth(uri: string): string {
  return uri.startsWith("otpauth://") ? uri : "#";
}
