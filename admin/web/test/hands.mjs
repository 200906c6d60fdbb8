// Hands at the page of a real console: one line of JSON in says what to do, one line out says what was seen. The test
// that starts the server says what, and looks at the world for what came of it.
//   node hands.mjs LINK    LINK: where the console is

import { createInterface } from "node:readline";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { open, until } from "./browser.mjs";
import { settled } from "./harness.mjs";

const url = process.argv[2].replace(/\/$/, "");
const shots = process.env.SHOTS ?? "";
const browser = await open(url);
const { page } = browser;

/** Opens a dialog of the page shown, fills it in by the labels of its fields, and sends it. */
async function deed({ hash, button, within = "main", fields = {}, choices = {}, checks = [], before = {}, first = "" }) {
  await show({ hash });
  for (const [label, words] of Object.entries(before)) {
    await page.locator("main").getByLabel(label, { exact: true }).fill(words);
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
  for (const label of checks) {
    await dialog.getByLabel(label, { exact: true }).check();
  }
  const table = dialog.locator(".changes");
  const changes = (await table.count()) === 0 ? "" : await table.innerText();
  await dialog.locator("button[type=submit]").click();
  // Either it is gone, or it says why not.
  const problem = dialog.locator("[role=alert]");
  await until("the dialog is answered", async () => 0 < (await problem.count()) || 0 === (await dialog.count()), 30_000);
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
  await page.goto(`${url}/${hash}`);
  await settled(page);
  if (shot !== "" && shots !== "") {
    await page.screenshot({ path: join(shots, `${shot}-${theme}.png`), fullPage: true });
  }
  return { words: await page.locator("main").innerText(), alien: await page.locator(ALIEN).count() };
}

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
  /** Presses what asks nothing more. */
  async press({ hash, button }) {
    await show({ hash });
    await page.locator("main").getByRole("button", { name: button, exact: true }).first().click();
    await settled(page);
    return { words: await page.locator("main").innerText() };
  },
  /** The words of a list, all of its pages. */
  async leaf({ hash }) {
    let { words, alien } = await show({ hash });
    const next = page.locator(".pager").getByRole("button", { name: "Next" });
    for (let turned = 0; turned < 50 && (await next.isEnabled()); turned += 1) {
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
    await until(`${gone ? "no " : ""}${words}`, async () => (await place.innerText()).includes(words) !== gone, 60_000);
    return {};
  },
  /** What the browser had to complain of since it was opened. */
  async complaints() {
    const hacked = await page.evaluate(() => window.hacked ?? null);
    return { complaints: browser.complaints, violations: await browser.violations(), hacked };
  },
};

if (shots !== "") {
  await mkdir(shots, { recursive: true });
}
for await (const line of createInterface({ input: process.stdin })) {
  const { does, ...wish } = JSON.parse(line);
  try {
    process.stdout.write(`${JSON.stringify(await DEEDS[does](wish))}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ failed: String(error), at: page.url() })}\n`);
  }
}
await browser.close();
