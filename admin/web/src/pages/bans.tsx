// Who may not play or not speak now: until when, why, by whom; ended in a dialog that says what it will change.

import { useState } from "preact/hooks";
import * as deeds from "../api/calls";
import { isDangerous, may } from "../api/roles";
import * as calls from "../api/switches";
import type { BanKind, BanLine, Looked } from "../api/switches";
import type { Role } from "../api/types";
import { useAsked } from "../data/polled";
import { link } from "../state/route";
import { moment, whole } from "../text/format";
import { t } from "../text/language";
import { plain } from "../text/plain";
import { Badge } from "../ui/badge";
import { Deed } from "../ui/deed";
import { Shown } from "../ui/problem";
import { Segments } from "../ui/segments";
import { Found, Pager, Table, usePaging } from "../ui/table";
import { nameOf } from "./players";

/** One of the two restrictions of one account. */
interface Held {
  line: BanLine;
  deed: "unban" | "unmute";
}

export function Bans({ role }: { role: Role }) {
  const [kind, setKind] = useState<BanKind>("");
  const paging = usePaging([kind]);
  const asked = useAsked((signal) => calls.bans(kind, paging.after, signal), [kind, paging.after]);
  const count = useAsked((signal) => calls.banCount(signal), []);
  const [lifting, setLifting] = useState<Held | null>(null);
  const reload = (): void => {
    asked.reload();
    count.reload();
  };
  return (
    <>
      <header class="page-head">
        <h1>
          {t("nav.bans")}
          {count.data !== null && (
            <small>
              {t(count.data.all ? "bans.count" : "bans.count.least", {
                banned: whole(count.data.banned),
                muted: whole(count.data.muted),
              })}
            </small>
          )}
        </h1>
        <div class="actions">
          <Segments
            label={t("bans.kind")}
            value={kind}
            onValue={setKind}
            options={[
              { value: "", label: t("bans.kind.all") },
              { value: "banned", label: t("bans.kind.banned") },
              { value: "muted", label: t("bans.kind.muted") },
            ]}
          />
          <button type="button" onClick={reload}>
            {t("reload")}
          </button>
        </div>
      </header>
      <section class="card">
        <Shown asked={asked}>
          {(answer) => (
            <>
              <Found count={answer.rows.length} next={answer.after} none={t("bans.none")}>
                <Lines lines={answer.rows} looked={answer.looked} kind={kind} role={role} lift={setLifting} />
              </Found>
              {answer.rows.length === 0 && answer.after === null && (
                <p class="faint">{t("bans.none.help")}</p>
              )}
              <Pager paging={paging} next={answer.after} />
            </>
          )}
        </Shown>
      </section>
      {lifting !== null && <Lift {...lifting} onDone={reload} onClose={() => setLifting(null)} />}
    </>
  );
}

interface LinesProps {
  lines: readonly BanLine[];
  looked: Looked;
  kind: BanKind;
  role: Role;
  lift: (held: Held) => void;
}

function Lines({ lines, looked, kind, role, lift }: LinesProps) {
  const heads = [
    { label: t("name") },
    { label: t("id") },
    { label: t("state") },
    { label: t("bans.until") },
    { label: t("reason") },
    { label: t("bans.by") },
    { label: "" },
  ];
  const held = lines.flatMap((line): Held[] => [
    ...(line.banned && kind !== "muted" ? [{ line, deed: "unban" } as const] : []),
    ...(line.muted && kind !== "banned" ? [{ line, deed: "unmute" } as const] : []),
  ]);
  return (
    <Table caption={t("nav.bans")} heads={heads}>
      {held.map((one) => {
        const { line, deed } = one;
        const isBan = deed === "unban";
        const done = isBan ? line.ban : line.mute;
        const reason = isBan ? (line.ban_reason ?? "") : (line.mute?.reason ?? "");
        const notFound = <span class="faint">{t(`bans.by.${looked}`)}</span>;
        return (
          <tr key={`${line.account} ${deed}`}>
            <th scope="row">
              <a href={link(["players", line.account])}>{nameOf(line.name)}</a>
            </th>
            <td class="mono">{line.account}</td>
            <td>{isBan ? <Badge tone="bad">{t("banned")}</Badge> : <Badge tone="warn">{t("muted")}</Badge>}</td>
            <td>{moment(isBan ? line.banned_until_ms : line.muted_until_ms)}</td>
            <td class="cut-wide">{reason !== "" ? plain(reason) : done === null && !isBan ? notFound : "–"}</td>
            <td>
              {done === null ? (
                notFound
              ) : (
                <>
                  {plain(done.by)} <small class="faint">{moment(done.at_ms)}</small>
                </>
              )}
            </td>
            <td>
              {may(role, deed) && (
                <div class="actions">
                  <button type="button" onClick={() => lift(one)}>
                    {t(`deed.${deed}`)}
                  </button>
                </div>
              )}
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

function Lift({ line, deed, onDone, onClose }: Held & { onDone: () => void; onClose: () => void }) {
  const isBan = deed === "unban";
  return (
    <Deed
      title={t("deed.title", { deed: t(`deed.${deed}`), who: `${nameOf(line.name)} (${line.account})` })}
      verb={t(`deed.${deed}`)}
      consequence={t(`deed.${deed}.help`)}
      changes={[
        {
          what: t(isBan ? "banned-until" : "muted-until"),
          before: moment(isBan ? line.banned_until_ms : line.muted_until_ms),
          after: t("not-restricted"),
        },
      ]}
      dangerous={isDangerous(deed)}
      perform={(signed) =>
        isBan ? deeds.unban(line.account, signed) : deeds.unmute(line.account, signed)
      }
      onDone={onDone}
      onClose={onClose}
    />
  );
}
