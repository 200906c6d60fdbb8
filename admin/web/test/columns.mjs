// The arithmetic behind the charts: rates, gaps, restarts, several gateways. Bundled on the fly, run without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./bundled.mjs";

const columns = await load("src/data/columns.ts");
const { plain } = await load("src/text/plain.ts");

const gateway = (name, figures, pid = 1) => ({
  name,
  role: "gateway",
  reachable: true,
  ready: true,
  state: "ready",
  pid,
  up_ms: 1,
  version: "1",
  restarts: 0,
  rss_bytes: 10,
  cpu_ms: 5,
  level: null,
  figures,
});
const after = (samples, spanMs = 900_000) =>
  samples.reduce((all, sample) => columns.withSample(all, sample, spanMs, 1_000), columns.NO_COLUMNS);
const sample = (at_ms, ...processes) => ({ at_ms, processes });

test("a counter becomes so many a second, and says nothing where it begins again", () => {
  const seen = after(
    [10, 30, 5, 25].map((bytes_in, at) => sample(1_000 * (at + 1), gateway("gateway", { bytes_in }))),
  );
  assert.deepEqual(columns.rate(seen, "gateway.bytes_in"), [null, 20, null, 20]);
  assert.equal(columns.rateNow(seen, "gateway.bytes_in"), 5);
});

test("a pause of the stream becomes a gap", () => {
  const seen = after([1_000, 2_000, 9_000].map((at) => sample(at, gateway("gateway", { connections: 3 }))));
  assert.deepEqual(seen.at, [1_000, 2_000, 3_000, 9_000]);
  assert.deepEqual(columns.gauge(seen, "gateway.connections"), [3, 3, null, 3]);
});

test("a process that does not answer leaves a gap, and its history stays", () => {
  const gone = { ...gateway("gateway", {}), reachable: false };
  const seen = after([sample(1_000, gateway("gateway", { connections: 3 })), sample(2_000, gone)]);
  assert.deepEqual(columns.gauge(seen, "gateway.connections"), [3, null]);
});

test("gateways are added up, also while one of them is not known", () => {
  const one = sample(1_000, gateway("gateway", { connections: 3 }));
  const two = sample(2_000, gateway("gateway", { connections: 4 }), gateway("gateway-2", { connections: 5 }));
  assert.deepEqual(columns.sumOf(after([one, two]), "gateway", "connections", columns.gauge), [3, 9]);
});

test("what is older than the span goes, and a moment is not taken twice", () => {
  const moments = [1_000, 1_000, 2_000, 3_000, 4_000].map((at) =>
    sample(at, gateway("gateway", { opened: at })),
  );
  assert.deepEqual(after(moments, 2_000).at, [2_000, 3_000, 4_000]);
});

test("characters that steer text are shown by their numbers", () => {
  assert.equal(plain("a\u202eb\u0007\n<b>名"), "a\\u{202e}b\\u{7}\n<b>名");
});
