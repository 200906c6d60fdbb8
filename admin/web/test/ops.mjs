// The pages about running the server, against the mock: what is logged, and what staff did.

import assert from "node:assert/strict";
import { test } from "node:test";
import { counts, reads, until } from "./browser.mjs";
import { OWNER, PAGES, settled, withPage } from "./harness.mjs";
import { HOSTILE } from "./world.mjs";

const rows = (page) => page.locator("main tbody tr");
/** The number that the first line shown has in its fields. */
const first = async (page) => (await rows(page).first().innerText()).match(/number=(\d+)/)?.[1];

test("logs come by themselves, the newest first, and hostile text in them is text", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.logs}`);
    await settled(page);
    await counts(rows(page), 40);
    assert.equal(await first(page), "100");
    assert.ok(HOSTILE.some((name) => name.includes("<")));
    await reads(page.locator("main"), /text=.*</);
    await counts(page.locator("main img, main script, main [onload], main [onerror]"), 0);
    mock.state.logged = 1;
    await until("the next line", async () => (await first(page)) === "101");
  }));

test("older lines come page by page and stand still, and the newest come again", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.logs}`);
    await settled(page);
    const older = page.getByRole("button", { name: "Older", exact: true });
    const newer = page.getByRole("button", { name: "Newer", exact: true });
    await older.waitFor();
    assert.ok(await newer.isDisabled());
    await older.click();
    await until("the page before", async () => (await first(page)) === "60");
    mock.state.logged = 7;
    await older.click();
    await until("the first page of all", async () => (await first(page)) === "20");
    await counts(rows(page), 20);
    assert.ok(await older.isDisabled(), "there are none before these");
    await newer.click();
    await until("the page in the middle", async () => (await first(page)) === "60");
    await newer.click();
    await until("the newest", async () => (await first(page)) === "107");
    await older.click();
    await until("older ones of more", async () => (await first(page)) === "67");
    await page.getByLabel("Process").selectOption("game");
    await until("a filter begins at the newest", async () => (await first(page)) === "106");
  }));

test("lines are filtered by level, process, event and text, and where none fits the page says so", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.logs}`);
    await settled(page);
    await page.getByLabel("Level").selectOption("error");
    await counts(rows(page), 2);
    await page.getByLabel("Process").selectOption("gateway");
    await counts(rows(page), 1);
    await page.getByLabel("Level").selectOption("info");
    await page.getByLabel("Event").fill("BROKE");
    await counts(rows(page), 1);
    await page.getByLabel("Text").fill("no line says this");
    await page.getByText("No line fits").waitFor();
    await counts(page.locator(".pager"), 0);
  }));

test("a process logs more with a reason, and each refusal is told in words of the page's language", () =>
  withPage(OWNER, async ({ page, mock }) => {
    const path = "/api/logs/level";
    await page.goto(`${mock.url}/${PAGES.logs}`);
    await settled(page);
    await page.getByRole("button", { name: "game: debug for 60 s more, 12 lines held back" }).waitFor();
    await page.getByRole("button", { name: "gateway: info", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Level").selectOption("trace");
    await reads(dialog.locator(".changes"), /info[\s\S]*trace/);
    await dialog.getByRole("button", { name: "Log more" }).click();
    await dialog.getByText("Say why.").waitFor();
    await dialog.getByLabel("Reason").fill("players lose their sockets");
    for (const [status, code, words] of [
      [503, "process_away", /does not answer, so it logs as before/],
      [409, "bad_level", /It can be told to log more/],
      [409, "too_many_consoles", /eight consoles/],
    ]) {
      mock.state.refused[path] = [status, code];
      await dialog.getByRole("button", { name: "Log more" }).click();
      await reads(dialog.locator(".note-bad"), words);
    }
    delete mock.state.refused[path];
    await dialog.getByRole("button", { name: "Log more" }).click();
    await dialog.waitFor({ state: "detached" });
    const body = { process: "gateway", level: "trace", reason: "players lose their sockets" };
    assert.deepEqual(mock.state.done, [{ path, body }]);
  }));

test("the audit log is filtered by who, what under its shown name, on whom, how it ended and when", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.audit}`);
    await settled(page);
    await counts(rows(page), 20);
    const action = page.getByLabel("Action");
    const offered = await action.locator("option").allInnerTexts();
    assert.equal(offered[0], "any");
    assert.ok(offered.includes("role changed") && offered.includes("log level"), offered.join());
    assert.deepEqual(offered.slice(1), offered.slice(1).sort((one, other) => one.localeCompare(other, "en-GB")));
    await action.selectOption({ label: "role changed" });
    await counts(rows(page), 14);
    await reads(rows(page).first(), /role changed/);
    await page.getByLabel("Outcome").selectOption({ label: "not done" });
    await counts(rows(page), 2);
    await reads(page.locator("main tbody"), /forbidden/);
    await page.getByLabel("Outcome").selectOption({ label: "done" });
    await counts(rows(page), 12);
    await page.getByLabel("Who").fill("bo");
    await counts(rows(page), 2);
    const local = (ms) => new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
    // Deeds 15 and 55 were done 18,000 and 2,000 s ago.
    await page.getByLabel("From").fill(local(Date.now() - 15_000_000));
    await counts(rows(page), 1);
    await page.getByLabel("From").fill(local(Date.now() - 20_000_000));
    await counts(rows(page), 2);
    await page.getByLabel("Until").fill(local(Date.now() - 5_000_000));
    await counts(rows(page), 1);
    assert.match(await rows(page).first().innerText(), /^15\b/);
    const file = await page.getByRole("link", { name: "Save as CSV" }).getAttribute("href");
    assert.match(file, /^\/api\/audit\/export\?by=bo&action=staff\.role&outcome=ok&from_ms=\d+&until_ms=\d+$/);
    await page.getByLabel("On", { exact: true }).fill("nobody");
    await page.getByText("Nothing was done yet").waitFor();
  }));

test("each deed of the console's own says whether the journal has it by now", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.audit}`);
    await settled(page);
    const of = (n) => rows(page).filter({ has: page.locator("td.mono", { hasText: new RegExp(`^${n}$`) }) });
    await reads(of(57), /waits for the game/);
    await reads(of(39), /in the journal/);
    assert.doesNotMatch(await of(58).innerText(), /journal|waits/, "a kick is there with its effect");
    await counts(page.locator("main img, main script, main [onload], main [onerror]"), 0);
  }));
