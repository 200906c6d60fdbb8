// What dbfront shows to who looks closer: its transactions, the journal's segments, backups.

import { useState } from "preact/hooks";
import type { Applied, Backup, Look } from "../api/database";
import * as calls from "../api/database";
import { isDangerous, may } from "../api/roles";
import type { Role } from "../api/types";
import { useAsked } from "../data/polled";
import { bytes, inUnit, moment, NOTHING, span, whole } from "../text/format";
import { t } from "../text/language";
import { Badge } from "../ui/badge";
import { Deed } from "../ui/deed";
import { Field } from "../ui/field";
import { Empty, Problem } from "../ui/problem";
import { Segments as Choice } from "../ui/segments";
import { Table } from "../ui/table";

const ASKED_EVERY_MS = 3_000;

export function DatabaseLook({ role }: { role: Role }) {
  const asked = useAsked(calls.look, [], ASKED_EVERY_MS);
  return (
    <>
      {asked.error !== null && <Problem error={asked.error} retry={asked.reload} />}
      {asked.data !== null && (
        <>
          <div class="columns">
            <Transactions look={asked.data} />
            <Files look={asked.data} />
          </div>
          <Backups backups={asked.data.backups} role={role} reload={asked.reload} />
        </>
      )}
    </>
  );
}

function Transactions({ look }: { look: Look }) {
  const [which, setWhich] = useState<"newest" | "slowest">("newest");
  const all = look[which];
  return (
    <section class="card">
      <header class="card-head">
        <h2>{t("look.transactions")}</h2>
        <Choice
          label={t("look.which")}
          value={which}
          onValue={setWhich}
          options={[
            { value: "newest", label: t("look.newest") },
            { value: "slowest", label: t("look.slowest") },
          ]}
        />
      </header>
      {all.length === 0 ? (
        <Empty title={t("look.transactions.none")}>{t("look.transactions.none.help")}</Empty>
      ) : (
        <Table
          caption={t("look.transactions")}
          heads={[
            { label: t("look.when") },
            { label: t("look.took"), number: true },
            { label: t("look.up-to"), number: true },
            { label: t("look.tables") },
          ]}
        >
          {all.map((one) => (
            <tr key={`${one.lsn} ${one.at_ms}`}>
              <td>{moment(one.at_ms)}</td>
              <td class="number">{inUnit(one.took_us, "micros")}</td>
              <td class="number">{whole(one.lsn)}</td>
              <td>{rowsOf(one)}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

function rowsOf(one: Applied): string {
  return one.tables.map(({ table, rows }) => `${table} ${whole(rows)}`).join(", ");
}

function Files({ look }: { look: Look }) {
  return (
    <section class="card">
      <h2>{t("look.segments")}</h2>
      <p class="help">{t("look.segments.help", { n: whole(look.segments_all) })}</p>
      <Table
        caption={t("look.segments")}
        heads={[
          { label: t("look.number"), number: true },
          { label: t("look.from"), number: true },
          { label: t("look.made") },
          { label: t("look.size"), number: true },
        ]}
      >
        {look.segments.map((one) => (
          <tr key={one.number}>
            <td class="number">{one.number}</td>
            <td class="number">{whole(one.first_lsn)}</td>
            <td>{moment(one.created_ms)}</td>
            <td class="number">{bytes(one.bytes)}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Backups({ backups, role, reload }: { backups: readonly Backup[]; role: Role; reload: () => void }) {
  const [open, setOpen] = useState(false);
  return (
    <section class="card">
      <header class="card-head">
        <h2>{t("backup.title")}</h2>
        {may(role, "backup") && (
          <button type="button" onClick={() => setOpen(true)}>
            {t("backup.begin")}
          </button>
        )}
      </header>
      {backups.length === 0 ? (
        <Empty title={t("backup.none")}>{t("backup.none.help")}</Empty>
      ) : (
        <Table
          caption={t("backup.title")}
          heads={[
            { label: t("backup.folder") },
            { label: t("state") },
            { label: t("backup.began") },
            { label: t("backup.took"), number: true },
            { label: t("look.size"), number: true },
            { label: t("backup.records") },
            { label: t("backup.wrong") },
          ]}
        >
          {backups.map((one) => (
            <tr key={`${one.folder} ${one.began_ms}`}>
              <th scope="row" class="mono">
                {one.folder}
              </th>
              <td>
                <Standing backup={one} />
              </td>
              <td>{moment(one.began_ms)}</td>
              <td class="number">
                {one.ended_ms === 0 ? NOTHING : span(one.ended_ms - Number(one.began_ms))}
              </td>
              <td class="number">{one.made ? bytes(one.bytes) : NOTHING}</td>
              <td>{one.made ? `${whole(one.cursor)} – ${whole(one.last)}` : NOTHING}</td>
              <td>{one.wrong}</td>
            </tr>
          ))}
        </Table>
      )}
      {open && <Begin onDone={reload} onClose={() => setOpen(false)} />}
    </section>
  );
}

function Standing({ backup }: { backup: Backup }) {
  if (backup.ended_ms === 0) {
    return <Badge tone="warn">{t("backup.running")}</Badge>;
  }
  return backup.made ? (
    <Badge tone="good">{t("backup.made")}</Badge>
  ) : (
    <Badge tone="bad">{t("backup.failed")}</Badge>
  );
}

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;

function Begin({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const [name, setName] = useState(() => new Date().toISOString().slice(0, 16).replace(/[:T]/g, "-"));
  return (
    <Deed
      title={t("backup.begin")}
      verb={t("backup.begin")}
      consequence={t("backup.consequence")}
      changes={[{ what: t("backup.folder"), before: NOTHING, after: `backups/${name}` }]}
      dangerous={isDangerous("backup")}
      missing={NAME.test(name) ? null : t("backup.name.problem")}
      perform={(signed) => calls.backup(name, signed)}
      onDone={onDone}
      onClose={onClose}
    >
      <Field label={t("backup.name")} value={name} onValue={setName} first mono />
    </Deed>
  );
}
