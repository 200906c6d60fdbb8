// The broadcast bill: its arithmetic, and its table on the page.

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { counts, reads, until } from "./browser.mjs";
import { OWNER, PAGES, settled, shot, withPage } from "./harness.mjs";
import { HOSTILE } from "./world.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const made = await build({
  entryPoints: [join(here, "..", "src/data/bill.ts")],
  bundle: true,
  format: "esm",
  target: "es2022",
  write: false,
  logLevel: "error",
});
const text = Buffer.from(made.outputFiles[0].contents).toString("base64");
const { between, costs, sumOfAll } = await import(`data:text/javascript;base64,${text}`);

const line = (subsystem, room, kind, n) => ({
  subsystem,
  room,
  kind,
  messages: n,
  receivers: 10 * n,
  bytes_before: 1_000 * n,
  bytes_after: 400 * n,
  writes: 3 * n,
  us: 50 * n,
});

test("what was counted between two answers is their difference, of the same processes alone", () => {
  const before = { at_ms: 1_000, of: ["gateway 7"], lines: [line("chat", "", "heard", 4)] };
  const lines = [line("chat", "", "heard", 9), line("map", "", "state", 2)];
  const now = { at_ms: 3_000, of: ["gateway 7"], lines };
  assert.deepEqual(between(before, now), [line("chat", "", "heard", 5), line("map", "", "state", 2)]);
  assert.equal(between(before, { ...now, of: ["gateway 8"] }), null);
  assert.equal(between(before, { ...now, at_ms: 1_000 }), null);
});

test("sums are the same however lines are added up, and the dearest comes first", () => {
  const lines = [
    line("rooms", "arena", "state", 5),
    line("rooms", "chess", "state", 1),
    line("chat", "", "heard", 9),
    line("other", "", "other", 0),
  ];
  for (const [by, names] of [
    ["kind", ["heard", "state", "state"]],
    ["room", ["", "arena", "chess"]],
    ["subsystem", ["chat", "rooms"]],
  ]) {
    const found = costs(lines, by);
    assert.deepEqual(found.map((one) => one.name), names);
    const { messages, receivers, before, after, writes, us } = sumOfAll(found);
    assert.deepEqual(
      { messages, receivers, before, after, writes, us },
      { messages: 15, receivers: 150, before: 15_000, after: 6_000, writes: 45, us: 750 },
    );
  }
});

test("the overview times each gateway, as its own page does, and asks for lags that a minute keeps the highest of", () =>
  withPage(OWNER, async ({ page, mock }) => {
    mock.state.gateways = 2;
    for (const place of ["overview", "gateway"]) {
      await page.goto(`${mock.url}/${PAGES[place]}`);
      await settled(page);
      const chart = page.locator("main .chart", { has: page.getByRole("heading", { name: "Round trip" }) });
      await reads(chart, /gateway p50[\s\S]*gateway p99[\s\S]*gateway-2 p50[\s\S]*gateway-2 p99/);
    }
    await page.goto(`${mock.url}/${PAGES.overview}`);
    await settled(page);
    const asked = page.waitForRequest((request) => request.url().includes("span=24h"));
    await page.getByRole("button", { name: "24 h" }).click();
    const series = new URL((await asked).url()).searchParams.get("series").split(",");
    for (const name of ["game.inflight_records", "dbfront.unsaved_records", "gateway-2.round_trip_p99_us"]) {
      assert.ok(series.includes(name), name);
    }
    await page.getByText("each minute by its highest second").waitFor();
    await shot(page, "overview-gateways");
  }));

test("the overview calls frames so, and counts messages as the bill does: one for each who got it", () =>
  withPage(OWNER, async ({ page, mock }) => {
    const so = (kind, n) => ({ ...line("chat", "", kind, 1), messages: n, receivers: n });
    mock.state.bill = (now) => ({ at_ms: now, of: ["gateway 1"], lines: [so("heard", now), so("told", 2 * now)] });
    await page.goto(`${mock.url}/${PAGES.overview}`);
    await settled(page);
    const tile = page.locator(".tile", { hasText: "Messages to clients" });
    await reads(tile, /3,000\/s[\s\S]*frames: [\d,]+\/s in, [\d,]+\/s out/);
    await page.getByRole("heading", { name: "Frames a second" }).waitFor();
    await counts(page.getByRole("heading", { name: /Messages/ }), 0);
  }));

test("the bill stands on the page, now and since the start, by kind, room and part", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.gateway}`);
    await settled(page);
    const bill = page.locator("section", { has: page.getByRole("heading", { name: "Broadcast bill" }) });
    await bill.getByText("cell_state").waitFor();
    assert.match(await bill.locator("tr.sum").innerText(), /All together.*\/s/s);
    assert.ok((await bill.innerText()).includes(HOSTILE[1]), "a game's own name is text");
    await shot(page, "gateway-bill");
    await bill.getByRole("button", { name: "Since the start" }).click();
    assert.doesNotMatch(await bill.locator("tr.sum").innerText(), /\/s/);
    await bill.getByRole("button", { name: "Kind of room" }).click();
    await reads(bill, /no room's/);
    await bill.getByRole("button", { name: "Part of the server" }).click();
    await reads(bill, /answers to commands/);
    mock.state.empty = true;
    await until("an empty bill", async () => (await bill.innerText()).includes("Nothing was sent"));
  }));

test("what happened stands among the events, and in charts only what came and went", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(mock.url);
    await settled(page);
    const events = page.locator(".events");
    await reads(events, /level red/);
    await reads(events, /a database transaction failed and is tried again/);
    await counts(events.locator(".event-bad"), 3);
  }));

test("the database page shows transactions, segments and backups, and begins one", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.database}`);
    await settled(page);
    const card = (name) => page.locator("section", { has: page.getByRole("heading", { name, exact: true }) });
    const took = async () => (await card("Transactions").locator("tbody tr td").nth(1).innerText());
    const newest = await took();
    await card("Transactions").getByRole("button", { name: "The slowest" }).click();
    assert.notEqual(await took(), newest);
    await reads(card("Transactions"), /wallet 31, ledger 12/);
    await reads(card("Segments of the journal"), /There are 41/);
    const backups = await card("Backups").innerText();
    assert.ok(["being made", "whole", "BACKUP_DISK_FULL"].every((word) => backups.includes(word)), backups);
    await shot(page, "database-look");
    await card("Backups").getByRole("button", { name: "Begin a backup" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name of the folder").fill("../up");
    await dialog.getByLabel("Reason").fill("before the patch");
    await dialog.getByRole("button", { name: "Begin a backup" }).click();
    await dialog.getByText("Letters, digits, dots").waitFor();
    await dialog.getByLabel("Name of the folder").fill("before-patch");
    await dialog.getByRole("button", { name: "Begin a backup" }).click();
    await dialog.waitFor({ state: "detached" });
    assert.deepEqual(mock.state.done, [
      { path: "/api/database/backup", body: { reason: "before the patch", name: "before-patch" } },
    ]);
  }));

test("a refused record is shown, tried again, and replaced only with what changes and the password", () =>
  withPage(OWNER, async ({ page, mock }) => {
    mock.state.poison = { lsn: "812", table: "item", what: HOSTILE[0], since_ms: Date.now(), tries: 9 };
    await page.goto(`${mock.url}/${PAGES.database}`);
    const told = page.getByRole("alert").filter({ hasText: "refuses record 812" });
    await told.locator("summary").click();
    assert.ok((await told.innerText()).includes(HOSTILE[0]));
    await told.getByRole("button", { name: "Try it again" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reason").fill("perhaps now");
    await dialog.getByRole("button", { name: "Try it again" }).click();
    await dialog.getByText("It is being tried: look again in a moment.").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await told.getByRole("button", { name: "Replace the record" }).click();
    const text = dialog.locator("textarea");
    const record = await text.inputValue();
    await dialog.getByLabel("Reason").fill("a column that is too long");
    await dialog.getByRole("button", { name: "Replace the record" }).click();
    await dialog.getByText("It is the record as it is.").waitFor();
    await text.fill("{ no");
    await dialog.getByText("This is no JSON.").waitFor();
    await text.fill(record.replace("7", "8"));
    await reads(dialog.locator(".changes"), /mutations\.0\.row\.1\s+7\s+→\s+8/);
    await shot(page, "database-amend");
    await dialog.getByLabel("Your password").fill("correct horse battery");
    await dialog.getByRole("button", { name: "Replace the record" }).click();
    await dialog.waitFor({ state: "detached" });
    const [tried, { path, body }] = mock.state.done;
    assert.equal(tried.path, "/api/database/poison/retry");
    assert.equal(path, "/api/database/poison/amend");
    assert.deepEqual(
      { lsn: body.lsn, reason: body.reason, record: JSON.parse(body.record).mutations[0].row[1] },
      { lsn: "812", reason: "a column that is too long", record: 8 },
    );
  }));

test("who may only look is offered nothing to do there", () =>
  withPage({ name: "vi", role: "viewer", totp: false }, async ({ page, mock }) => {
    mock.state.poison = { lsn: "812", table: "item", what: "too long", since_ms: Date.now(), tries: 9 };
    await page.goto(`${mock.url}/${PAGES.database}`);
    await page.getByText("refuses record 812").waitFor();
    await page.getByRole("heading", { name: "Backups" }).waitFor();
    await counts(page.locator("main .actions button, main .card-head > button"), 0);
  }));
