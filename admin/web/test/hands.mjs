// Hands at the page of a real console: one line of JSON in says what to do, one line out says what was seen. The test
// that starts the server says what, and looks at the world for what came of it.
//   node hands.mjs LINK    LINK: where the console is

import { createInterface } from "node:readline";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { open, soon, until } from "./browser.mjs";
import { settled } from "./harness.mjs";
import { strangers } from "./strangers.mjs";
import { codesOf } from "./totp.mjs";

const url = process.argv[2].replace(/\/$/, "");
const shots = process.env.SHOTS ?? "";
const browser = await open(url);
const { page } = browser;

/** Where the page sent something that was done. */
const done = new Set();
page.on("response", (response) => {
  if (response.request().method() === "POST" && response.ok()) {
    done.add(new URL(response.url()).pathname);
  }
});

/**
 * Opens a dialog of a page, fills it in by the labels of its fields, and sends it. `before` and `first`: what is filled in
 * and pressed on the page until then; `edits`: words of a field that become others.
 */
async function deed({
  hash,
  button,
  within = "main",
  fields = {},
  choices = {},
  checks = [],
  edits = {},
  before = {},
  first = "",
}) {
  await show({ hash });
  for (const [label, words] of Object.entries(before)) {
    const field = page.locator("main").getByLabel(label, { exact: true });
    const isChoice = await field.evaluate((element) => element.tagName === "SELECT");
    await (isChoice ? field.selectOption(words) : field.fill(words));
  }
  if (first !== "") {
    await page.locator("main").getByRole("button", { name: first, exact: true }).click();
  }
  await page.locator(within).getByRole("button", { name: button, exact: true }).first().click();
  const dialog = page.getByRole("dialog");
  for (const [label, words] of Object.entries(choices)) {
    await dialog.getByLabel(label, { exact: true }).selectOption(words);
  }
  for (const [label, words] of Object.entries(fields)) {
    await dialog.getByLabel(label, { exact: true }).fill(words);
  }
  for (const [label, [from, to]] of Object.entries(edits)) {
    const field = dialog.getByLabel(label, { exact: true });
    await field.fill((await field.inputValue()).replaceAll(from, to));
  }
  for (const label of checks) {
    await dialog.getByLabel(label, { exact: true }).check();
  }
  // What it would change may be looked up still.
  await dialog.locator("button[type=submit]:enabled").waitFor();
  const table = dialog.locator(".changes");
  const changes = (await table.count()) === 0 ? "" : await table.innerText();
  await dialog.locator("button[type=submit]").click();
  // Either it is gone, or it says why not.
  const problem = dialog.locator("[role=alert]");
  await until("the dialog is answered", async () => 0 < (await problem.count()) || 0 === (await dialog.count()), 90_000);
  const refused = 0 < (await problem.count()) ? await problem.first().innerText() : null;
  if (refused !== null) {
    await page.keyboard.press("Escape");
  }
  return { changes, refused };
}

/** A page, standing; its words, and what of it must not be there. */
async function show({ hash, shot = "", theme = "light" }) {
  await page.emulateMedia({ colorScheme: theme });
  // The same place again is asked for again.
  await page.goto(`${url}/#/none`);
  // Drawn, and gone again: of two places in one breath the page would draw the last alone, with what it knew of it before.
  const none = page.getByText(NONE);
  await none.or(page.getByRole("button", { name: "Log in", exact: true })).first().waitFor();
  await page.goto(`${url}/${hash}`);
  await none.waitFor({ state: "detached" });
  await settled(page);
  await picture(shot, theme);
  return { words: await page.locator("main").innerText(), alien: await page.locator(ALIEN).count() };
}

async function picture(shot, theme) {
  if (shot !== "" && shots !== "") {
    await page.screenshot({ path: join(shots, `${shot}-${theme}.png`), fullPage: true });
  }
}

/** What a stranger would like to change, as the page is told of it. */
async function standing(account) {
  return page.evaluate(async (account) => {
    const asks = async (path) => (await fetch(path)).json();
    const { online, restriction, wallet } = await asks(`/api/players/${account}`);
    const [{ staff }, all, { deeds }] = await Promise.all(["/api/session", "/api/staff", "/api/audit"].map(asks));
    const done = deeds.map(({ n, action, outcome }) => `${n} ${action} ${outcome}`);
    return { session: staff, staff: all, done, player: { online, restriction, gold: wallet?.gold } };
  }, account);
}

/** What a place that is none says. */
const NONE = "There is no such page";
/** What no page has of its own. */
const ALIEN = "main img, main script, main iframe, main [onload], main [onerror]";

const DEEDS = {
  /** The set-up link, as it was printed. */
  async set_up({ link, name, password }) {
    await page.goto(link);
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByLabel("The same again").fill(password);
    await page.getByRole("button", { name: "Become the owner" }).click();
    await page.waitForSelector(".tiles");
    return {};
  },
  show,
  deed,
  /** Fills in what stands on the page itself, or on the one that is shown already, and sends it. */
  async fill({ hash = "", fields, button, says }) {
    if (hash !== "") {
      await show({ hash });
    }
    for (const [label, words] of Object.entries(fields)) {
      await page.locator("main").getByLabel(label, { exact: true }).fill(words);
    }
    await page.locator("main").getByRole("button", { name: button, exact: true }).click();
    await until(says, async () => (await page.locator("body").innerText()).includes(says), 90_000);
    return { words: await page.locator("main").innerText() };
  },
  /** Out by the button at the top, to where one logs in. */
  async log_out() {
    await page.getByRole("button", { name: "Log out" }).click();
    await page.locator(".door").getByRole("button", { name: "Log in" }).waitFor();
    return {};
  },
  /** A second factor of its own; the code of the next half minute, for the next login. */
  async second_factor({ password }) {
    await DEEDS.fill({ hash: "#/security", fields: { "Your password": password }, button: "Set it up", says: "Confirm" });
    const secret = await page.locator("output.secret").innerText();
    const [now, next] = codesOf(secret, Date.now());
    await DEEDS.fill({ fields: { Code: now }, button: "Confirm", says: "The second factor is on." });
    return { next };
  },
  /** What is behind a link that saves a file. */
  async save({ hash, within = "main", link }) {
    await show({ hash });
    const saving = page.waitForEvent("download");
    await page.locator(within).getByRole("link", { name: link, exact: true }).first().click();
    const file = await saving;
    return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
  },
  /** What can be asked of the server, and where it was asked to change something and did. */
  async routes() {
    const answer = await page.evaluate(async () => (await fetch("/api/routes")).json());
    return { routes: answer.routes, done: [...done] };
  },
  /** Presses what asks nothing more. */
  async press({ hash = "", button }) {
    if (hash !== "") {
      await show({ hash });
    }
    await page.locator("main").getByRole("button", { name: button, exact: true }).first().click();
    await settled(page);
    return { words: await page.locator("main").innerText() };
  },
  /** The page that is shown, as it is. */
  async picture({ shot }) {
    for (const theme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme: theme });
      await picture(shot, theme);
    }
    return {};
  },
  /** The words of a list, all of its pages. */
  async leaf({ hash }) {
    let { words, alien } = await show({ hash });
    const next = page.locator(".pager").getByRole("button", { name: "Next" });
    // A list of one page has no buttons to turn it.
    for (let turned = 0; turned < 50 && 0 < (await next.count()) && (await next.isEnabled()); turned += 1) {
      await next.click();
      await page.locator(".pager").getByText(`Page ${turned + 2}`).waitFor();
      await settled(page);
      words += await page.locator("main").innerText();
      alien += await page.locator(ALIEN).count();
    }
    return { words, alien };
  },
  /** Waits until the page shown says this, or no longer does. */
  async says({ words, gone = false, within = "main" }) {
    const place = page.locator(within);
    await until(`${gone ? "no " : ""}${words}`, async () => (await place.innerText()).includes(words) !== gone, 120_000);
    return {};
  },
  /** Pages of others in this browser, and what they got; how everything stands before and after. */
  async strangers({ account }) {
    const before = await standing(account);
    const tried = await strangers(page.context(), url, account);
    return { before, ...tried, after: await standing(account) };
  },
  /** What the browser had to complain of since it was opened. */
  async complaints() {
    const hacked = await page.evaluate(() => window.hacked ?? null);
    return { complaints: browser.complaints, violations: await browser.violations(), hacked };
  },
};

/** Some of the browser's own answers never come: a deed without an end is one that failed, by its name. */
const DEED_MS = 240_000;
const endless = () => {
  throw new Error("no end");
};

if (shots !== "") {
  await mkdir(shots, { recursive: true });
}
for await (const line of createInterface({ input: process.stdin })) {
  const { does, ...wish } = JSON.parse(line);
  try {
    process.stdout.write(`${JSON.stringify(await soon(DEEDS[does](wish), DEED_MS, endless))}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ failed: String(error), at: page.url() })}\n`);
  }
}
await browser.close();
