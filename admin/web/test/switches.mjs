// Switches and bans against the mock: what their dialogs show and send, and who is offered them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { counts, reads } from "./browser.mjs";
import { PASSWORD } from "../mock.mjs";
import { OWNER, PAGES, PLAYER, settled, shot, withPage } from "./harness.mjs";
import { HOSTILE } from "./world.mjs";

/** Fills in the dialog that is open, and sends it. */
async function sign(page, reason) {
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill(reason);
  if ((await dialog.getByLabel("Your password").count()) === 1) {
    await dialog.getByLabel("Your password").fill(PASSWORD);
  }
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
}

test("each switch shows what it changes and is switched with reason and password", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.switches}`);
    await settled(page);
    const card = (name) => page.locator(`[data-switch="${name}"]`);
    await reads(card("wealth_frozen"), /on since .*ada/);
    await card("wealth_frozen").getByRole("button", { name: "Switch off" }).click();
    await reads(page.locator(".changes"), /Wealth frozen[\s\S]*on[\s\S]*off/);
    await shot(page, "dialog-switch", false);
    await page.getByRole("dialog").getByRole("button", { name: "Switch off" }).click();
    await counts(page.getByRole("dialog").locator(".problem"), 2);
    await sign(page, "found it");
    await card("accounts_closed").getByRole("button", { name: "Switch on" }).click();
    await sign(page, "bots");
    await card("staff_only").getByRole("button", { name: "Switch on" }).click();
    await page.getByRole("dialog").getByLabel("Who plays now").selectOption("yes");
    await reads(page.locator(".changes"), /put out/);
    await sign(page, "back at noon");
    await card("chat_slow").getByRole("button", { name: "Switch off" }).click();
    await sign(page, "calm");
    const sent = mock.state.done.map(({ path, body: { password, ...body } }) => [path, body, password]);
    assert.deepEqual(sent, [
      ["/api/switches/wealth", { reason: "found it", on: false }, PASSWORD],
      ["/api/switches/accounts", { reason: "bots", on: true }, PASSWORD],
      ["/api/switches/staff_only", { reason: "back at noon", on: true, kick: true }, PASSWORD],
      ["/api/switches/chat", { reason: "calm", seconds: 0 }, undefined],
    ]);
  }));

test("an account is frozen by its id once it was looked up, and a freeze is lifted from the list", () =>
  withPage(OWNER, async ({ page, mock }) => {
    mock.state.frozen = ["4294967300"];
    await page.goto(`${mock.url}/${PAGES.switches}`);
    await settled(page);
    await page.locator("main").getByRole("button", { name: "Freeze an account" }).click();
    await page.getByLabel("Id of the account").fill("12x");
    await page.getByRole("dialog").getByLabel("Reason").fill("dupe");
    await page.keyboard.press("Enter");
    await page.getByText("digits only").waitFor();
    const dialog = page.getByRole("dialog");
    await counts(dialog.locator(".changes"), 0);
    // Nobody, and one that is frozen already.
    await page.getByLabel("Id of the account").fill("404");
    await dialog.getByText("Nobody has this id").first().waitFor();
    await page.getByLabel("Id of the account").fill("4294967300");
    await reads(dialog.locator(".changes"), /frozen[\s\S]*frozen/);
    await reads(dialog.locator(".facts"), /4294967300[\s\S]*Frozen since[\s\S]*ada/);
    await dialog.getByLabel("Your password").fill(PASSWORD);
    await dialog.locator("button[type=submit]").click();
    await dialog.getByText("It is frozen already").waitFor();
    await page.getByLabel("Id of the account").fill("4294967297");
    await reads(dialog.locator(".facts"), /4294967297/);
    const facts = await dialog.locator(".facts").innerText();
    assert.ok(facts.includes(HOSTILE[0]) && facts.includes("48,120"), facts);
    await reads(dialog.locator(".changes"), /free[\s\S]*frozen/);
    assert.deepEqual(mock.state.done, []);
    await shot(page, "dialog-freeze", false);
    await sign(page, "dupe");
    await page.locator("tbody").getByRole("button", { name: "Lift" }).first().click();
    await sign(page, "was wrong");
    assert.deepEqual(
      mock.state.done.map(({ path }) => path),
      ["/api/players/4294967297/freeze", "/api/players/1/unfreeze"],
    );
    await page.getByRole("button", { name: "Next", exact: true }).click();
    await page.getByText("Page 2").waitFor();
  }));

test("the page of a player freezes it and lifts that in the same dialogs, and says that it is frozen", () =>
  withPage(OWNER, async ({ page, mock }) => {
    const head = page.locator(".page-head");
    await page.goto(`${mock.url}/${PAGES["player-account"]}`);
    await settled(page);
    await counts(head.locator(".badge", { hasText: "frozen" }), 0);
    await head.getByRole("button", { name: "Freeze", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await reads(dialog.locator(".changes"), /Wealth[\s\S]*free[\s\S]*frozen/);
    await reads(dialog.locator(".facts"), new RegExp(PLAYER));
    mock.state.frozen = [PLAYER];
    await sign(page, "dupe");
    await head.locator(".badge", { hasText: "frozen" }).waitFor();
    await counts(head.getByRole("button", { name: "Freeze", exact: true }), 0);
    await shot(page, "player-frozen", false);
    await head.getByRole("button", { name: "Lift the freeze" }).click();
    await reads(dialog.locator(".changes"), /frozen[\s\S]*free/);
    mock.state.frozen = [];
    await sign(page, "was wrong");
    await head.getByRole("button", { name: "Freeze", exact: true }).waitFor();
    assert.deepEqual(mock.state.done, [
      { path: `/api/players/${PLAYER}/freeze`, body: { reason: "dupe", password: PASSWORD } },
      { path: `/api/players/${PLAYER}/unfreeze`, body: { reason: "was wrong", password: PASSWORD } },
    ]);
  }));

test("the banned and the muted are listed by kind with who did it, and lifted one by one", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.bans}`);
    await settled(page);
    await page.getByText("20 banned, 26 muted").waitFor();
    // Who muted, and why.
    const old = page.locator("tbody tr", { hasText: "older than what was looked through" });
    await reads(old.first(), /(older than what was looked through[\s\S]*){2}/);
    await page.getByRole("button", { name: "Banned", exact: true }).click();
    await settled(page);
    await counts(page.locator(".badge-warn"), 0);
    await page.getByText("for ever").first().waitFor();
    await page.locator("tbody").getByRole("button", { name: "Unban" }).first().click();
    await sign(page, "appeal");
    assert.deepEqual(
      mock.state.done.map(({ path }) => path),
      ["/api/players/2/unban"],
    );
    mock.state.empty = true;
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByText("Nobody is restricted now").waitFor();
  }));

test("hostile names and reasons are text on these pages", () =>
  withPage(OWNER, async ({ page, mock }) => {
    for (const hash of [PAGES.switches, PAGES.bans]) {
      await page.goto(`${mock.url}/${hash}`);
      await settled(page);
      await counts(page.locator("main img, main script, main [onload], main [onerror]"), 0);
      const text = await page.locator("main").innerText();
      assert.ok(HOSTILE.some((name) => text.includes(name)), hash);
    }
  }));

test("who only looks is offered nothing to switch", () =>
  withPage({ name: "vi", role: "viewer", totp: false }, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.switches}`);
    await settled(page);
    await counts(page.locator("main").getByRole("button", { name: /Switch|Freeze|Lift/ }), 0);
    await page.goto(`${mock.url}/${PAGES.bans}`);
    await settled(page);
    await counts(page.locator("tbody").getByRole("button"), 0);
  }));
