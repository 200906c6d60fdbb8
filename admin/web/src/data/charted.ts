// Which figures charts are drawn from: what is asked of the console's history, which holds all of them.

import type { Sample } from "../api/types";

const OF_ROLE: Readonly<Record<string, readonly string[]>> = {
  gateway: [
    "connections",
    "opened",
    "closed",
    "frames_in",
    "frames_out",
    "bytes_in",
    "bytes_out",
    "frames_dropped",
    "refreshes",
    "link_bytes_waiting",
    "deflate_tried",
    "deflate_kept",
    "deflate_bytes_before",
    "deflate_bytes_after",
    "deflate_us",
    "dropped.latest_wins",
    "dropped.expiring",
    "outbox_bytes",
    "round_trip_p50_us",
    "round_trip_p99_us",
    "turn_p50_us",
    "turn_p99_us",
  ],
  game: [
    "sessions",
    "turn_us",
    "turn_p50_us",
    "turn_p99_us",
    "command_p50_us",
    "command_p99_us",
    "inflight_records",
  ],
  dbfront: [
    "lsn_durable",
    "lsn_applied",
    "unsaved_records",
    "journal_used_permille",
    "journal_bytes",
    "journal_sync_p99_us",
    "apply_batch_p99_us",
    "durable_lag_ms",
    "applied_lag_ms",
    "hits_hot",
    "hits_cold",
    "hits_disk",
    "hits_absent",
    "misses",
  ],
};

const OF_ALL = ["rss_bytes", "cpu_ms"] as const;

/** The names of their columns, for the processes that there are. */
export function charted(sample: Sample): string[] {
  return sample.processes.flatMap((process) => {
    const byTransport = Object.keys(process.figures).filter((name) => /^connections[._]/.test(name));
    const names = [...OF_ALL, ...(OF_ROLE[process.role] ?? []), ...byTransport];
    return names.map((name) => `${process.name}.${name}`);
  });
}
