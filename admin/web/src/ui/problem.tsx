// What went wrong, in words that say what to do; and the states of something that was asked for.

import type { ComponentChildren } from "preact";
import type { ApiError } from "../api/request";
import type { Asked } from "../data/polled";
import { isKey, language, t } from "../text/language";
import { formsOf } from "../text/refused";

/** The words for an error: ours for what is known, else the server's. */
export function wordsFor(error: ApiError): string {
  const key = `error.${error.code}`;
  if (isKey(key)) {
    return t(key, { text: inWords(error.message) });
  }
  if (error.message !== "") {
    return `${error.message} (${error.code})`;
  }
  return t("error.unknown", { code: error.code, status: error.status });
}

/** What the server says beside the code, in the page's language as far as its form is known. */
function inWords(text: string): string {
  if (language.get() === "en") {
    return text;
  }
  return formsOf(text)
    .map((form) => (typeof form === "string" ? form : t(form.key, form.values)))
    .join("; ");
}

export function Problem({ error, retry }: { error: ApiError; retry?: (() => void) | undefined }) {
  return (
    <div class="note note-bad" role="alert">
      <span>{wordsFor(error)}</span>
      {retry !== undefined && (
        <button type="button" onClick={retry}>
          {t("retry")}
        </button>
      )}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {children !== undefined && <p>{children}</p>}
    </div>
  );
}

/** Shows an answer, or why there is none. An old answer stays, with a word that it is old. */
export function Shown<T>({ asked, children }: { asked: Asked<T>; children: (data: T) => ComponentChildren }) {
  if (asked.data === null) {
    return asked.error === null ? <Loading /> : <Problem error={asked.error} retry={asked.reload} />;
  }
  return (
    <>
      {asked.error !== null && <Problem error={asked.error} retry={asked.reload} />}
      {children(asked.data)}
    </>
  );
}

export function Loading() {
  return (
    <div class="loading" role="status">
      <span class="unseen">{t("loading")}</span>
      <i />
      <i />
      <i />
    </div>
  );
}
