// What staff keeps in mind about a player.

import { useMemo, useState } from "preact/hooks";
import * as calls from "../../api/players";
import { isDangerous, may } from "../../api/roles";
import type { Player, Role, Row } from "../../api/types";
import { moment } from "../../text/format";
import { t } from "../../text/language";
import { plain } from "../../text/plain";
import { Deed } from "../../ui/deed";
import { Field } from "../../ui/field";
import { Empty } from "../../ui/problem";
import { Table } from "../../ui/table";

interface NotesProps {
  id: string;
  player: Player;
  role: Role;
  onChange: () => void;
}

export function Notes({ id, player, role, onChange }: NotesProps) {
  const [gone, setGone] = useState<Row | null>(null);
  const notes = (player["staff_note"] ?? []) as readonly Row[];
  return (
    <section class="card">
      {notes.length === 0 ? (
        <Empty title={t("notes.none")}>{t("notes.none.help")}</Empty>
      ) : (
        <Table
          caption={t("player.notes")}
          heads={[{ label: t("time") }, { label: t("notes.by") }, { label: t("notes.text") }, { label: "" }]}
        >
          {notes.map((note) => (
            <tr key={String(note["id"])}>
              <td>{moment(note["wall_ms"] as number)}</td>
              <td>{String(note["staff"])}</td>
              <td>{plain(String(note["text"]))}</td>
              <td>
                {may(role, "unnote") && (
                  <button type="button" onClick={() => setGone(note)}>
                    {t("notes.remove")}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {gone !== null && (
        <Deed
          title={t("notes.remove")}
          verb={t("notes.remove")}
          consequence={t("deed.unnote.help")}
          changes={[{ what: t("notes.text"), before: plain(String(gone["text"])), after: "" }]}
          dangerous={isDangerous("unnote")}
          perform={(signed) => calls.unnote(id, String(gone["id"]), signed)}
          onDone={onChange}
          onClose={() => setGone(null)}
        />
      )}
    </section>
  );
}

interface NoteDialogProps {
  id: string;
  title: string;
  onDone: () => void;
  onClose: () => void;
}

export function NoteDialog({ id, title, onDone, onClose }: NoteDialogProps) {
  const [text, setText] = useState("");
  const key = useMemo(() => `console-${crypto.randomUUID()}`, []);
  const words = text.trim();
  return (
    <Deed
      title={title}
      verb={t("notes.add")}
      consequence={t("deed.note.help")}
      changes={[{ what: t("notes.text"), before: "", after: words === "" ? "…" : words }]}
      dangerous={isDangerous("note")}
      missing={isLine(words) ? null : t("deed.text.missing")}
      perform={(signed) => calls.note(id, words, key, signed)}
      onDone={onDone}
      onClose={onClose}
    >
      <Field label={t("notes.text")} value={text} onValue={setText} first />
    </Deed>
  );
}

/** Something, and no more than game takes. */
export function isLine(text: string): boolean {
  return text !== "" && new TextEncoder().encode(text).length <= 512;
}
