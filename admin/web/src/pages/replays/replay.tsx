// One match that is over, stepped through: what was heard, what it changed, the state and its hash; forwards, backwards, by
// jumps and played. It is executed again for whoever looks, by a process of its own.

import { useEffect, useState } from "preact/hooks";
import * as calls from "../../api/replays";
import type { Steps } from "../../api/replays";
import { may } from "../../api/roles";
import type { Role } from "../../api/types";
import { link } from "../../state/route";
import { moment, whole } from "../../text/format";
import { t } from "../../text/language";
import { plain } from "../../text/plain";
import { Deed } from "../../ui/deed";
import { Empty, Loading, Problem } from "../../ui/problem";
import { Facts } from "../../ui/table";
import { Controls } from "./controls";
import { Shown } from "./shown";
import { useStory } from "./steps";

const CLOSED = ["replay_is_secret", "replay_not_opened"];
const WAIT_MS_MIN = 25;
const WAIT_MS_MAX = 1_500;

export function ReplayPage({ id, role }: { id: string; role: Role }) {
  const [secret, setSecret] = useState(false);
  const [at, setAt] = useState(0);
  const [speed, setSpeed] = useState(1);
  const [playing, setPlaying] = useState(false);
  const story = useStory(id, secret, at);
  const { known, head, error } = story;
  const last = story.differs == null ? (head?.inputs ?? 0) : Math.max(...known.keys(), 0);
  const isSecret = error !== null && CLOSED.includes(error.code);

  useEffect(() => {
    const [now, next] = [known.get(at), known.get(at + 1)];
    if (!playing || next === undefined) {
      return undefined;
    }
    const wait = ((next.at_ms ?? 0) - (now?.at_ms ?? 0)) / speed;
    const timer = window.setTimeout(() => setAt(at + 1), Math.min(Math.max(wait, WAIT_MS_MIN), WAIT_MS_MAX));
    return () => window.clearTimeout(timer);
  }, [playing, at, speed, known]);
  useEffect(() => {
    if (playing && head != null && last <= at) {
      setPlaying(false);
    }
  }, [playing, at, last, head]);

  const jump = (to: number): void => {
    setPlaying(false);
    setAt(Math.min(Math.max(to, 0), last));
  };
  return (
    <>
      <header class="page-head">
        <div>
          <p class="crumbs">
            <a href={link(["replays"])}>{t("nav.replays")}</a> / <span class="mono">{id}</span>
          </p>
          <h1>{head == null ? t("replays.match") : `${plain(head.kind)}#${head.number}`}</h1>
        </div>
      </header>
      {isSecret && <Secret id={id} role={role} onOpen={() => (secret ? story.retry() : setSecret(true))} />}
      {error !== null && !isSecret && <Problem error={error} retry={story.retry} />}
      {head == null ? (
        error === null && (story.differs == null ? <Loading /> : <Verdict story={story} />)
      ) : (
        !isSecret && (
          <>
            <section class="card">
              <Facts
                facts={[
                  [t("replay.opened"), moment(head.opened_ms)],
                  [t("room.inputs"), whole(head.inputs)],
                  [t("replays.how"), plain(head.outcome)],
                  ...(head.options === "" ? [] : [[t("replay.options"), plain(head.options)] as const]),
                ]}
              />
              <Verdict story={story} />
            </section>
            <Controls
              at={at}
              last={last}
              all={head.inputs}
              playing={playing}
              speed={speed}
              onAt={jump}
              onPlay={() => {
                if (!playing && last <= at) {
                  setAt(0);
                }
                setPlaying(!playing);
              }}
              onSpeed={setSpeed}
            />
            <Shown known={known} at={at} onAt={jump} />
          </>
        )
      )}
    </>
  );
}

/** What came of playing all of it again, once the end was played. */
function Verdict({ story }: { story: { end: Steps["end"] | null; differs: Steps["differs"] | null } }) {
  const { end, differs } = story;
  if (differs != null) {
    return (
      <p class="note note-bad">
        {t("replay.differs", { text: plain(differs.text), code: plain(differs.code) })}
      </p>
    );
  }
  if (end == null) {
    return null;
  }
  const words = { hash: end.hash ?? "", detail: plain(end.detail) };
  return (
    <p class="faint replay-verdict">
      {end.verdict === "same"
        ? t("replay.same", words)
        : end.verdict === "broke"
          ? t("replay.broke", words)
          : t("replay.ended", words)}
    </p>
  );
}

function Secret({ id, role, onOpen }: { id: string; role: Role; onOpen: () => void }) {
  const [asks, setAsks] = useState(false);
  return (
    <section class="card">
      <Empty title={t("replay.secret")}>{t("replay.secret.help")}</Empty>
      {may(role, "replay.open") && (
        <div class="actions replay-open">
          <button type="button" class="primary" onClick={() => setAsks(true)}>
            {t("deed.look")}
          </button>
        </div>
      )}
      {asks && (
        <Deed
          title={t("deed.title", { deed: t("deed.look"), who: id })}
          verb={t("deed.look")}
          consequence={t("deed.look.help")}
          changes={[]}
          dangerous={false}
          perform={(signed) => calls.open(id, signed.reason)}
          onDone={onOpen}
          onClose={() => setAsks(false)}
        />
      )}
    </section>
  );
}
