// All gold: what came and went, where it lies, who has most, whether it adds up, where it went.

import { useState } from "preact/hooks";
import * as calls from "../../api/economy";
import type { EconomyAnswer } from "../../api/economy";
import { may } from "../../api/roles";
import type { Role } from "../../api/types";
import { Chart, type Line } from "../../chart/chart";
import type { Color } from "../../chart/palette";
import { useAsked } from "../../data/polled";
import { byReason, bySide, HOUR_MS, hoursOf, type Side, totals } from "../../data/sums";
import { link } from "../../state/route";
import { whole } from "../../text/format";
import { t, tOr } from "../../text/language";
import { Badge } from "../../ui/badge";
import { Empty, Shown } from "../../ui/problem";
import { Segments } from "../../ui/segments";
import { Table } from "../../ui/table";
import { Tile } from "../../ui/tile";
import { Check } from "./check";
import { Richest } from "./richest";
import { Trail } from "./trail";

const ASKED_EVERY_MS = 30_000;
const SPANS = [24, 48, 72] as const;
const COLORS: readonly Color[] = ["a", "b", "c", "d", "e", "f"];

export function Economy({ role }: { role: Role }) {
  const [span, setSpan] = useState<(typeof SPANS)[number]>(24);
  const asked = useAsked((signal) => calls.economy(span, signal), [span], ASKED_EVERY_MS);
  return (
    <>
      <header class="page-head">
        <h1>{t("nav.economy")}</h1>
        <div class="actions">
          <a class="button" href={link(["switches"])}>
            {t("economy.freeze")}
          </a>
          <a class="button" href={calls.hoursFile(span)} download>
            {t("economy.csv")}
          </a>
          <Segments
            label={t("economy.span")}
            value={String(span)}
            onValue={(value) => setSpan(SPANS.find((hours) => String(hours) === value) ?? 24)}
            options={SPANS.map((hours) => ({ value: String(hours), label: t(`economy.${hours}`) }))}
          />
        </div>
      </header>
      <Shown asked={asked}>
        {(answer) => (
          <>
            <Balance answer={answer} />
            <Tiles answer={answer} span={span} />
            <Charts answer={answer} span={span} />
            <Reasons answer={answer} />
          </>
        )}
      </Shown>
      <Richest total={asked.data?.held ?? null} />
      <Check role={role} />
      {may(role, "economy.trail") && <Trail />}
    </>
  );
}

function Balance({ answer }: { answer: EconomyAnswer }) {
  return (
    <>
      {answer.adds_up === false && (
        <p class="note note-bad" role="alert">
          {t("economy.off.help", { held: whole(answer.held), told: whole(answer.told) })}
        </p>
      )}
      {answer.cut && <p class="note note-warn">{t("economy.cut")}</p>}
    </>
  );
}

function Tiles({ answer, span }: { answer: EconomyAnswer; span: number }) {
  const { wallets, letters, pots } = answer.piles;
  const sum = (side: Side): string =>
    whole(String(answer.hours.reduce((all, hour) => all + BigInt(hour[side]), 0n)));
  const holders = (pile: { holders: number } | undefined): string =>
    t("economy.holders", { n: whole(pile?.holders) });
  return (
    <div class="tiles">
      <Tile
        label={t("economy.total")}
        value={
          <>
            {whole(answer.held)}{" "}
            {answer.adds_up !== null && (
              <Badge tone={answer.adds_up ? "good" : "bad"}>
                {t(answer.adds_up ? "economy.adds-up" : "economy.off")}
              </Badge>
            )}
          </>
        }
        note={t("economy.as-of", { lsn: whole(answer.lsn) })}
      />
      <Tile label={t("economy.wallets")} value={whole(wallets?.gold)} note={holders(wallets)} />
      <Tile label={t("economy.letters")} value={whole(letters?.gold)} note={holders(letters)} />
      <Tile label={t("economy.pots")} value={whole(pots?.gold)} note={holders(pots)} />
      <Tile label={t("economy.came")} value={sum("in")} note={t("economy.in-span", { n: span })} />
      <Tile label={t("economy.went")} value={sum("out")} note={t("economy.in-span", { n: span })} />
    </div>
  );
}

function Charts({ answer, span }: { answer: EconomyAnswer; span: number }) {
  const at = hoursOf(answer.since_ms, span);
  const common = { at, markers: [], spanMs: span * HOUR_MS, sync: "economy" };
  const lines = (side: Side): Line[] =>
    bySide(answer.hours, at, side, COLORS.length).map((series, index) => ({
      label: series.reason === null ? t("economy.others") : tOr("ledger.reason.", String(series.reason)),
      values: series.values,
      color: COLORS[index] ?? "f",
    }));
  const total: Line = { label: t("gold"), values: totals(answer, at), color: "a", fill: true };
  return (
    <div class="charts">
      <Chart
        {...common}
        title={t("economy.chart.total")}
        help={t("economy.chart.total.help")}
        unit="gold"
        lines={[total]}
      />
      <Chart
        {...common}
        title={t("economy.chart.in")}
        help={t("economy.chart.in.help")}
        unit="goldPerHour"
        lines={lines("in")}
      />
      <Chart
        {...common}
        title={t("economy.chart.out")}
        help={t("economy.chart.out.help")}
        unit="goldPerHour"
        lines={lines("out")}
      />
      <Chart
        {...common}
        title={t("economy.chart.moved")}
        help={t("economy.chart.moved.help")}
        unit="goldPerHour"
        lines={lines("moved")}
      />
    </div>
  );
}

function Reasons({ answer }: { answer: EconomyAnswer }) {
  const lines = byReason(answer.hours);
  const heads = [
    { label: t("reason") },
    { label: t("economy.came"), number: true },
    { label: t("economy.went"), number: true },
    { label: t("economy.net"), number: true },
    { label: t("economy.moved"), number: true },
    { label: t("economy.lines"), number: true },
  ];
  return (
    <section class="card">
      <h2>{t("economy.by-reason")}</h2>
      {lines.length === 0 ? (
        <Empty title={t("economy.nothing")}>{t("economy.nothing.help")}</Empty>
      ) : (
        <Table caption={t("economy.by-reason")} heads={heads}>
          {lines.map((line) => (
            <tr key={line.reason}>
              <th scope="row">{tOr("ledger.reason.", String(line.reason))}</th>
              <td class="number">{whole(String(line.in))}</td>
              <td class="number">{whole(String(line.out))}</td>
              <td class="number">{whole(String(line.in - line.out))}</td>
              <td class="number">{whole(String(line.moved))}</td>
              <td class="number">{whole(line.lines)}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
