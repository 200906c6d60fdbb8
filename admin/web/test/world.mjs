// A made-up world for the mock: figures that move with the clock, and people with hostile names.

export const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  "<script>window.hacked = 1</script>",
  '"><svg/onload=alert(2)>',
  "javascript:alert(3)",
  "{{constructor.constructor('alert(4)')()}}",
  "‮evil‬ name",
  "' OR 1=1 --",
  "名字很长".repeat(12),
];

export const STARTED = Date.now() - 7 * 3_600_000;
const RESTARTED = Date.now() - 6 * 60_000;
const wave = (at, periodS, low, high) =>
  low + ((high - low) * (1 + Math.sin((at / 1_000 / periodS) * 2 * Math.PI))) / 2;
const noise = (at, salt) => {
  const x = Math.sin(Math.floor(at / 1_000) * 12.9898 + salt * 78.233) * 43_758.5453;
  return x - Math.floor(x);
};
/** A counter whose rate waves: the integral, so that it only grows. */
const counter = (at, since, perSecond) => {
  const s = Math.max(0, (at - since) / 1_000);
  return Math.round(perSecond * (s + 0.3 * 60 * (1 - Math.cos(s / 60)) + 0.15 * noise(at, perSecond)));
};

function gateway(at) {
  const closed = {
    gone: 5_120,
    io: 204,
    silent: 88,
    bad_packet: 3,
    version: 12,
    handshake_timeout: 41,
    too_slow: 19,
    server_full: 7,
    address_full: 23,
    game_away: 64,
    superseded: 130,
    logged_out: 2_210,
    kicked: 2,
    banned: 11,
    maintenance: 0,
    client_too_old: 5,
    address_too_fast: 9,
    internal: 0,
  };
  const figures = {
    connections: Math.round(wave(at, 500, 820, 1_040) + 6 * noise(at, 1)),
    parked: 0,
    groups: 214,
    link_bytes_waiting: Math.round(3_000 * noise(at, 2)),
    opened: counter(at, STARTED, 0.9),
    frames_in: counter(at, STARTED, 4_100),
    bytes_in: counter(at, STARTED, 182_000),
    frames_out: counter(at, STARTED, 23_400),
    bytes_out: counter(at, STARTED, 2_610_000),
    writes: counter(at, STARTED, 9_300),
    publishes: counter(at, STARTED, 1_900),
    deflate_tried: counter(at, STARTED, 610),
    deflate_kept: counter(at, STARTED, 505),
    frames_dropped: counter(at, STARTED, 1.7),
    "dropped.latest_wins": counter(at, STARTED, 1.1),
    "dropped.expiring": counter(at, STARTED, 0.6),
    "connections.tcp": Math.round(wave(at, 500, 520, 640)),
    "connections.tls": 102,
    "connections.ws": 0,
    "connections.wss": Math.round(wave(at, 400, 198, 298)),
    outbox_bytes: Math.round(90_000 * noise(at, 12)),
    "outbox.empty": 801,
    "outbox.4_kib": 88,
    "outbox.16_kib": 9,
    "outbox.64_kib": 2,
    "outbox.256_kib": 1,
    "outbox.1_mib": 0,
    "outbox.more": 0,
    bytes_queued: counter(at, STARTED, 2_640_000),
    bytes_lost: counter(at, STARTED, 900),
    deflate_bytes_before: counter(at, STARTED, 3_100_000),
    deflate_bytes_after: counter(at, STARTED, 1_240_000),
    deflate_us: counter(at, STARTED, 21_000),
    round_trip_p50_us: Math.round(wave(at, 260, 2_600, 3_500) + 120 * noise(at, 18)),
    round_trip_p99_us: Math.round(wave(at, 260, 7_100, 9_900) + 2_400 * noise(at, 19)),
    turn_p50_us: 140,
    turn_p99_us: Math.round(1_100 + 300 * noise(at, 20)),
    refreshes: counter(at, STARTED, 0.4),
    records_stale: 301,
    throttled: 44,
    reseats: 977,
    closed: counter(at, STARTED, 0.86),
  };
  for (const [reason, count] of Object.entries(closed)) {
    figures[`closed.${reason}`] = reason === "gone" ? counter(at, STARTED, 0.5) : count;
  }
  return figures;
}

function lsns(at) {
  const made = counter(at, STARTED, 830);
  return {
    made,
    durable: made - Math.round(4 * noise(at, 3)),
    applied: made - Math.round(wave(at, 300, 40, 900)),
  };
}

function game(at) {
  const { made, durable, applied } = lsns(at);
  return {
    epoch: 9,
    connections: Math.round(wave(at, 500, 820, 1_040)),
    sessions: Math.round(wave(at, 500, 790, 1_010) + 4 * noise(at, 4)),
    sessions_away: 12,
    rooms: 61,
    avatars: 702,
    monsters: 4_000,
    monsters_awake: 610,
    lsn_made: made,
    lsn_durable: durable,
    lsn_applied: applied,
    inflight_records: made - durable,
    turns: counter(at, RESTARTED, 950),
    turn_us: Math.round(600 + 400 * noise(at, 5)),
    turn_p50_us: Math.round(wave(at, 200, 420, 610) + 30 * noise(at, 6)),
    turn_p99_us: Math.round(wave(at, 200, 1_900, 3_300) + 900 * noise(at, 7)),
    command_p50_us: Math.round(wave(at, 260, 2_100, 3_000) + 120 * noise(at, 8)),
    command_p99_us: Math.round(wave(at, 260, 6_100, 9_000) + 2_400 * noise(at, 9)),
    level: 0,
  };
}

function dbfront(at) {
  const { made, durable, applied } = lsns(at);
  return {
    lsn_received: made,
    lsn_durable: durable,
    lsn_applied: applied,
    epoch: 9,
    writers: 1,
    backlog_bytes: 121_000,
    commits: counter(at, STARTED, 190),
    journal_bytes: counter(at, STARTED, 142_000),
    apply_batches: counter(at, STARTED, 9),
    apply_rows: counter(at, STARTED, 520),
    apply_retries: 0,
    poison_lsn: 0,
    overlay_rows: 3_012,
    overlay_bytes: 820_000,
    cache_bytes: 41_200_000,
    cache_cold_bytes: 6_300_000,
    cache_cold_rows: 81_000,
    hits_hot: counter(at, STARTED, 210),
    hits_cold: counter(at, STARTED, 24),
    hits_disk: 18,
    hits_absent: counter(at, STARTED, 6),
    misses: counter(at, STARTED, 3.1),
    reads: counter(at, STARTED, 240),
    reads_of_store: counter(at, STARTED, 3.4),
    refusals: 0,
    level: 0,
    level_since_ms: STARTED,
    journal_used_permille: Math.round(wave(at, 700, 90, 240)),
    journal_left_s: 9 * 3_600 + Math.round(2_000 * noise(at, 10)),
    unsaved_records: durable - applied,
    durable_lag_ms: Math.round(3 * noise(at, 21)),
    applied_lag_ms: Math.round(wave(at, 300, 60, 900)),
    unsaved_bytes: 412 * (durable - applied),
    pace: 0,
    journal_kept_bytes: 3_200_000_000,
    journal_free_bytes: 88_400_000_000,
    journal_sync_p99_us: Math.round(wave(at, 400, 1_400, 2_600)),
    apply_batch_p99_us: Math.round(wave(at, 350, 16_000, 41_000)),
    backup_bytes: 0,
    backups: 2,
    backups_failed: 0,
    something_new: 7,
  };
}

const ROLES = { gateway, game, dbfront };
const BASE = { gateway: [61e6, 180], game: [412e6, 420], dbfront: [188e6, 95] };

/** With so many gateways, none of which is as quick as the one before. */
export function sample(at, down = new Set(), gateways = 1) {
  const roles = Object.entries(ROLES).map(([role, figures]) => [role, role, figures]);
  for (let n = 2; n <= gateways; n += 1) {
    const slower = ({ round_trip_p99_us, ...rest }) => ({ ...rest, round_trip_p99_us: n * round_trip_p99_us });
    roles.push([`gateway-${n}`, "gateway", (ms) => slower(gateway(ms))]);
  }
  const processes = roles.map(([name, role, figures]) => {
    const [rss, cpu] = BASE[role];
    const since = name === "game" ? RESTARTED : STARTED;
    const isDown = down.has(name);
    return {
      name,
      role,
      reachable: !isDown,
      ready: !isDown && !(name === "gateway" && down.has("game")),
      state: isDown ? "not running" : name === "gateway" && down.has("game") ? "waiting_for_game" : "ready",
      pid: isDown ? null : 4_100 + rss / 1e6,
      up_ms: isDown ? null : at - since,
      version: "0.7.0",
      restarts: name === "game" ? 1 : 0,
      rss_bytes: isDown ? null : Math.round(rss * (1 + 0.04 * noise(at, rss))),
      cpu_ms: isDown ? null : counter(at, since, cpu),
      level: name === "gateway" || isDown ? null : "green",
      figures: isDown ? {} : figures(at),
    };
  });
  return { at_ms: at, processes, markers: [] };
}

const BILL = [
  ["map", "", "cell_state", 400, 18_000, 1_900_000, 700_000, 6_000, 90_000],
  ["rooms", "arena", "snapshot", 120, 4_100, 800_000, 610_000, 1_100, 30_000],
  ["rooms", "chess", HOSTILE[1], 2, 4, 300, 300, 4, 30],
  ["chat", "", "chat_heard", 3, 2_400, 220_000, 190_000, 1_500, 9_000],
  ["answers", "", "answer", 700, 700, 31_000, 31_000, 690, 4_000],
  ["other", "", "other", 0, 0, 0, 0, 0, 0],
];

/** What each kind of packet cost so far, with its rates. */
export function bill(at) {
  const lines = BILL.map(([subsystem, room, kind, ...rates]) => {
    const [messages, receivers, bytes_before, bytes_after, writes, us] = rates.map((rate) =>
      counter(at, STARTED, rate),
    );
    return { subsystem, room, kind, messages, receivers, bytes_before, bytes_after, writes, us };
  });
  return { at_ms: at, of: ["gateway 4161"], lines };
}

export function history(span, wanted, gateways) {
  const [step, count] = span === "24h" ? [60_000, 1_440] : [1_000, 900];
  const now = Date.now();
  const at = Array.from({ length: count }, (_, index) => now - (count - 1 - index) * step);
  const series = {};
  at.forEach((ms, index) => {
    const isGap = RESTARTED - 20_000 < ms && ms < RESTARTED;
    for (const process of sample(ms, new Set(), gateways).processes) {
      const known = { ...process.figures, rss_bytes: process.rss_bytes, cpu_ms: process.cpu_ms };
      for (const [name, value] of Object.entries(known)) {
        if (!wanted.includes(`${process.name}.${name}`)) {
          continue;
        }
        series[`${process.name}.${name}`] ??= new Array(count).fill(null);
        series[`${process.name}.${name}`][index] = isGap && process.name === "game" ? null : value;
      }
    }
  });
  const markers = [
    { at_ms: STARTED, process: "dbfront", what: "started", detail: "" },
    { at_ms: RESTARTED - 20_000, process: "game", what: "gone", detail: "" },
    { at_ms: RESTARTED, process: "game", what: "restarted", detail: "" },
    { at_ms: RESTARTED + 9_000, process: "game", what: "state", detail: "ready" },
    { at_ms: RESTARTED + 60_000, process: "dbfront", what: "level", detail: "red" },
    { at_ms: RESTARTED + 61_000, process: "dbfront", what: "counted", detail: "apply_retries" },
  ].filter((marker) => now - step * count < marker.at_ms);
  return { step_ms: step, at_ms: at, series, markers };
}
