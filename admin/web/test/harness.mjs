// What the tests of the page share: a mock with a browser at it, the pages, and screenshots where a folder is named
// by SHOTS. At the end of each: no error, no breach of the policy, no script of a player's.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { start } from "../mock.mjs";
import { open, until } from "./browser.mjs";

const shots = process.env.SHOTS ?? "";
if (shots !== "") {
  await mkdir(shots, { recursive: true });
}

export const PLAYER = "4294967297";
export const ROOM = "4294967304";
export const PAGES = {
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
  map: "#/map",
  replays: "#/replays",
  replay: "#/replays/4294967400",
  economy: "#/economy",
  database: "#/database",
  chat: "#/chat",
  mailing: "#/mailing",
  bans: "#/bans",
  switches: "#/switches",
  logs: "#/logs",
  config: "#/config",
  audit: "#/audit",
  staff: "#/staff",
  security: "#/security",
};

export const OWNER = { name: "ada", role: "owner", totp: true };

/** A mock, a browser at it, and at the end: nothing that a page must not do. */
export async function withPage(staff, body, options) {
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

export async function shot(page, name, fullPage = true) {
  if (shots !== "") {
    await page.screenshot({ path: join(shots, `${name}.png`), fullPage });
  }
}

/** The page stands: a head, and nothing that still loads. */
export async function settled(page) {
  await page.waitForSelector("main h1");
  await until("nothing loads", async () => (await page.locator(".loading").count()) === 0);
}
