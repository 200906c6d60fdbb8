// Every page in headless Chromium against the mock: both themes and languages, hostile names, processes that go
// away, search and lists, charts, a phone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { counts, reads, until } from "./browser.mjs";
import { OWNER, PAGES, settled, shot, withPage } from "./harness.mjs";
import { HOSTILE } from "./world.mjs";

for (const theme of ["light", "dark"]) {
  for (const language of ["en", "zh"]) {
    test(`every page stands in ${theme} and ${language}`, () =>
      withPage(OWNER, async ({ page, mock }) => {
        await page.addInitScript(
          ([wish, words]) => {
            localStorage.setItem("ding.theme", wish);
            localStorage.setItem("ding.language", words);
          },
          [theme, language],
        );
        await page.goto(mock.url);
        for (const [name, hash] of Object.entries(PAGES)) {
          await page.evaluate((wish) => {
            location.hash = wish;
          }, hash);
          await settled(page);
          if (["overview", "gateway", "database"].includes(name)) {
            await page.waitForSelector(".plot canvas");
            await until("values", async () =>
              /\d/.test(await page.locator(".legend output").first().innerText()),
            );
          }
          await shot(page, `${name}-${theme}-${language}`);
        }
        const scheme = await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
        assert.equal(scheme, theme);
        assert.equal(
          await page.evaluate(() => document.documentElement.lang),
          language === "zh" ? "zh-Hans" : "en",
        );
      }));
  }
}

test("hostile names are shown as text", () =>
  withPage(OWNER, async ({ page, mock }) => {
    for (const hash of [
      PAGES.players,
      PAGES["player-mail"],
      PAGES["player-characters"],
      PAGES["player-log"],
      PAGES["player-more"],
      PAGES.room,
      PAGES.rooms,
      PAGES.audit,
    ]) {
      await page.goto(`${mock.url}/${hash}`);
      await settled(page);
      assert.equal(
        await page.locator("main img, main script, main [onload], main [onerror]").count(),
        0,
        hash,
      );
      const text = await page.locator("main").innerText();
      assert.ok(
        HOSTILE.some((name) => text.includes(name)),
        `${hash} shows one`,
      );
    }
  }));

test("a process that goes away raises a banner, which goes with it", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(mock.url);
    await page.waitForSelector(".tiles");
    mock.state.down.add("game");
    await page.locator(".banners .note-bad").waitFor();
    await shot(page, "banner");
    await reads(page.locator(".banners"), /Game: not running/);
    mock.state.down.clear();
    await until("no banner", async () => (await page.locator(".banners .note").count()) === 0);
    await page.locator(".events li").filter({ hasText: "started" }).first().waitFor();
  }));

test("a record that the database refuses is told on the page of the database", () =>
  withPage(OWNER, async ({ page, mock }) => {
    mock.state.poison = { lsn: "812", table: "item", what: HOSTILE[0], since_ms: Date.now(), tries: 9 };
    await page.goto(`${mock.url}/${PAGES.database}`);
    await page.getByText("The database refuses record 812 (item).").waitFor();
  }));

test("a console that goes away says so and comes back", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(mock.url);
    await page.waitForSelector(".tiles");
    mock.state.silent = true;
    for (const stream of mock.state.streams) {
      stream.destroy();
    }
    await page.locator(".banners .note-bad").waitFor();
    mock.state.silent = false;
    await until("no banner", async () => (await page.locator(".banners .note").count()) === 0);
  }));

test("the slash searches, lists turn their pages, and nothing found says what to do", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(mock.url);
    await page.waitForSelector(".tiles");
    await page.keyboard.press("/");
    await page.keyboard.type("player-1");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "player-10", exact: true }).waitFor();
    await page.goto(`${mock.url}/${PAGES.rooms}`);
    await settled(page);
    await page.getByRole("button", { name: "Next", exact: true }).click();
    await page.getByText("Page 2").waitFor();
    await page.getByRole("button", { name: "Previous" }).click();
    await page.getByText("Page 1").waitFor();
    mock.state.empty = true;
    for (const [name, hash] of [
      ["players", PAGES.players],
      ["rooms", PAGES.rooms],
      ["audit", PAGES.audit],
    ]) {
      await page.goto(`${mock.url}/${hash}`);
      await page.reload();
      await page.locator(".empty p").waitFor();
      await shot(page, `empty-${name}`, false);
    }
    await page.goto(`${mock.url}/#/players/0`);
    await page.locator(".note-bad").waitFor();
  }));

test("the switches change theme and language and are remembered", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(mock.url);
    await page.waitForSelector(".tiles");
    await page.getByRole("button", { name: /Theme/ }).click();
    await page.getByRole("button", { name: /Theme/ }).click();
    await page.getByRole("button", { name: "中文" }).click();
    await page.getByRole("heading", { name: "概览" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "概览" }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  }));

test("charts show values under the cursor, of all charts at once, and as tables", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(mock.url);
    await page.waitForSelector(".plot canvas");
    await until("values", async () => /\d/.test(await page.locator(".legend output").first().innerText()));
    const plot = await page.locator(".plot .u-over").first().boundingBox();
    await page.mouse.move(plot.x + plot.width * 0.7, plot.y + 40);
    await until("times", async () =>
      (await page.locator(".chart-at").allInnerTexts()).every((text) => /\d\d:\d\d:\d\d/.test(text)),
    );
    await shot(page, "cursor", false);
    await page.locator(".chart-values summary").first().click();
    await counts(page.locator(".chart-values tbody tr"), 10);
    await page.getByRole("button", { name: "24 h" }).click();
    await until("a day", async () => (await page.locator(".chart-values tbody tr").count()) === 10);
    await shot(page, "overview-24h");
  }));

test("the overview fits a phone", () =>
  withPage(
    OWNER,
    async ({ page, mock }) => {
      for (const hash of [PAGES.overview, PAGES.players, PAGES.gateway, PAGES.room]) {
        await page.goto(`${mock.url}/${hash}`);
        await settled(page);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(over <= 0, `${hash} is ${over} px too wide`);
      }
      await page.goto(`${mock.url}/${PAGES.overview}`);
      await page.waitForSelector(".plot canvas");
      await until("values", async () => /\d/.test(await page.locator(".legend output").first().innerText()));
      await shot(page, "phone");
    },
    { viewport: { width: 390, height: 844 } },
  ));
