// Chat, announcements and letters to many against the mock: what the pages show, ask and send.

import assert from "node:assert/strict";
import { test } from "node:test";
import { counts, reads } from "./browser.mjs";
import { PASSWORD } from "../mock.mjs";
import { GIFT_MAILING } from "./dealings.mjs";
import { OWNER, PAGES, settled, shot, withPage } from "./harness.mjs";
import { HOSTILE } from "./world.mjs";

test("public chat is shown by channel, and an announcement says what all will read", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.chat}`);
    await settled(page);
    await page.locator(".chat p").nth(39).waitFor();
    await page.getByRole("button", { name: "Near", exact: true }).click();
    await settled(page);
    await counts(page.locator(".chat p"), 14);
    const text = await page.locator("main").innerText();
    assert.ok(HOSTILE.some((name) => text.includes(name)));
    await counts(page.locator("main img, main script, main [onload], main [onerror]"), 0);
    await page.getByRole("button", { name: "Announce" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("What everybody who plays reads").fill("x".repeat(513));
    await dialog.getByLabel("Reason").fill("rest");
    await page.keyboard.press("Enter");
    await dialog.getByText("at most 512 bytes").first().waitFor();
    await dialog.getByLabel("What everybody who plays reads").fill("We rest at noon <b>");
    await reads(dialog.locator(".changes"), /We rest at noon <b>/);
    await dialog.getByLabel("Reason").fill("rest");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    assert.deepEqual(mock.state.done, [
      { path: "/api/announce", body: { reason: "rest", text: "We rest at noon <b>" } },
    ]);
  }));

test("a letter to many is counted before it is sent, and sent to whom was counted", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.mailing}`);
    await settled(page);
    await page.getByRole("button", { name: "Look who gets it" }).click();
    await page.locator(".problem").waitFor();
    await page.getByLabel("Subject").fill("A present");
    await page.getByLabel("Text").fill("for you");
    await page.getByLabel("Gold in each letter").fill("500");
    await page.getByLabel("Item 1 in each letter").selectOption("40");
    await page.getByLabel("How many of item 1").fill("0");
    await page.getByRole("button", { name: "Look who gets it" }).click();
    await page.getByText("a whole number above 0").waitFor();
    await page.getByLabel("How many of item 1").fill("3");
    await page.getByLabel("Item 2 in each letter").selectOption("3");
    await page.getByLabel("Least level").fill("99");
    await page.getByRole("button", { name: "Look who gets it" }).click();
    await page.getByText("Nobody is meant").waitFor();
    await page.getByLabel("Least level").fill("2");
    await counts(page.locator(".preview"), 0);
    await page.getByRole("button", { name: "Look who gets it" }).click();
    await page.getByText("6,234 get it").waitFor();
    await shot(page, "mailing-preview");
    await page.getByRole("button", { name: "Send to 6,234" }).click();
    const dialog = page.getByRole("dialog");
    await reads(dialog.locator(".changes"), /Rye bread/);
    const changes = await dialog.locator(".changes").innerText();
    assert.match(changes, /6,234/);
    assert.match(changes, /3,117,000/);
    // Some more may come while it is sent, up to one in twenty.
    for (const part of ["6,234, at most 6,546", "at most 3,273,000", "Into the world: Rye bread", "18,702, at most 19,638"]) {
      assert.ok(changes.includes(part), `${part} in ${changes}`);
    }
    const facts = await dialog.locator(".facts").innerText();
    assert.match(facts, /Everybody, Least level 2[\s\S]*A present[\s\S]*for you[\s\S]*Gold 500, Rye bread × 3, Short sword × 1/);
    await shot(page, "dialog-mailing", false);
    // So much waits for a second member, and is not called done.
    mock.state.answers["/api/mailing/send"] = { pending: "9" };
    await dialog.getByLabel("Reason").fill("birthday");
    await dialog.getByLabel("Your password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page.getByText("waits until somebody else agrees").waitFor();
    await counts(page.locator(".toasts p"), 1);
    const [{ path, body }] = mock.state.done;
    assert.equal(path, "/api/mailing/send");
    assert.match(body.key, /^mail-/);
    assert.deepEqual(
      [body.whom.level_min, body.receivers, body.subject, body.gold, body.things],
      [
        2,
        6_234,
        "A present",
        500,
        [
          { kind: 40, quantity: 3 },
          { kind: 3, quantity: 1 },
        ],
      ],
    );
  }));

test("a test goes to one account, a list names who is unknown, and one on its way is stopped", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.mailing}`);
    await settled(page);
    await page.getByLabel("Subject").fill("A present");
    await page.getByRole("button", { name: "Send a test" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("To one account").fill("Ben");
    await dialog.getByLabel("Reason").fill("try");
    await dialog.getByLabel("Your password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "A list" }).click();
    await page.getByLabel("Ids and names").fill("Ben, zoe");
    await page.getByRole("button", { name: "Look who gets it" }).click();
    await page.getByText("Nobody is called: zoe").waitFor();
    await counts(page.getByRole("button", { name: /Send to/ }), 0);
    await page.locator("tbody").getByRole("button", { name: "Stop" }).click();
    await dialog.getByLabel("Reason").fill("typo");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    const [sent, stopped] = mock.state.done;
    assert.deepEqual([sent.body.whom, sent.body.key.slice(0, 5)], [{ list: "Ben" }, "test-"]);
    assert.deepEqual([stopped.path, stopped.body.key], ["/api/mailing/stop", "m3"]);
  }));

test("a letter to many that waits is shown whole, with how many are meant by now, and a second one agrees", () =>
  withPage(OWNER, async ({ page, mock }) => {
    mock.state.gifts = [GIFT_MAILING, { ...GIFT_MAILING, id: "6", own: true }];
    await page.goto(`${mock.url}/#/gifts`);
    await settled(page);
    await counts(page.getByRole("button", { name: "Approve" }), 1);
    await reads(page.locator("tbody tr").first(), /letter to 6,000[\s\S]*Gold 500, Rye bread × 3/i);
    await page.getByRole("button", { name: "Approve" }).click();
    const dialog = page.getByRole("dialog");
    // Those who came since are counted, page by page.
    await dialog.getByText("6,234").waitFor();
    const facts = await dialog.locator(".facts").innerText();
    for (const part of ["bo", HOSTILE[0], "Least level 2", "6,000", "6,234", "500", "Rye bread × 3"]) {
      assert.ok(facts.includes(part), `${part} in ${facts}`);
    }
    const changes = await dialog.locator(".changes").innerText();
    for (const part of ["at most 6,300", "at most 3,150,000", "Into the world: Rye bread", "at most 18,900"]) {
      assert.ok(changes.includes(part), `${part} in ${changes}`);
    }
    await counts(dialog.locator("img, script, [onload], [onerror]"), 0);
    await shot(page, "dialog-gift-mailing", false);
    await dialog.getByLabel("Reason").fill("agreed");
    await dialog.getByLabel("Your password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    assert.deepEqual(mock.state.done, [
      { path: "/api/gifts/5/approve", body: { reason: "agreed", password: PASSWORD } },
    ]);
  }));

test("who only looks sees chat and letters and sends nothing", () =>
  withPage({ name: "vi", role: "viewer", totp: false }, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.chat}`);
    await settled(page);
    await counts(page.getByRole("button", { name: "Announce" }), 0);
    await page.goto(`${mock.url}/${PAGES.mailing}`);
    await settled(page);
    await counts(page.locator("main").getByRole("button", { name: /Send|Stop/ }), 0);
  }));
