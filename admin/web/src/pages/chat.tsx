// What is said in public, as it comes, and lines of the house to everybody.

import { useEffect, useRef, useState } from "preact/hooks";
import * as calls from "../api/mailing";
import type { Channel, ChatLine } from "../api/mailing";
import { ApiError } from "../api/request";
import { isDangerous, may } from "../api/roles";
import type { Role } from "../api/types";
import { isAttended } from "../state/attention";
import { link } from "../state/route";
import { clockTime, moment } from "../text/format";
import { t } from "../text/language";
import { plain } from "../text/plain";
import { Badge } from "../ui/badge";
import { Deed } from "../ui/deed";
import { Field } from "../ui/field";
import { Empty, Loading, Problem } from "../ui/problem";
import { Segments } from "../ui/segments";
import { nameOf } from "./players";

const EVERY_MS = 2_000;
/** As many as the game remembers. */
const LINES_MAX = 1_000;
/** Of 80 lines each: a little more than what game remembers. */
const ANSWERS_MAX = 16;

export function Chat({ role }: { role: Role }) {
  const [channel, setChannel] = useState<Channel>("");
  const [announcing, setAnnouncing] = useState(false);
  const { lines, error } = useTail(channel);
  return (
    <>
      <header class="page-head">
        <h1>{t("nav.chat")}</h1>
        <div class="actions">
          <Segments
            label={t("chat.channel")}
            value={channel}
            onValue={setChannel}
            options={[
              { value: "", label: t("chat.channel.all") },
              { value: "world", label: t("chat.channel.world") },
              { value: "near", label: t("chat.channel.near") },
            ]}
          />
          {may(role, "announce") && (
            <button type="button" class="primary" onClick={() => setAnnouncing(true)}>
              {t("announce")}
            </button>
          )}
        </div>
      </header>
      <section class="card">
        <p class="faint">{t("chat.help")}</p>
        {error !== null && <Problem error={error} />}
        {lines === null ? (
          error === null && <Loading />
        ) : lines.length === 0 ? (
          <Empty title={t("chat.none")}>{t("chat.none.help")}</Empty>
        ) : (
          <Lines lines={lines} />
        )}
      </section>
      {announcing && <Announce onClose={() => setAnnouncing(false)} />}
    </>
  );
}

/** Lines as they come. A game that began anew counts from one again: then they are all new. */
function useTail(channel: Channel): { lines: readonly ChatLine[] | null; error: ApiError | null } {
  const [lines, setLines] = useState<readonly ChatLine[] | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    let timer: number | undefined;
    let known: readonly ChatLine[] = [];
    setLines(null);
    const once = async (isFirst: boolean): Promise<void> => {
      try {
        if (isFirst || isAttended()) {
          // An answer holds few lines: it is asked on until one holds none, or all that game remembers has come.
          for (let asked = 0; asked < ANSWERS_MAX; asked += 1) {
            const last = known.at(-1)?.n ?? 0;
            const { lines: fresh } = await calls.chat(channel, last, abort.signal);
            if (abort.signal.aborted) {
              return;
            }
            const isAnew = fresh.some((line) => line.n <= last);
            known = [...(isAnew ? [] : known), ...fresh].slice(-LINES_MAX);
            if (fresh.length === 0) {
              break;
            }
          }
          setLines(known);
          setError(null);
        }
      } catch (problem) {
        if (!abort.signal.aborted) {
          setError(problem instanceof ApiError ? problem : new ApiError(0, "broken", String(problem)));
        }
      }
      if (!abort.signal.aborted) {
        timer = window.setTimeout(() => void once(false), EVERY_MS);
      }
    };
    void once(true);
    return () => {
      abort.abort();
      window.clearTimeout(timer);
    };
  }, [channel]);
  return { lines, error };
}

/** The newest below, in sight unless somebody reads further up. */
function Lines({ lines }: { lines: readonly ChatLine[] }) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    if (follows.current && box.current !== null) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [lines]);
  return (
    <div
      ref={box}
      class="chat"
      tabIndex={0}
      role="log"
      aria-label={t("nav.chat")}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        follows.current = scrollHeight - scrollTop - clientHeight < 40;
      }}
    >
      {lines.map((line) => (
        <p key={line.n}>
          <time title={moment(line.at_ms)}>{clockTime(line.at_ms)}</time>
          <Badge tone={line.channel === "world" ? "info" : "plain"}>
            {line.channel === "world" ? t("chat.channel.world") : t("chat.channel.near")}
          </Badge>
          <a href={link(["players", line.account])}>{nameOf(line.name)}</a>
          <span>{plain(line.text)}</span>
        </p>
      ))}
    </div>
  );
}

function Announce({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const bytes = new TextEncoder().encode(text.trim()).length;
  const isWrong = bytes === 0 || 512 < bytes;
  return (
    <Deed
      title={t("announce.title")}
      verb={t("announce")}
      consequence={t("announce.help")}
      changes={[{ what: t("announce.text"), before: "–", after: isWrong ? "…" : plain(text.trim()) }]}
      dangerous={isDangerous("announce")}
      missing={isWrong ? t("announce.missing") : null}
      perform={(signed) => calls.announce(text.trim(), signed)}
      onDone={() => undefined}
      onClose={onClose}
    >
      <Field label={t("announce.text")} value={text} onValue={setText} hint={t("announce.hint")} first />
    </Deed>
  );
}
