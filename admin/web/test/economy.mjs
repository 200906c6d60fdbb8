// The economy page against the mock: what adds up and what does not, charts, the richest, the check, the trail.

import assert from "node:assert/strict";
import { test } from "node:test";
import { counts, reads, until } from "./browser.mjs";
import { OWNER, settled, shot, withPage } from "./harness.mjs";

const ECONOMY = "#/economy";

test("sums have exact digits, charts units, and every span its hours", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${ECONOMY}`);
    await settled(page);
    const total = page.locator(".tile", { hasText: "Gold in the world" });
    await reads(total, /9,007,199,25\d,\d{3},\d{3}|9,007,199,254,\d{3},\d{3}/);
    await reads(total, /adds up/);
    await counts(page.locator(".chart .plot canvas"), 4);
    await until("values", async () => /\d.*\/h/.test(await page.locator(".legend output").nth(1).innerText()));
    const faucets = page.locator(".chart", { hasText: "Faucets" });
    await reads(faucets.locator(".legend"), /loot/);
    assert.doesNotMatch(await faucets.locator(".legend").innerText(), /trade/);
    const sum = async () => (await page.locator(".tile", { hasText: "Came in" }).innerText()).split("\n")[1];
    const day = await sum();
    await page.getByRole("button", { name: "72 h" }).click();
    await until("three days", async () => (await sum()) !== day);
    const file = page.getByRole("link", { name: "Save as CSV" }).first();
    assert.equal(await file.getAttribute("href"), "/api/economy/export?hours=72");
    assert.equal(
      await page.getByRole("link", { name: "Freeze trades or an account" }).getAttribute("href"),
      "#/switches",
    );
  }));

test("a chart of more than a day says the day with the hour: on its axis, under the cursor, in its table", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.addInitScript(() => {
      window.drawn = [];
      const draw = CanvasRenderingContext2D.prototype.fillText;
      CanvasRenderingContext2D.prototype.fillText = function fillText(text, ...place) {
        window.drawn.push(String(text));
        return draw.call(this, text, ...place);
      };
    });
    const times = () => page.evaluate(() => window.drawn.filter((text) => /\d\d:\d\d/.test(text)));
    const withDay = /^\d{1,2} [A-Z][a-z]{2,3}, \d\d:\d\d$/;
    await page.goto(`${mock.url}/${ECONOMY}`);
    await settled(page);
    await until("hours", async () => 0 < (await times()).length);
    assert.ok((await times()).every((text) => /^\d\d:\d\d$/.test(text)), "a day needs none");
    await page.getByRole("button", { name: "72 h" }).click();
    await until("days", async () => (await times()).some((text) => withDay.test(text)));
    await settled(page);
    await page.evaluate(() => window.drawn.splice(0));
    await page.setViewportSize({ width: 1200, height: 900 });
    await until("drawn again", async () => 3 < (await times()).length);
    const drawn = await times();
    assert.ok(drawn.every((text) => withDay.test(text)), drawn.join(" | "));
    const chart = page.locator(".chart").first();
    await chart.locator(".u-over").hover();
    await reads(chart.locator(".chart-at"), withDay);
    await chart.locator("summary").click();
    await reads(chart.locator("tbody th").first(), withDay);
  }));

test("what does not add up is said aloud, with both sums", () =>
  withPage(OWNER, async ({ page, mock }) => {
    mock.state.gold = "off";
    await page.goto(`${mock.url}/${ECONOMY}`);
    await settled(page);
    await reads(page.locator(".note-bad").first(), /9,007,199.*9,007,199/);
    await counts(page.locator(".badge-bad"), 1);
  }));

test("a world without gold says so", () =>
  withPage(OWNER, async ({ page, mock }) => {
    mock.state.empty = true;
    await page.goto(`${mock.url}/${ECONOMY}`);
    await settled(page);
    const words = await page.locator("main").innerText();
    assert.match(words, /No gold moved in this time/);
    assert.match(words, /Nobody has gold/);
  }));

test("names of the rich are text, and lead to their wallets", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${ECONOMY}`);
    await settled(page);
    await counts(page.locator("main img, main script"), 0);
    await page.getByRole("button", { name: "50", exact: true }).click();
    const card = page.locator("section.card", { has: page.getByRole("heading", { name: "Richest" }) });
    await until("fifty", async () => (await card.locator("tbody tr").count()) === 50);
    assert.equal(await card.locator("tbody a").first().getAttribute("href"), "#/players/4294967297/wallet");
  }));

test("a check is begun with a reason, runs, and names rule and rows", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${ECONOMY}`);
    await settled(page);
    await page.getByRole("button", { name: "Check now" }).click();
    await page.getByRole("dialog").getByLabel("Reason").fill("a report of twins");
    await page.getByRole("dialog").getByRole("button", { name: "Check now" }).click();
    await until("sent", () => mock.state.done.length === 1);
    assert.deepEqual(mock.state.done, [
      { path: "/api/economy/check/begin", body: { reason: "a report of twins" } },
    ]);
    mock.state.check = "running";
    await page.getByText("begun by bo").waitFor();
    assert.ok(await page.getByRole("button", { name: "Check now" }).isDisabled());
    mock.state.check = "violated";
    await page.getByText("2 violations").waitFor();
    const card = page.locator("section.card", { hasText: "Does everything add up" });
    await reads(card, /wallet_off[\s\S]*ledger lines add up to[\s\S]*account 7 has 9/);
    await counts(page.locator("main img, main script"), 0);
    await shot(page, "economy-violated");
    await page.getByRole("button", { name: "中文" }).click();
    await reads(page.locator("main"), /账号的金币等于其账本各行之和/);
    await shot(page, "economy-violated-zh");
    await page.getByRole("button", { name: "English" }).click();
    mock.state.check = "clean";
    await page.getByText("Everything adds up").waitFor();
    mock.state.check = "failed";
    await page.getByText("no such table").waitFor();
  }));

test("a sum is followed as a tree, and the address says what", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${ECONOMY}`);
    await settled(page);
    await page.getByRole("button", { name: "Follow", exact: true }).click();
    await page.getByText("A whole number.").waitFor();
    await page.getByLabel("Account id").fill("11");
    await page.getByLabel("From record on").fill("70");
    await page.getByLabel("How much gold").fill("520");
    await page.keyboard.press("Enter");
    const table = page.getByRole("region", { name: "Where did it go?" });
    await table.waitFor();
    assert.ok(page.url().endsWith("#/economy?account=11&since=70&sum=520"));
    const steps = await table.locator("tbody tr th").allInnerTexts();
    const numbers = steps.map((text) => Number(/\d+/.exec(text)?.[0]));
    assert.deepEqual(numbers, [1, 3, 5, 4, 2], "each below the one that brought it");
    await reads(table, /not followed further/);
    const now = page.getByRole("region", { name: "Where it is now" });
    await reads(now.locator("tbody tr").first(), /Dee\s+300/);
    assert.equal(
      await page.locator("#trail").getByRole("link", { name: "Save as CSV" }).getAttribute("href"),
      "/api/economy/trail/export?account=11&since=70&sum=520",
    );
    await counts(page.locator("main img, main script"), 0);
    await shot(page, "economy-trail");
    await now.getByRole("link", { name: "Follow from here" }).first().click();
    await until("it", () => page.url().endsWith("#/economy?account=44&since=95&sum=300"));
  }));

test("a trail that ends early says where, and one of nothing what to do", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${ECONOMY}?account=500`);
    await page.getByText("ended at record 120,001").waitFor();
    await page.goto(`${mock.url}/${ECONOMY}?account=404`);
    await page.getByText("Nothing of it moved").waitFor();
    await page.goto(`${mock.url}/${ECONOMY}?item=77`);
    await page.getByRole("region", { name: "Where did it go?" }).waitFor();
    await counts(page.getByRole("link", { name: "Follow from here" }), 0);
  }));

test("a viewer sees sums and neither trail nor the check's button", () =>
  withPage({ name: "cy", role: "viewer", totp: false }, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${ECONOMY}`);
    await settled(page);
    await counts(page.getByRole("button", { name: "Check now" }), 0);
    await counts(page.getByRole("heading", { name: "Where did it go?" }), 0);
  }));
