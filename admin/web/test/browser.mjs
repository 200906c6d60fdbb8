// A headless Chromium that writes down everything that a page must not do: errors, broken policy, foreign requests.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function open(url, options = {}) {
  const profile = await mkdtemp(join(tmpdir(), "console-profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ARGS,
    headless: true,
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    ...options,
  });
  const complaints = [];
  const page = context.pages()[0] ?? (await context.newPage());
  page.on("pageerror", (error) => complaints.push(`page error: ${error.message}`));
  page.on("dialog", (dialog) => {
    complaints.push(`a script ran: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("data:")) {
      complaints.push(`foreign request: ${request.url()}`);
    }
  });
  page.on("console", (message) => {
    // An answer that is no success is said by the browser too; each test looks at those itself.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      complaints.push(`console: ${message.text()}`);
    }
  });
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => {
      window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  const violations = async () => page.evaluate(() => window.violations);
  const close = async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 10 });
  };
  // A machine may stand still for seconds: what is waited for comes, or never.
  page.setDefaultTimeout(120_000);
  return { page, complaints, violations, close };
}

/** What is told, or this where that takes longer. */
export async function soon(told, ms, otherwise) {
  let timer;
  const late = new Promise((done, failed) => {
    timer = setTimeout(() => {
      try {
        done(otherwise());
      } catch (error) {
        failed(error);
      }
    }, ms);
  });
  return Promise.race([told, late]).finally(() => clearTimeout(timer));
}

/** Waits until something holds in the page's own time; no fixed pause. */
export async function until(what, holds, timeoutMs = 60_000) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    if (await holds()) {
      return;
    }
    if (end < Date.now()) {
      throw new Error(`not in time: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** So many of them come to be there: what is drawn is drawn a moment after it was asked for. */
export async function counts(locator, wanted) {
  await until(`${wanted} of ${locator}`, async () => (await locator.count()) === wanted);
}

/** It comes to say this. */
export async function reads(locator, wanted) {
  await until(`${wanted} in ${locator}`, async () => wanted.test(await locator.innerText()));
}
