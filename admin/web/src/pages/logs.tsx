// What the processes log, as it comes, older lines page by page, and how much of it. Lines are text, whoever wrote what
// is in them.

import { useState } from "preact/hooks";
import { isDangerous } from "../api/roles";
import * as ops from "../api/ops";
import { useAsked } from "../data/polled";
import { moment } from "../text/format";
import { t } from "../text/language";
import { plain } from "../text/plain";
import { Badge, type Tone } from "../ui/badge";
import { Deed } from "../ui/deed";
import { Choice, Field } from "../ui/field";
import { Empty, Shown } from "../ui/problem";
import { type Paging, Table, usePaging } from "../ui/table";

interface Raise {
  process: string;
  logging: ops.Logging;
}

export function Logs() {
  const [level, setLevel] = useState("info");
  const [process, setProcess] = useState("");
  const [event, setEvent] = useState("");
  const [text, setText] = useState("");
  const [raise, setRaise] = useState<Raise | null>(null);
  const paging = usePaging([level, process, event, text]);
  const before = paging.after;
  // Whoever reads older lines reads them in peace: nothing comes to those.
  const asked = useAsked(
    (signal) => ops.logs({ level, process, event, text, before }, signal),
    [level, process, event, text, before],
    before === "" ? 1_000 : 0,
  );
  const processes = Object.entries(asked.data?.processes ?? {});
  const all = { value: "", label: t("logs.all") };
  return (
    <>
      <header class="page-head">
        <h1>{t("nav.logs")}</h1>
      </header>
      <section class="card">
        <div class="search-line">
          <Choice
            label={t("logs.process")}
            value={process}
            onValue={setProcess}
            options={[all, ...processes.map(([name]) => ({ value: name, label: name }))]}
          />
          <Choice
            label={t("logs.level")}
            value={level}
            onValue={setLevel}
            options={["error", "warn", "info", "debug", "trace"].map((name) => ({ value: name, label: name }))}
          />
          <Field label={t("logs.event")} value={event} onValue={setEvent} required={false} />
          <Field label={t("logs.text")} value={text} onValue={setText} required={false} />
        </div>
        <div class="actions">
          {processes.map(([name, logging]) => (
            <button type="button" key={name} onClick={() => setRaise({ process: name, logging })}>
              {name}:{" "}
              {logging.raised_ms === 0
                ? logging.level
                : t("logs.left", {
                    level: logging.level,
                    s: Math.ceil(logging.raised_ms / 1_000),
                    held: logging.held_back,
                  })}
            </button>
          ))}
        </div>
      </section>
      <section class="card">
        <Shown asked={asked}>
          {(answer) => (
            <>
              {answer.lines.length === 0 ? (
                <Empty title={t("logs.none")}>{t("logs.none.help")}</Empty>
              ) : (
                <Lines lines={answer.lines} />
              )}
              <Older paging={paging} oldest={answer.oldest} />
            </>
          )}
        </Shown>
      </section>
      {raise !== null && <Level {...raise} onDone={asked.reload} onClose={() => setRaise(null)} />}
    </>
  );
}

const TONES: Readonly<Record<string, Tone>> = { error: "bad", warn: "warn", info: "plain" };

function Lines({ lines }: { lines: readonly ops.LogLine[] }) {
  const heads = [
    { label: t("time") },
    { label: t("logs.level") },
    { label: t("logs.process") },
    { label: t("logs.event") },
    { label: t("logs.text") },
  ];
  return (
    <Table caption={t("nav.logs")} heads={heads}>
      {[...lines].reverse().map((line) => (
        <tr key={line.n}>
          <td>{moment(line.at_ms)}</td>
          <td>
            <Badge tone={TONES[line.level] ?? "info"}>{plain(line.level)}</Badge>
          </td>
          <td>{line.process}</td>
          <td class="mono">{plain(line.event)}</td>
          <td class="change">
            {Object.entries(line.fields)
              .map(([key, value]) => plain(`${key}=${typeof value === "string" ? value : JSON.stringify(value)}`))
              .join(" ")}
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** Back in time, and again to where lines come. */
function Older({ paging, oldest }: { paging: Paging; oldest: number | null }) {
  if (paging.number === 1 && oldest === null) {
    return null;
  }
  return (
    <nav class="pager" aria-label={t("pager")}>
      <button type="button" disabled={paging.number === 1} onClick={paging.back}>
        {t("logs.newer")}
      </button>
      <span>{paging.number === 1 ? t("logs.live") : t("pager.page", { n: paging.number })}</span>
      <button
        type="button"
        disabled={oldest === null}
        onClick={() => oldest !== null && paging.forward(String(oldest))}
      >
        {t("logs.older")}
      </button>
    </nav>
  );
}

/** More than usual, or as usual again where it is more now. */
function Level({ process, logging, onDone, onClose }: Raise & { onDone: () => void; onClose: () => void }) {
  const isRaised = logging.raised_ms !== 0;
  const [level, setLevel] = useState(isRaised ? logging.usual : "debug");
  const verb = level === logging.usual ? t("logs.usual") : t("logs.more");
  return (
    <Deed
      title={t("deed.title", { deed: verb, who: process })}
      verb={verb}
      consequence={level === logging.usual ? t("logs.usual.help") : t("logs.more.help")}
      changes={[{ what: t("logs.level"), before: logging.level, after: level }]}
      dangerous={isDangerous("log.level")}
      perform={(signed) => ops.logLevel(process, level, signed)}
      onDone={onDone}
      onClose={onClose}
    >
      <Choice
        label={t("logs.level")}
        value={level}
        onValue={setLevel}
        options={[logging.usual, "debug", "trace"]
          .filter((name, at, all) => all.indexOf(name) === at)
          .map((name) => ({ value: name, label: name }))}
      />
    </Deed>
  );
}
