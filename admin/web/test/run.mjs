// Drives the page in headless Chromium against the mock: every page in both themes and languages, the ways in, the
// dialogs, hostile names, a process that goes away. Usage: node test/run.mjs [FOLDER FOR SCREENSHOTS]

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { PASSWORD, start } from "../mock.mjs";
import { open, until } from "./browser.mjs";
import { HOSTILE } from "./world.mjs";

const shots = process.env.SHOTS ?? "";
if (shots !== "") {
  await mkdir(shots, { recursive: true });
}

const PLAYER = "4294967297";
const ROOM = "4294967304";
const PAGES = {
  overview: "#/overview",
  gateway: "#/gateway",
  players: "#/players",
  "player-account": `#/players/${PLAYER}/account`,
  "player-wallet": `#/players/${PLAYER}/wallet`,
  "player-characters": `#/players/${PLAYER}/characters`,
  "player-mail": `#/players/${PLAYER}/mail`,
  "player-restrictions": `#/players/${PLAYER}/restrictions`,
  "player-log": `#/players/${PLAYER}/log`,
  "player-more": `#/players/${PLAYER}/more`,
  rooms: "#/rooms",
  room: `#/rooms/${ROOM}`,
  database: "#/database",
  audit: "#/audit",
  staff: "#/staff",
  security: "#/security",
};

const OWNER = { name: "ada", role: "owner", totp: true };

/** A mock, a browser at it, and at the end: nothing that a page must not do. */
async function withPage(staff, body, options) {
  const mock = await start();
  mock.state.staff = staff;
  const browser = await open(mock.url, options);
  try {
    await body({ ...browser, mock });
    assert.deepEqual(browser.complaints, []);
    assert.deepEqual(await browser.violations(), []);
    assert.equal(await browser.page.evaluate(() => window.hacked), undefined);
  } finally {
    await browser.close();
    mock.stop();
  }
}

async function shot(page, name, fullPage = true) {
  if (shots !== "") {
    await page.screenshot({ path: join(shots, `${name}.png`), fullPage });
  }
}

/** The page stands: a head, and nothing that still loads. */
async function settled(page) {
  await page.waitForSelector("main h1");
  await until("nothing loads", async () => (await page.locator(".loading").count()) === 0);
}

for (const theme of ["light", "dark"]) {
  for (const language of ["en", "zh"]) {
    test(`every page stands in ${theme} and ${language}`, () =>
      withPage(
        OWNER,
        async ({ page, mock }) => {
          await page.addInitScript(
            ([wish, words]) => {
              localStorage.setItem("ding.theme", wish);
              localStorage.setItem("ding.language", words);
            },
            [theme, language],
          );
          await page.goto(mock.url);
          for (const [name, hash] of Object.entries(PAGES)) {
            await page.evaluate((wish) => { location.hash = wish; }, hash);
            await settled(page);
            if (["overview", "gateway", "database"].includes(name)) {
              await page.waitForSelector(".plot canvas");
              await until("values", async () => /\d/.test(await page.locator(".legend output").first().innerText()));
            }
            await shot(page, `${name}-${theme}-${language}`);
          }
          const scheme = await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
          assert.equal(scheme, theme);
          assert.equal(await page.evaluate(() => document.documentElement.lang), language === "zh" ? "zh-Hans" : "en");
        },
      ));
  }
}

test("hostile names are shown as text", () =>
  withPage(OWNER, async ({ page, mock }) => {
    for (const hash of [PAGES.players, PAGES["player-mail"], PAGES["player-characters"], PAGES["player-log"], PAGES["player-more"], PAGES.room, PAGES.rooms, PAGES.audit]) {
      await page.goto(`${mock.url}/${hash}`);
      await settled(page);
      assert.equal(await page.locator("main img, main script, main [onload], main [onerror]").count(), 0, hash);
      const text = await page.locator("main").innerText();
      assert.ok(HOSTILE.some((name) => text.includes(name)), `${hash} shows one`);
    }
  }));

test("the set-up link makes the owner and leaves no token in the address", () =>
  withPage(null, async ({ page, mock }) => {
    mock.state.setup = true;
    await page.goto(`${mock.url}/setup#0123456789abcdef`);
    await page.waitForSelector("main h1");
    assert.ok(!page.url().includes("0123456789abcdef"));
    await shot(page, "setup", false);
    await page.getByLabel("Name").fill("ada");
    await page.getByLabel("Password", { exact: true }).fill("short");
    await page.getByRole("button", { name: "Become the owner" }).click();
    assert.equal(await page.locator(".problem").count(), 2);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByLabel("The same again").fill(PASSWORD);
    await page.getByRole("button", { name: "Become the owner" }).click();
    await page.waitForSelector(".tiles");
  }));

test("who is not logged in logs in and stands where he wanted to go", () =>
  withPage(null, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.database}`);
    await page.getByLabel("Name").fill("ada");
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForSelector(".note-bad");
    await shot(page, "login", false);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Database", level: 1 }).waitFor();
  }));

test("a session that ends leads to the login and back", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.rooms}`);
    await settled(page);
    mock.state.staff = null;
    await page.evaluate((hash) => { location.hash = hash; }, PAGES.audit);
    await page.waitForSelector(".note-warn");
    await page.getByLabel("Name").fill("ada");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Audit", level: 1 }).waitFor();
  }));

test("a process that goes away raises a banner, which goes with it", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(mock.url);
    await page.waitForSelector(".tiles");
    mock.state.down.add("game");
    await page.locator(".banners .note-bad").waitFor();
    await shot(page, "banner");
    assert.match(await page.locator(".banners").innerText(), /Game: not running/);
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

test("a ban shows what it changes and asks for reason and password", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES["player-account"]}`);
    await settled(page);
    const opener = page.locator(".page-head").getByRole("button", { name: "Ban", exact: true });
    await opener.click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Ban", exact: true }).click();
    assert.equal(await dialog.locator(".problem").count(), 2);
    assert.match(await dialog.locator(".changes").innerText(), /Banned until[\s\S]*not restricted[\s\S]*202\d/);
    await shot(page, "dialog-ban", false);
    for (let step = 0; step < 12; step += 1) {
      await page.keyboard.press("Tab");
      assert.ok(await page.evaluate(() => document.activeElement?.closest("dialog") !== null), "the focus stays inside");
    }
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    assert.equal(await opener.evaluate((button) => button === document.activeElement), true, "the focus is given back");
    await opener.click();
    await dialog.getByLabel("For how long").selectOption("0");
    await dialog.getByLabel("Reason").fill("sells <b>gold</b>");
    await dialog.getByLabel("Your password").fill("wrong");
    await page.keyboard.press("Enter");
    await dialog.locator(".note-bad").waitFor();
    await dialog.getByLabel("Your password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    assert.deepEqual(mock.state.done, [
      { path: `/api/players/${PLAYER}/ban`, body: { reason: "sells <b>gold</b>", password: PASSWORD, for_ms: 0 } },
    ]);
  }));

test("gold is given once for a dialog, and the wallet is shown before and after", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES["player-wallet"]}`);
    await settled(page);
    await page.getByRole("button", { name: "Give gold" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Gold to give").fill("120");
    assert.match(await dialog.locator(".changes").innerText(), /48,120[\s\S]*48,240/);
    await dialog.getByLabel("Reason").fill("lost item, ticket 12");
    await dialog.getByLabel("Your password").fill(PASSWORD);
    await shot(page, "dialog-grant", false);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    const [{ path, body }] = mock.state.done;
    assert.equal(path, `/api/players/${PLAYER}/grant`);
    assert.equal(body.amount, 120);
    assert.match(body.key, /^console-[0-9a-f-]{36}$/);
  }));

test("every other deed sends what the dialog said", () =>
  withPage(OWNER, async ({ page, mock }) => {
    const deed = async (hash, opener, fill) => {
      await page.goto(`${mock.url}/${hash}`);
      await settled(page);
      await page.locator("main").getByRole("button", { name: opener, exact: true }).first().click();
      const dialog = page.getByRole("dialog");
      await fill(dialog);
      for (const [label, words] of [["Reason", "because"], ["Your password", PASSWORD]]) {
        if ((await dialog.getByLabel(label).count()) === 1) {
          await dialog.getByLabel(label).fill(words);
        }
      }
      await dialog.locator("button[type=submit]").click();
      await dialog.waitFor({ state: "detached" });
    };
    const nothing = async () => undefined;
    await deed(PAGES["player-account"], "Kick", nothing);
    await deed(PAGES["player-account"], "Unmute", nothing);
    await deed(PAGES.room, "Close the room", async () => shot(page, "dialog-close", false));
    await deed(PAGES.room, "Say to the room", async (dialog) => dialog.getByLabel("Signal").fill("pause"));
    await deed(PAGES.staff, "Add staff", async (dialog) => {
      await dialog.getByLabel("Name").fill("dee");
      await dialog.getByLabel("Role").selectOption("support");
      await dialog.getByLabel("First password").fill("a long first one");
    });
    await deed(PAGES.staff, "Change role", async (dialog) => dialog.getByLabel("Role").selectOption("operator"));
    await deed(PAGES.staff, "Reset password", async (dialog) => dialog.getByLabel("First password").fill("another first one"));
    await deed(PAGES.staff, "Disable", nothing);
    await deed(PAGES.staff, "Enable", nothing);
    const password = PASSWORD;
    const reason = "because";
    assert.deepEqual(mock.state.done, [
      { path: `/api/players/${PLAYER}/kick`, body: { reason } },
      { path: `/api/players/${PLAYER}/unmute`, body: { reason } },
      { path: `/api/rooms/${ROOM}/close`, body: { reason, password } },
      { path: `/api/rooms/${ROOM}/say`, body: { reason, signal: "pause", body: "" } },
      { path: "/api/staff/create", body: { password, name: "dee", role: "support", new_password: "a long first one" } },
      { path: "/api/staff/bo/role", body: { password, role: "operator" } },
      { path: "/api/staff/bo/reset", body: { password, new_password: "another first one" } },
      { path: "/api/staff/cy/disable", body: { password } },
      { path: "/api/staff/bo/enable", body: { password } },
    ]);
  }));

test("the own password and the second factor are set", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.security}`);
    await settled(page);
    await page.getByLabel("Password now").fill(PASSWORD);
    await page.getByLabel("New password").fill("another long one");
    await page.getByLabel("The same again").fill("another long one");
    await page.locator("main").getByRole("button", { name: "Change the password" }).click();
    await page.locator(".toasts p").waitFor();
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.getByRole("button", { name: "Set it up again" }).click();
    await page.locator(".secret").waitFor();
    await shot(page, "totp", false);
    assert.match(await page.getByRole("link", { name: "Open in an authenticator app" }).getAttribute("href"), /^otpauth:\/\//);
    await page.getByLabel("Code").fill("123456");
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.locator(".secret").waitFor({ state: "detached" });
    assert.deepEqual(mock.state.done.map(({ path }) => path), ["/api/password", "/api/totp/confirm"]);
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
    for (const [name, hash] of [["players", PAGES.players], ["rooms", PAGES.rooms], ["audit", PAGES.audit]]) {
      await page.goto(`${mock.url}/${hash}`);
      await page.reload();
      await page.locator(".empty p").waitFor();
      await shot(page, `empty-${name}`, false);
    }
    await page.goto(`${mock.url}/#/players/0`);
    await page.locator(".note-bad").waitFor();
  }));

test("roles see no button that they may not press", () =>
  withPage({ name: "vi", role: "viewer", totp: false }, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES["player-account"]}`);
    await settled(page);
    assert.equal(await page.locator(".page-head .actions button").count(), 0);
    assert.equal(await page.getByRole("link", { name: "Staff", exact: true }).count(), 0);
    await page.goto(`${mock.url}/${PAGES.staff}`);
    await page.getByText("Your role does not see this page").waitFor();
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
    await until("times", async () => (await page.locator(".chart-at").allInnerTexts()).every((text) => /\d\d:\d\d:\d\d/.test(text)));
    await shot(page, "cursor", false);
    await page.locator(".chart-values summary").first().click();
    assert.equal(await page.locator(".chart-values tbody tr").count(), 10);
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
