// What is done through the page, against the mock: coming in, and each deed with what its dialog shows and sends.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PASSWORD } from "../mock.mjs";
import { counts, reads, until } from "./browser.mjs";
import { OWNER, PAGES, PLAYER, ROOM, settled, shot, withPage } from "./harness.mjs";

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
    await counts(page.locator(".problem"), 2);
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
    await page.evaluate((hash) => {
      location.hash = hash;
    }, PAGES.audit);
    await page.waitForSelector(".note-warn");
    await page.getByLabel("Name").fill("ada");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Audit", level: 1 }).waitFor();
  }));

test("who could not be logged out is told so and stays, and is out once the server says so", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.rooms}`);
    await settled(page);
    const out = page.getByRole("button", { name: "Log out" });
    for (const [status, code] of [
      [503, "busy"],
      [500, "store_failed"],
    ]) {
      mock.state.refused["/api/logout"] = [status, code];
      await out.click();
      await page.getByRole("alert").getByText("still logged in").waitFor();
      await counts(page.locator(".door"), 0);
    }
    // Nor does a console that does not answer log anybody out.
    mock.state.silent = true;
    await out.click();
    await reads(page.getByRole("alert"), /still logged in[\s\S]*answer/);
    await page.getByRole("heading", { name: "Rooms", level: 1 }).waitFor();
    mock.state.silent = false;
    mock.state.refused = {};
    await page.getByRole("alert").getByRole("button").click();
    await page.locator(".door").getByRole("button", { name: "Log in" }).waitFor();
    assert.equal(mock.state.staff, null);
  }));

test("a ban shows what it changes and asks for reason and password", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES["player-account"]}`);
    await settled(page);
    const opener = page.locator(".page-head").getByRole("button", { name: "Ban", exact: true });
    await opener.click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Ban", exact: true }).click();
    await counts(dialog.locator(".problem"), 2);
    assert.match(
      await dialog.locator(".changes").innerText(),
      /Banned until[\s\S]*not restricted[\s\S]*202\d/,
    );
    await shot(page, "dialog-ban", false);
    for (let step = 0; step < 12; step += 1) {
      await page.keyboard.press("Tab");
      assert.ok(
        await page.evaluate(() => document.activeElement?.closest("dialog") !== null),
        "the focus stays inside",
      );
    }
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await until("the focus is given back", () =>
      opener.evaluate((button) => button === document.activeElement),
    );
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
      {
        path: `/api/players/${PLAYER}/ban`,
        body: { reason: "sells <b>gold</b>", password: PASSWORD, for_ms: 0 },
      },
    ]);
  }));

test("gold is given once for a dialog, and the wallet is shown before and after", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES["player-wallet"]}`);
    await settled(page);
    await page.getByRole("button", { name: "Give gold" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Gold to give").fill("120");
    await reads(dialog.locator(".changes"), /48,120[\s\S]*48,240/);
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
      await dialog.waitFor();
      await fill(dialog);
      for (const [label, words] of [
        ["Reason", "because"],
        ["Your password", PASSWORD],
      ]) {
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
    await deed(PAGES.staff, "Change role", async (dialog) =>
      dialog.getByLabel("Role").selectOption("operator"),
    );
    await deed(PAGES.staff, "Reset password", async (dialog) =>
      dialog.getByLabel("First password").fill("another first one"),
    );
    await deed(PAGES.staff, "Disable", nothing);
    await deed(PAGES.staff, "Enable", nothing);
    const password = PASSWORD;
    const reason = "because";
    assert.deepEqual(mock.state.done, [
      { path: `/api/players/${PLAYER}/kick`, body: { reason } },
      { path: `/api/players/${PLAYER}/unmute`, body: { reason } },
      { path: `/api/rooms/${ROOM}/close`, body: { reason, password } },
      { path: `/api/rooms/${ROOM}/say`, body: { reason, signal: "pause", body: "" } },
      {
        path: "/api/staff/create",
        body: { reason, password, name: "dee", role: "support", new_password: "a long first one" },
      },
      { path: "/api/staff/bo/role", body: { reason, password, role: "operator" } },
      { path: "/api/staff/bo/reset", body: { reason, password, new_password: "another first one" } },
      { path: "/api/staff/cy/disable", body: { reason, password } },
      { path: "/api/staff/bo/enable", body: { reason, password } },
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
    assert.match(
      await page.getByRole("link", { name: "Open in an authenticator app" }).getAttribute("href"),
      /^otpauth:\/\//,
    );
    await page.getByLabel("Code").fill("123456");
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.locator(".secret").waitFor({ state: "detached" });
    assert.deepEqual(
      mock.state.done.map(({ path }) => path),
      ["/api/password", "/api/totp/confirm"],
    );
  }));

test("roles see no button that they may not press", () =>
  withPage({ name: "vi", role: "viewer", totp: false }, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES["player-account"]}`);
    await settled(page);
    await counts(page.locator(".page-head .actions button"), 0);
    await counts(page.getByRole("link", { name: "Staff", exact: true }), 0);
    await page.goto(`${mock.url}/${PAGES.staff}`);
    await page.getByText("Your role does not see this page").waitFor();
  }));
