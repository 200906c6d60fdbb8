// What kinds of packets cost, over some seconds or since the start, by kind, by kind of room or by part of the server.
// Pure: no clock, no network.

import type { BillAnswer, BillLine } from "../api/figures";

export type By = "kind" | "room" | "subsystem";

export interface Cost {
  /** Of the lines that it is the sum of. */
  name: string;
  /** Beside the name: where the kind belongs. */
  of: string;
  messages: number;
  receivers: number;
  before: number;
  after: number;
  writes: number;
  us: number;
}

type Numbers = Pick<BillLine, "messages" | "receivers" | "bytes_before" | "bytes_after" | "writes" | "us">;

const NAMES = ["messages", "receivers", "bytes_before", "bytes_after", "writes", "us"] as const;

/** What was counted between two answers; nothing, if one of the processes is another than then. */
export function between(before: BillAnswer, now: BillAnswer): BillLine[] | null {
  if (before.of.join("\n") !== now.of.join("\n") || now.at_ms <= before.at_ms) {
    return null;
  }
  const known = new Map(before.lines.map((line) => [keyOf(line), line]));
  return now.lines.map((line) => {
    const was: Numbers | undefined = known.get(keyOf(line));
    const grown = NAMES.map((name) => [name, line[name] - (was?.[name] ?? 0)]);
    return { ...line, ...(Object.fromEntries(grown) as unknown as Numbers) };
  });
}

function keyOf(line: BillLine): string {
  return `${line.subsystem}\n${line.room}\n${line.kind}`;
}

/** Lines of one name together, the dearest first; those that cost nothing are left out. */
export function costs(lines: readonly BillLine[], by: By): Cost[] {
  const sums = new Map<string, Cost>();
  for (const line of lines) {
    const key = by === "kind" ? keyOf(line) : line[by];
    const name = line[by];
    const of = by !== "kind" ? "" : line.room !== "" ? line.room : line.subsystem;
    const sum = sums.get(key) ?? { name, of, ...NOTHING };
    sums.set(key, {
      ...sum,
      messages: sum.messages + line.messages,
      receivers: sum.receivers + line.receivers,
      before: sum.before + line.bytes_before,
      after: sum.after + line.bytes_after,
      writes: sum.writes + line.writes,
      us: sum.us + line.us,
    });
  }
  const some = [...sums.values()].filter((one) => 0 < one.messages + one.writes);
  return some.sort((one, other) => other.after - one.after || other.us - one.us);
}

const NOTHING = { messages: 0, receivers: 0, before: 0, after: 0, writes: 0, us: 0 } as const;

export function sumOfAll(all: readonly Cost[]): Cost {
  return all.reduce(
    (sum, one) => ({
      ...sum,
      messages: sum.messages + one.messages,
      receivers: sum.receivers + one.receivers,
      before: sum.before + one.before,
      after: sum.after + one.after,
      writes: sum.writes + one.writes,
      us: sum.us + one.us,
    }),
    { name: "", of: "", ...NOTHING },
  );
}
