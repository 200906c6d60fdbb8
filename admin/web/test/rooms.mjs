// Rooms and matches in headless Chromium: lists that the server filters and sorts, a room watched live, a match stepped
// through forwards, backwards, by jumps and played, and one with secrets opened with a reason.

import assert from "node:assert/strict";
import { test } from "node:test";
import { counts, until } from "./browser.mjs";
import { OWNER, PAGES, ROOM, settled, shot, withPage } from "./harness.mjs";
import { MATCH, SECRET_MATCH } from "./places.mjs";
import { HOSTILE } from "./world.mjs";

const position = (page) => page.locator(".replay-at").innerText();
/** It comes to stand there. */
const at = (page, where) => until(`${where}`, async () => where.test(await position(page)));

test("rooms are filtered by kind and sorted by the server", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.rooms}`);
    await settled(page);
    const asked = () => new URLSearchParams(mock.state.roomWishes.at(-1));
    await page.getByLabel("Kind").selectOption("doudizhu");
    await until("by kind", async () => asked().get("kind") === "doudizhu");
    await until("rows", async () => (await page.locator("tbody tr").count()) === 5);
    await page.getByRole("button", { name: "most members" }).click();
    await until("by members", async () => asked().get("order") === "members");
    await page.getByRole("button", { name: "newest" }).click();
    await until("newest first", async () => asked().get("order") === "newest" && asked().get("kind") === "doudizhu");
    await shot(page, "rooms-filtered", false);
  }));

for (const theme of ["light", "dark"]) {
  test(`a room is watched live in ${theme}`, () =>
    withPage(OWNER, async ({ page, mock }) => {
      await page.addInitScript((wish) => localStorage.setItem("ding.theme", wish), theme);
      await page.goto(`${mock.url}/${PAGES.room}`);
      await settled(page);
      const heard = page.locator(".heard");
      const first = await heard.locator("tbody th").first().innerText();
      await until("it hears more", async () => (await heard.locator("tbody th").first().innerText()) !== first);
      const text = await page.locator("main").innerText();
      for (const words of ["timer 7", "chess_move", "20 ticks", "timer 3 is due", "4.2 s", HOSTILE[0]]) {
        assert.ok(text.includes(words), words);
      }
      await counts(page.locator("main img, main script, main svg[onload]"), 0);
      await shot(page, `room-watched-${theme}`);
    }));
}

test("whoever may not see secrets is told so, and sees who plays", () =>
  withPage({ name: "vi", role: "viewer", totp: false }, async ({ page, mock }) => {
    await page.goto(`${mock.url}/#/rooms/4294967302`);
    await settled(page);
    await page.getByText("Not for your role").waitFor();
    assert.ok(!(await page.locator("main").innerText()).includes("clocks_ms"));
    await counts(page.getByRole("link", { name: "4294967299" }), 1);
  }));

test("the secrets of a running game are shown to an operator once it said why", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/#/rooms/4294967302`);
    await settled(page);
    await page.getByText("Its players have secrets of each other").waitFor();
    assert.ok(!(await page.locator("main").innerText()).includes("clocks_ms"));
    await shot(page, "room-secret", false);
    await page.getByRole("button", { name: "Look at it" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Look at it" }).click();
    await counts(dialog.locator(".problem"), 1);
    await dialog.getByLabel("Reason").fill("a complaint");
    await page.keyboard.press("Enter");
    await page.getByText("clocks_ms").first().waitFor();
    assert.deepEqual(mock.state.done, [{ path: "/api/rooms/4294967302/open", body: { reason: "a complaint" } }]);
  }));

test("a room that ends while it is watched leads to its match", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.room}`);
    await settled(page);
    mock.state.gone = true;
    await page.getByRole("link", { name: "To the match" }).waitFor();
    assert.ok((await page.locator("main").innerText()).includes("clocks_ms"), "what was seen last stays");
    await counts(page.getByRole("button", { name: "Close the room" }), 0);
    await page.getByRole("link", { name: "To the match" }).click();
    await until("the match", async () => page.url().endsWith(`#/replays/${ROOM}`));
    await page.goto(`${mock.url}/#/replays?player=4294967297`);
    await until("of the player", async () => (mock.state.replayWishes ?? []).at(-1)?.includes("player=4294967297"));
  }));

test("matches are found by kind, player, outcome and time, and paged", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.replays}`);
    await settled(page);
    await counts(page.locator("tbody tr"), 32);
    await counts(page.locator("main img, main script, main [onload], main [onerror]"), 0);
    await shot(page, "replays", false);
    await page.getByRole("button", { name: "Next", exact: true }).click();
    await page.getByText("Page 2").waitFor();
    await page.getByLabel("Kind").selectOption("chess");
    await page.getByLabel("Player (name or id)").fill("ana");
    await page.getByLabel("Outcome begins with").fill("white");
    await page.getByLabel("Ended from").fill("2026-01-02T03:04");
    await page.locator("main").getByRole("button", { name: "Search", exact: true }).click();
    await until("all are asked for", async () => {
      const asked = new URLSearchParams(mock.state.replayWishes.at(-1));
      return (
        asked.get("kind") === "chess" &&
        asked.get("player") === "ana" &&
        asked.get("outcome") === "white" &&
        /^\d{13}$/.test(asked.get("from")) &&
        asked.get("after") === null
      );
    });
    mock.state.empty = true;
    await page.getByLabel("Outcome begins with").fill("nobody");
    await page.keyboard.press("Enter");
    await page.getByText("No match is like this").waitFor();
    await page.getByLabel("Open a match by its number").fill(MATCH.id);
    await page.keyboard.press("Enter");
    await until("it opens", async () => page.url().endsWith(`#/replays/${MATCH.id}`));
  }));

test("a match is stepped forwards, backwards and by jumps, with state, changes and hash", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.replay}`);
    await page.locator(".replay-at").waitFor();
    await at(page, /Input 0 of 700/);
    await page.getByRole("button", { name: "One forward" }).click();
    await at(page, /Input 1 of 700/);
    let text = await page.locator("main").innerText();
    for (const words of ["room.moves", "chess_move", (2_654_435_761).toString(16), HOSTILE[1]]) {
      assert.ok(text.includes(words), words);
    }
    await shot(page, "replay-light");
    await page.locator("main").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await at(page, /Input 3 of/);
    await page.keyboard.press("ArrowLeft");
    await at(page, /Input 2 of/);
    await page.keyboard.press("End");
    await page.getByText("Played again it came to the same hash: 00ff.").waitFor();
    await at(page, /Input 700 of/);
    await page.getByLabel("Go to input").fill("420");
    await page.keyboard.press("Enter");
    await until("it is there", async () => (await page.locator("main").innerText()).includes("room.moves"));
    text = await page.locator(".change").allInnerTexts();
    assert.ok(text.includes("419") && text.includes("420"), `${text}`);
    await page.getByRole("button", { name: "One back" }).click();
    await at(page, /Input 419 of/);
    await until("and the one before", async () => (await page.locator(".change").allInnerTexts()).includes("418"));
    assert.ok(mock.state.stepWishes.length <= 8, `asked ${mock.state.stepWishes}`);
  }));

test("a match plays by itself, faster if one wishes, and stops at its end", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.addInitScript(() => localStorage.setItem("ding.theme", "dark"));
    await page.goto(`${mock.url}/${PAGES.replay}`);
    await page.locator(".replay-at").waitFor();
    await page.getByLabel("Speed").selectOption("16");
    await page.getByRole("button", { name: "Play" }).click();
    await until("it goes on", async () => 20 < Number((await position(page)).match(/\d+/)[0]));
    await page.getByRole("button", { name: "Pause" }).click();
    const at = await position(page);
    await page.waitForTimeout(200);
    assert.equal(await position(page), at);
    await shot(page, "replay-dark");
    await page.getByLabel("Go to input").fill("695");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Play" }).click();
    await until("the end", async () => (await position(page)).startsWith("Input 700"));
    await page.getByRole("button", { name: "Play" }).waitFor();
  }));

test("a match with secrets is opened by who may, with a reason", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/#/replays/${SECRET_MATCH}`);
    await page.getByText("Its players have secrets of each other").waitFor();
    await shot(page, "replay-secret", false);
    await page.getByRole("button", { name: "Look at it" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Look at it" }).click();
    await counts(dialog.locator(".problem"), 1);
    await dialog.getByLabel("Reason").fill("a complaint");
    await page.keyboard.press("Enter");
    await page.locator(".replay-at").waitFor();
    assert.deepEqual(mock.state.done, [
      { path: `/api/replays/${SECRET_MATCH}/open`, body: { reason: "a complaint" } },
    ]);
  }));

test("a viewer is not offered to open it", () =>
  withPage({ name: "vi", role: "viewer", totp: false }, async ({ page, mock }) => {
    await page.goto(`${mock.url}/#/replays/${SECRET_MATCH}`);
    await page.getByText("Its players have secrets of each other").waitFor();
    await counts(page.getByRole("button", { name: "Look at it" }), 0);
    assert.ok(!(await page.locator("main").innerText()).includes("room.moves"));
    await page.goto(`${mock.url}/#/rooms/${ROOM}`);
    await settled(page);
  }));
