// The map's page in headless Chromium: it draws, moves by mouse and keyboard, asks for what is seen alone and leads to
// players; its table says the same, and hostile names stay text.

import assert from "node:assert/strict";
import { test } from "node:test";
import { counts, until } from "./browser.mjs";
import { OWNER, settled, shot, withPage } from "./harness.mjs";
import { STILL } from "./places.mjs";
import { HOSTILE } from "./world.mjs";

const MAP = "#/map";

async function opened(page, mock) {
  await page.goto(`${mock.url}/${MAP}`);
  await settled(page);
  await page.locator(".map-list tbody tr").first().waitFor();
}

const scale = (page) => page.locator(".map-box canvas").getAttribute("data-scale").then(Number);
/** How many pixels of the canvas are painted. */
const painted = (page) =>
  page.locator(".map-box canvas").evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, index) => index % 4 === 3 && value !== 0).length;
  });

for (const theme of ["light", "dark"]) {
  test(`the map is drawn in ${theme} and says what it shows`, () =>
    withPage(OWNER, async ({ page, mock }) => {
      await page.addInitScript((wish) => localStorage.setItem("ding.theme", wish), theme);
      await opened(page, mock);
      await until("something is painted", async () => 10_000 < (await painted(page)));
      const text = await page.locator("main").innerText();
      assert.match(text, /Players on it\s+40/);
      assert.match(text, /Monsters on it\s+300/);
      await shot(page, `map-${theme}-en`, false);
      await page.getByRole("button", { name: "Zoom in" }).click();
      await page.getByRole("button", { name: "Zoom in" }).click();
      await page.getByRole("button", { name: "Zoom in" }).click();
      await until("fewer in view", async () => (await page.locator("main").innerText()).includes("view"));
      await shot(page, `map-near-${theme}-en`, false);
    }));
}

test("a player is clicked and its page opens", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await opened(page, mock);
    const box = await page.locator(".map-box").boundingBox();
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await until("the player's page", async () => page.url().includes(`#/players/${STILL.account}`));
  }));

test("keys zoom, move and show all, and only what is seen is asked for", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await opened(page, mock);
    const whole = await scale(page);
    await page.locator(".map-box").focus();
    for (let step = 0; step < 5; step += 1) {
      await page.keyboard.press("+");
    }
    const near = await scale(page);
    assert.ok(near < whole / 5, `${near} of ${whole}`);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowDown");
    const asked = () => new URLSearchParams(mock.state.maps.at(-1));
    await until("a part is asked for", async () => Number(asked().get("east")) < 400_000);
    const edges = ["west", "south", "east", "north"].map((edge) => Number(asked().get(edge)));
    assert.ok(
      edges.every((edge) => edge % 50_000 === 0),
      `whole cells: ${edges}`,
    );
    await page.keyboard.press("0");
    assert.equal(await scale(page), whole);
    await until("all is asked for", async () => asked().get("west") === "0" && asked().get("east") === "500000");
  }));

test("the wheel zooms about the pointer, dragging moves, and a drag is no click", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await opened(page, mock);
    const whole = await scale(page);
    const box = await page.locator(".map-box").boundingBox();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.wheel(0, -600);
    await until("nearer", async () => (await scale(page)) < whole / 2);
    await page.mouse.down();
    await page.mouse.move(x + 120, y + 40, { steps: 4 });
    await page.mouse.up();
    assert.match(page.url(), /#\/map$/);
    // What was in the middle is under the pointer still.
    await page.mouse.click(x + 120, y + 40);
    await until("the player's page", async () => page.url().includes(`#/players/${STILL.account}`));
  }));

test("the table has everybody in view, with links, and monsters can be left out", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await opened(page, mock);
    const list = page.locator(".map-list");
    const text = await list.innerText();
    assert.ok(text.includes(HOSTILE[0]), "a hostile name as text");
    await counts(page.locator("main img, main script, main [onload], main [onerror]"), 0);
    assert.match(text, /Rat/);
    assert.match(text, /250\.0 m, 250\.0 m/);
    await page.getByLabel("Show monsters").uncheck();
    await counts(list.locator("tbody tr"), 40);
    const still = list.locator("tr").filter({ hasText: "250.0 m, 250.0 m" });
    const whole = await scale(page);
    await still.getByRole("button").click();
    assert.ok((await scale(page)) < whole / 2, "it is shown from near");
    await page.waitForFunction(() => document.querySelectorAll(".map-list tbody tr").length < 40);
    await list.locator("tr").filter({ hasText: "250.0 m" }).getByRole("link").click();
    await until("the player's page", async () => page.url().includes(`#/players/${STILL.account}`));
  }));

test("an empty map says what to do, and a game that is away says so", () =>
  withPage(OWNER, async ({ page, mock }) => {
    mock.state.empty = true;
    await page.goto(`${mock.url}/${MAP}`);
    await settled(page);
    await page.getByText("Nobody is on the map").waitFor();
    await shot(page, "map-empty", false);
    mock.state.silent = true;
    await page.locator("main > .note-bad").waitFor();
    mock.state.silent = false;
    await until("it goes", async () => (await page.locator("main > .note-bad").count()) === 0);
  }));

test("a page that is left asks nothing any more", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await opened(page, mock);
    await page.evaluate(() => {
      location.hash = "#/rooms";
    });
    await page.getByRole("heading", { name: "Rooms", level: 1 }).waitFor();
    const before = mock.state.maps.length;
    await page.waitForTimeout(1_500);
    assert.ok(mock.state.maps.length <= before + 1, "one may have been under way");
  }));
