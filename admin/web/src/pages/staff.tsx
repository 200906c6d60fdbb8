// Who may use this console and as what. For owners.

import { useState } from "preact/hooks";
import * as calls from "../api/calls";
import { isDangerous } from "../api/roles";
import { ROLES, type Role, type StaffLine } from "../api/types";
import { useAsked } from "../data/polled";
import { moment } from "../text/format";
import { t } from "../text/language";
import { Badge } from "../ui/badge";
import { Deed } from "../ui/deed";
import { Choice, Field } from "../ui/field";
import { Shown } from "../ui/problem";
import { Table } from "../ui/table";
import { PASSWORD_CHARS_MIN, STAFF_NAME } from "./setup";

type StaffDeed = { deed: "add" } | { deed: "role" | "disable" | "enable" | "reset"; staff: StaffLine };

export function Staff({ self }: { self: string }) {
  const asked = useAsked(calls.staff, []);
  const [deed, setDeed] = useState<StaffDeed | null>(null);
  const close = (): void => setDeed(null);
  return (
    <>
      <header class="page-head">
        <h1>{t("nav.staff")}</h1>
        <div class="actions">
          <button type="button" class="primary" onClick={() => setDeed({ deed: "add" })}>
            {t("staff.add")}
          </button>
        </div>
      </header>
      <section class="card">
        <Shown asked={asked}>{(answer) => <List staff={answer.staff} self={self} choose={setDeed} />}</Shown>
      </section>
      <section class="card">
        <h2>{t("staff.roles")}</h2>
        <dl class="roles">
          {ROLES.map((role) => (
            <div key={role}>
              <dt>{t(`role.${role}`)}</dt>
              <dd>{t(`role.${role}.help`)}</dd>
            </div>
          ))}
        </dl>
      </section>
      {deed?.deed === "add" && <Add onDone={asked.reload} onClose={close} />}
      {deed?.deed === "role" && <ChangeRole staff={deed.staff} onDone={asked.reload} onClose={close} />}
      {deed?.deed === "reset" && <Reset staff={deed.staff} onDone={asked.reload} onClose={close} />}
      {(deed?.deed === "disable" || deed?.deed === "enable") && (
        <Able staff={deed.staff} on={deed.deed === "enable"} onDone={asked.reload} onClose={close} />
      )}
    </>
  );
}

interface ListProps {
  staff: readonly StaffLine[];
  self: string;
  choose: (deed: StaffDeed) => void;
}

function List({ staff, self, choose }: ListProps) {
  const heads = [
    { label: t("name") },
    { label: t("role") },
    { label: t("staff.totp") },
    { label: t("state") },
    { label: t("created") },
    { label: "" },
  ];
  return (
    <Table caption={t("nav.staff")} heads={heads}>
      {staff.map((one) => (
        <tr key={one.name}>
          <th scope="row">
            {one.name} {one.name === self && <small class="faint">{t("staff.you")}</small>}
          </th>
          <td>{t(`role.${one.role}`)}</td>
          <td>{one.totp ? <Badge tone="good">{t("on")}</Badge> : <Badge tone="warn">{t("off")}</Badge>}</td>
          <td>
            {one.disabled ? (
              <Badge tone="bad">{t("staff.disabled")}</Badge>
            ) : (
              <Badge tone="good">{t("staff.enabled")}</Badge>
            )}
          </td>
          <td>{moment(one.created_ms)}</td>
          <td>
            {one.name !== self && (
              <div class="actions">
                <button type="button" onClick={() => choose({ deed: "role", staff: one })}>
                  {t("staff.change-role")}
                </button>
                <button type="button" onClick={() => choose({ deed: "reset", staff: one })}>
                  {t("staff.reset")}
                </button>
                <button
                  type="button"
                  class={one.disabled ? undefined : "danger quiet"}
                  onClick={() => choose({ deed: one.disabled ? "enable" : "disable", staff: one })}
                >
                  {one.disabled ? t("staff.enable") : t("staff.disable")}
                </button>
              </div>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

interface DialogProps {
  onDone: () => void;
  onClose: () => void;
}

function roleOptions(): { value: string; label: string }[] {
  return ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }));
}

function roleOf(value: string): Role {
  return ROLES.find((role) => role === value) ?? "viewer";
}

function Add({ onDone, onClose }: DialogProps) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [fresh, setFresh] = useState("");
  const isMissing = !STAFF_NAME.test(name.trim()) || fresh.length < PASSWORD_CHARS_MIN;
  return (
    <Deed
      title={t("staff.add")}
      verb={t("staff.add")}
      consequence={t("staff.add.help")}
      changes={[
        {
          what: t("nav.staff"),
          before: "–",
          after: `${name.trim() === "" ? "…" : name.trim()} (${t(`role.${role}`)})`,
        },
      ]}
      dangerous={isDangerous("staff.create")}
      missing={isMissing ? t("staff.add.missing", { n: PASSWORD_CHARS_MIN }) : null}
      perform={(signed) => calls.addStaff(name.trim(), role, fresh, signed)}
      onDone={onDone}
      onClose={onClose}
    >
      <Field
        label={t("name")}
        value={name}
        onValue={setName}
        maxLength={32}
        hint={t("staff.name.hint")}
        first
      />
      <Choice
        label={t("role")}
        value={role}
        onValue={(value) => setRole(roleOf(value))}
        options={roleOptions()}
      />
      <Field
        label={t("staff.first-password")}
        type="password"
        autocomplete="new-password"
        value={fresh}
        onValue={setFresh}
        hint={t("password.hint", { n: PASSWORD_CHARS_MIN })}
      />
    </Deed>
  );
}

function ChangeRole({ staff, onDone, onClose }: DialogProps & { staff: StaffLine }) {
  const [role, setRole] = useState<Role>(staff.role);
  return (
    <Deed
      title={t("deed.title", { deed: t("staff.change-role"), who: staff.name })}
      verb={t("staff.change-role")}
      consequence={t("staff.change-role.help")}
      changes={[{ what: t("role"), before: t(`role.${staff.role}`), after: t(`role.${role}`) }]}
      dangerous={isDangerous("staff.role")}
      missing={role === staff.role ? t("staff.change-role.missing") : null}
      perform={(signed) => calls.setStaffRole(staff.name, role, signed)}
      onDone={onDone}
      onClose={onClose}
    >
      <Choice
        label={t("role")}
        value={role}
        onValue={(value) => setRole(roleOf(value))}
        options={roleOptions()}
      />
    </Deed>
  );
}

function Able({ staff, on, onDone, onClose }: DialogProps & { staff: StaffLine; on: boolean }) {
  const [before, after] = on
    ? [t("staff.disabled"), t("staff.enabled")]
    : [t("staff.enabled"), t("staff.disabled")];
  return (
    <Deed
      title={t("deed.title", { deed: on ? t("staff.enable") : t("staff.disable"), who: staff.name })}
      verb={on ? t("staff.enable") : t("staff.disable")}
      consequence={on ? t("staff.enable.help") : t("staff.disable.help")}
      changes={[{ what: t("state"), before, after }]}
      dangerous={isDangerous(on ? "staff.enable" : "staff.disable")}
      perform={(signed) => (on ? calls.enableStaff : calls.disableStaff)(staff.name, signed)}
      onDone={onDone}
      onClose={onClose}
    />
  );
}

function Reset({ staff, onDone, onClose }: DialogProps & { staff: StaffLine }) {
  const [fresh, setFresh] = useState("");
  return (
    <Deed
      title={t("deed.title", { deed: t("staff.reset"), who: staff.name })}
      verb={t("staff.reset")}
      consequence={t("staff.reset.help")}
      changes={[
        { what: t("password"), before: "•••", after: t("staff.first-password") },
        { what: t("staff.totp"), before: staff.totp ? t("on") : t("off"), after: t("off") },
      ]}
      dangerous={isDangerous("staff.reset")}
      missing={fresh.length < PASSWORD_CHARS_MIN ? t("password.short", { n: PASSWORD_CHARS_MIN }) : null}
      perform={(signed) => calls.resetStaff(staff.name, fresh, signed)}
      onDone={onDone}
      onClose={onClose}
    >
      <Field
        label={t("staff.first-password")}
        type="password"
        autocomplete="new-password"
        value={fresh}
        onValue={setFresh}
        hint={t("password.hint", { n: PASSWORD_CHARS_MIN })}
        first
      />
    </Deed>
  );
}
