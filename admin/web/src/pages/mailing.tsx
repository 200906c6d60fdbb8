// A letter to many: written, looked at whom it reaches, tried on one account, sent; and how far those of late have come.

import { useMemo, useState } from "preact/hooks";
import * as calls from "../api/mailing";
import type { Letter, MailingLine, PreviewAnswer, Whom } from "../api/mailing";
import { ApiError } from "../api/request";
import { isDangerous, may } from "../api/roles";
import type { Role } from "../api/types";
import { useKinds } from "../data/kinds";
import { useAsked } from "../data/polled";
import { link } from "../state/route";
import { moment, whole } from "../text/format";
import { t } from "../text/language";
import { plain } from "../text/plain";
import { Badge, type Tone } from "../ui/badge";
import { Deed } from "../ui/deed";
import { Field, Form } from "../ui/field";
import { Empty, Problem, Shown } from "../ui/problem";
import { Table } from "../ui/table";
import { useGiven } from "../ui/waiting";
import { changesOfSending, inside, LetterFacts, whomText } from "./gift-facts";
import { MailingForm, type Draft, EMPTY, letterOf, problemOf, whomOf } from "./mailing-form";
import { nameOf } from "./players";

const EVERY_MS = 3_000;

export function Mailing({ role }: { role: Role }) {
  const asked = useAsked((signal) => calls.mailings(signal), [], EVERY_MS);
  const [stopping, setStopping] = useState<MailingLine | null>(null);
  return (
    <>
      <header class="page-head">
        <h1>{t("nav.mailing")}</h1>
        <button type="button" onClick={asked.reload}>
          {t("reload")}
        </button>
      </header>
      <Writing role={role} onSent={asked.reload} />
      <section class="card">
        <h2>{t("mailing.late")}</h2>
        <Shown asked={asked}>
          {(answer) =>
            answer.mailings.length === 0 ? (
              <Empty title={t("mailing.none")}>{t("mailing.none.help")}</Empty>
            ) : (
              <Late lines={answer.mailings} stop={may(role, "mailing.stop") ? setStopping : null} />
            )
          }
        </Shown>
      </section>
      {stopping !== null && (
        <Deed
          title={`${t("mailing.stop")}: ${plain(stopping.letter.subject)}`}
          verb={t("mailing.stop")}
          consequence={t("mailing.stop.help")}
          changes={[
            { what: t("state"), before: t("mailing.state.running"), after: t("mailing.state.stopped") },
          ]}
          dangerous={isDangerous("mailing.stop")}
          perform={(signed) => calls.stop(stopping.key, signed)}
          onDone={asked.reload}
          onClose={() => setStopping(null)}
        />
      )}
    </>
  );
}

/** Counted up page by page. */
interface Counted {
  answer: PreviewAnswer;
  whom: Whom;
  isWhole: boolean;
}

function Writing({ role, onSent }: { role: Role; onSent: () => void }) {
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [tried, setTried] = useState(false);
  const [counted, setCounted] = useState<Counted | null>(null);
  const [counting, setCounting] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [sending, setSending] = useState<"test" | "all" | null>(null);
  const problem = problemOf(draft);

  const look = async (): Promise<void> => {
    setTried(true);
    if (problem !== null || counting) {
      return;
    }
    setCounting(true);
    setError(null);
    const whom = whomOf(draft);
    try {
      await calls.counted(whom, (answer) => setCounted({ answer, whom, isWhole: answer.after === null }));
    } catch (wrong) {
      setError(wrong instanceof ApiError ? wrong : new ApiError(0, "broken", String(wrong)));
    }
    setCounting(false);
  };
  const change = (next: Draft): void => {
    setDraft(next);
    // What was counted is not what would be sent.
    setCounted(null);
  };
  const mayTry = may(role, "mailing.send");
  return (
    <section class="card">
      <h2>{t("mailing.write")}</h2>
      <Form onSend={() => void look()}>
        <MailingForm draft={draft} onDraft={change} />
        {tried && problem !== null && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <div class="actions">
          {mayTry && (
            <button type="button" disabled={problem !== null} onClick={() => setSending("test")}>
              {t("mailing.test")}
            </button>
          )}
          <button type="submit" class="primary" disabled={counting}>
            {t("mailing.preview")}
          </button>
        </div>
      </Form>
      {error !== null && <Problem error={error} />}
      {counted !== null && <Preview counted={counted} send={mayTry ? () => setSending("all") : null} />}
      {sending === "test" && (
        <Test letter={letterOf(draft)} onDone={onSent} onClose={() => setSending(null)} />
      )}
      {sending === "all" && counted !== null && (
        <Send counted={counted} letter={letterOf(draft)} onDone={onSent} onClose={() => setSending(null)} />
      )}
    </section>
  );
}

function Preview({ counted, send }: { counted: Counted; send: (() => void) | null }) {
  const { answer, isWhole } = counted;
  return (
    <div class="preview" role="status">
      {answer.unknown.length !== 0 && (
        <p class="note note-warn">
          {t("mailing.unknown", { names: plain(answer.unknown.join(", ")) })}
        </p>
      )}
      {isWhole && answer.meant === 0 ? (
        <Empty title={t("mailing.nobody")}>{t("mailing.nobody.help")}</Empty>
      ) : (
        <>
          <div class="switch-head">
            <h3>
              {t(isWhole ? "mailing.meant" : "mailing.counting", { n: whole(answer.meant) })}
            </h3>
            {send !== null && isWhole && answer.unknown.length === 0 && (
              <button type="button" class="danger" onClick={send}>
                {t("mailing.send.title", { n: whole(answer.meant) })}
              </button>
            )}
          </div>
          <p class="faint">{t("mailing.first")}</p>
          <ul class="readers">
            {answer.to.map((reader) => (
              <li key={reader.account}>
                <a href={link(["players", reader.account])}>{nameOf(reader.name)}</a>
                {reader.level !== null && <small class="faint"> {whole(reader.level)}</small>}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

interface SendProps {
  letter: Letter;
  onDone: () => void;
  onClose: () => void;
}

function Test({ letter, onDone, onClose }: SendProps) {
  const [to, setTo] = useState("");
  const key = useMemo(() => `test-${crypto.randomUUID()}`, []);
  const isWrong = to.trim() === "" || to.includes(",");
  const { keep, words } = useGiven(t("mailing.test"));
  const kinds = useKinds();
  return (
    <Deed
      title={t("mailing.test")}
      verb={t("mailing.test")}
      consequence={t("mailing.test.help")}
      changes={[
        { what: t("mailing.letters"), before: whole(0), after: whole(1) },
        { what: t("mailing.inside"), before: "–", after: inside(letter, kinds) },
      ]}
      dangerous={isDangerous("mailing.send")}
      about={<LetterFacts letter={letter} whom={null} kinds={kinds} />}
      missing={isWrong ? t("mailing.test.missing") : null}
      perform={(signed) => calls.send(key, { list: to.trim() }, 1, letter, signed).then(keep)}
      doneWords={words}
      onDone={onDone}
      onClose={onClose}
    >
      <Field label={t("mailing.test.to")} value={to} onValue={setTo} first />
    </Deed>
  );
}

function Send({ counted, letter, onDone, onClose }: SendProps & { counted: Counted }) {
  // One key a dialog: sent again after an answer was lost, it is sent once.
  const key = useMemo(() => `mail-${crypto.randomUUID()}`, []);
  const { meant } = counted.answer;
  const title = t("mailing.send.title", { n: whole(meant) });
  const { keep, words } = useGiven(title);
  const kinds = useKinds();
  return (
    <Deed
      title={title}
      verb={t("mailing.send")}
      consequence={t("mailing.send.help")}
      changes={changesOfSending(letter, counted.whom, meant, kinds)}
      about={<LetterFacts letter={letter} whom={counted.whom} kinds={kinds} />}
      dangerous={isDangerous("mailing.send")}
      perform={(signed) => calls.send(key, counted.whom, meant, letter, signed).then(keep)}
      doneWords={words}
      onDone={onDone}
      onClose={onClose}
    />
  );
}

const TONES: Record<MailingLine["state"], Tone> = {
  running: "info",
  done: "good",
  stopped: "warn",
  full: "warn",
};

function Late(props: { lines: readonly MailingLine[]; stop: ((line: MailingLine) => void) | null }) {
  const kinds = useKinds();
  const heads = [
    { label: t("mailing.started") },
    { label: t("mailing.subject") },
    { label: t("mailing.whom") },
    { label: t("mailing.inside") },
    { label: t("state") },
    { label: t("mailing.sent"), number: true },
    { label: t("mailing.skipped"), number: true },
    { label: t("bans.by") },
    { label: "" },
  ];
  return (
    <Table caption={t("mailing.late")} heads={heads}>
      {props.lines.map((line) => (
        <tr key={line.key}>
          <td>{moment(line.started_ms)}</td>
          <td class="cut-wide">{line.letter.subject === "" ? t("mail.hidden") : plain(line.letter.subject)}</td>
          <td>{whomText(line.letter.whom)}</td>
          <td>{inside(line.letter, kinds)}</td>
          <td>
            <Badge tone={TONES[line.state]}>{t(`mailing.state.${line.state}`)}</Badge>
          </td>
          <td class="number">{whole(line.sent)}</td>
          <td class="number" title={t("mailing.skipped.help")}>
            {whole(line.skipped)}
          </td>
          <td title={plain(line.reason)}>{plain(line.staff)}</td>
          <td>
            {props.stop !== null && line.state === "running" && (
              <div class="actions">
                <button type="button" onClick={() => props.stop?.(line)}>
                  {t("mailing.stop")}
                </button>
              </div>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}
