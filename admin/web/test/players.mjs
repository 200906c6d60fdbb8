// Players through the page: found in the order of an index and by where they play, watched, dealt with one dialog a deed, noted;
// and what waits for a second member of the staff. Hostile words stay words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { counts, reads } from "./browser.mjs";
import { PASSWORD } from "../mock.mjs";
import { OWNER, PAGES, PLAYER, settled, shot, withPage } from "./harness.mjs";

const IDA = "8589934593";

/** Opens a dialog, fills it, signs and sends it; what was sent. */
async function deal({ page, mock }, opener, fill) {
  await page.locator(".page-head").getByRole("button", { name: opener, exact: true }).click();
  const dialog = page.getByRole("dialog");
  await fill(dialog);
  await dialog.getByLabel("Reason").fill("ticket 12");
  if ((await dialog.getByLabel("Your password").count()) === 1) {
    await dialog.getByLabel("Your password").fill(PASSWORD);
  }
  await shot(page, `dialog-${opener.toLowerCase().replaceAll(" ", "-")}`, false);
  await dialog.locator("button[type=submit]").click();
  await dialog.waitFor({ state: "detached" });
  const { path, body } = mock.state.done.at(-1);
  assert.equal(body.reason, "ticket 12");
  return { path, body };
}

test("each deed on a player shows what it changes and sends it once for its key", () =>
  withPage(OWNER, async (at) => {
    const { page, mock } = at;
    await page.goto(`${mock.url}/${PAGES["player-account"]}`);
    await settled(page);
    const path = (deed) => `/api/players/${PLAYER}/${deed}`;
    const isKey = (key) => assert.match(key, /^console-[0-9a-f-]{36}$/);

    const message = await deal(at, "Message", (dialog) => dialog.getByLabel("What to say").fill("be kind"));
    assert.deepEqual([message.path, message.body.text, message.body.password], [path("message"), "be kind", undefined]);

    const take = await deal(at, "Take gold", async (dialog) => {
      await dialog.getByLabel("Gold to take").fill("120");
      await reads(dialog.locator(".changes"), /48,120[\s\S]*48,000/);
    });
    assert.deepEqual([take.path, take.body.amount], [path("take"), 120]);
    isKey(take.body.key);

    const give = await deal(at, "Give items", async (dialog) => {
      await dialog.getByLabel("Kind of item").selectOption("3");
      await dialog.getByLabel("How many").fill("2");
      await reads(dialog.locator(".changes"), /Short sword[\s\S]*1[\s\S]*3/);
    });
    assert.deepEqual([give.path, give.body.character, give.body.kind, give.body.quantity], [path("give"), IDA, 3, 2]);
    isKey(give.body.key);

    const remove = await deal(at, "Take items", async (dialog) => {
      await dialog.getByLabel("Item", { exact: true }).selectOption("8589939002");
      await dialog.getByLabel("How many").fill("40");
      await reads(dialog.locator(".changes"), /42[\s\S]*2/);
    });
    assert.deepEqual([remove.path, remove.body.item, remove.body.quantity], [path("remove"), "8589939002", 40]);

    const mail = await deal(at, "Write a letter", async (dialog) => {
      await dialog.getByLabel("Subject").fill("Sorry");
      await dialog.getByLabel("Gold in it").fill("50");
      await dialog.getByLabel("Item in it").selectOption("11");
      await dialog.getByLabel("How many").fill("3");
    });
    assert.deepEqual([mail.path, mail.body.gold, mail.body.things], [path("mail"), 50, [{ kind: 11, quantity: 3 }]]);

    const safe = await deal(at, "Move", async () => undefined);
    assert.deepEqual([safe.path, safe.body.character, safe.body.to], [path("move"), IDA, null]);
    const there = await deal(at, "Move", async (dialog) => {
      await dialog.getByLabel("Where to").selectOption("there");
      await dialog.getByLabel("x, meters").fill("12.5");
      await dialog.getByLabel("y, meters").fill("7");
    });
    assert.deepEqual(there.body.to, { x_mm: 12_500, y_mm: 7_000 });

    const rename = await deal(at, "Rename", (dialog) => dialog.getByLabel("New name").fill("Bela"));
    assert.deepEqual([rename.path, rename.body.character, rename.body.name], [path("rename"), null, "Bela"]);

    const note = await deal(at, "Note", (dialog) => dialog.getByLabel("Note").fill("<b>asked twice</b>"));
    assert.deepEqual([note.path, note.body.text], [path("note"), "<b>asked twice</b>"]);
    isKey(note.body.key);
  }));

test("what waits for a second one is not called done", () =>
  withPage(OWNER, async (at) => {
    const { page, mock } = at;
    await page.goto(`${mock.url}/${PAGES["player-account"]}`);
    await settled(page);
    const deeds = {
      grant: ["Give gold", (dialog) => dialog.getByLabel("Gold to give").fill("500000")],
      give: ["Give items", (dialog) => dialog.getByLabel("Kind of item").selectOption("3")],
      mail: ["Write a letter", (dialog) => dialog.getByLabel("Subject").fill("Sorry")],
    };
    const said = page.locator(".toasts p");
    for (const [deed, [opener, fill]] of Object.entries(deeds)) {
      mock.state.answers[`/api/players/${PLAYER}/${deed}`] = { pending: "9" };
      await deal(at, opener, fill);
      await said.getByText("waits until somebody else agrees").first().waitFor();
      assert.doesNotMatch((await said.allInnerTexts()).join("\n"), /Done/, opener);
    }
    mock.state.answers = {};
    await deal(at, "Give gold", (dialog) => dialog.getByLabel("Gold to give").fill("5"));
    await said.getByText(/Done: Give gold/).waitFor();
  }));

test("what cannot be is not sent", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES["player-account"]}`);
    await settled(page);
    await page.locator(".page-head").getByRole("button", { name: "Take gold" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Gold to take").fill("48121");
    await dialog.getByLabel("Reason").fill("because");
    await dialog.getByLabel("Your password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await dialog.getByRole("alert").waitFor();
    assert.deepEqual(mock.state.done, []);
  }));

test("the history says who had gold and things, with a link to each player, and ids where nobody knows", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/#/players/${PLAYER}/history`);
    await settled(page);
    const row = (record) => page.locator("tbody tr").filter({ has: page.locator(`td.mono:text-is("${record}")`) });
    await reads(row("77"), /1,000 gold: the world → Ana/);
    await reads(row("60"), /letter 4294968000 → Ida/);
    await reads(row("50"), /Ana → match 4294968001/);
    await reads(row("40"), /gone 8589934599 → Ida/);
    assert.equal(await row("70").getByRole("link").count(), 2);
    assert.equal(await row("60").getByRole("link").count(), 1, "a letter has no page");
    assert.equal(await row("60").getByRole("link").getAttribute("title"), "character 8589934593");
    await row("70").getByRole("link").nth(1).click();
    await page.waitForURL(/#\/players\/4294967298\/wallet$/);
    mock.state.unnamed = true;
    await page.goto(`${mock.url}/#/players/${PLAYER}/history`);
    await settled(page);
    await reads(row("70"), /25 gold: 4294967297 → 4294967298/);
    await reads(page.locator("main"), /Refresh the page to ask again/);
  }));

for (const theme of ["light", "dark"]) {
  test(`the list, the live page, notes, history and approvals stand in ${theme}`, () =>
    withPage(OWNER, async ({ page, mock }) => {
      await page.addInitScript((wish) => localStorage.setItem("ding.theme", wish), theme);
      const opened = async (hash, name) => {
        await page.goto(`${mock.url}/${hash}`);
        await settled(page);
        await shot(page, `${name}-${theme}`, false);
        return page.locator("main").innerText();
      };
      assert.match(await opened("#/players", "players"), /no other order/);
      assert.match(await opened("#/players?sort=playing", "players-playing"), /192\.0\.2\.1/);
      assert.match(await opened(`#/players/${PLAYER}/live`, "player-live"), /192\.0\.2\.1[\s\S]*world/);
      const history = await opened(`#/players/${PLAYER}/history`, "player-history");
      assert.match(history, /Bread \(40\): 0 → Bread \(40\): 2[\s\S]*120/);
      assert.match(await opened(`#/players/${PLAYER}/notes`, "player-notes"), /staff noted/);
      assert.match(await opened("#/gifts", "gifts"), /500,000 gold[\s\S]*somebody else decides/);
    }));
}

test("a second one sees all of what it agrees to: who gets it, what is there before and after, and every word", () =>
  withPage(OWNER, async ({ page, mock }) => {
    const common = { by: "bo", at_ms: 0, account: PLAYER, reason: "event", own: false };
    const bread = [{ kind: 3, quantity: 20 }];
    const letter = { what: "letter", character: IDA, subject: "Sorry", text: "one\ntwo <b>", gold: 7, things: bread };
    mock.state.gifts = [
      { ...common, id: "3", gift: { what: "gold", amount: 500_000 } },
      { ...common, id: "4", gift: { what: "things", character: IDA, things: { kind: 3, quantity: 200 } } },
      { ...common, id: "5", gift: letter },
      { ...common, id: "6", account: "404", gift: { what: "gold", amount: 1 } },
    ];
    await page.goto(`${mock.url}/#/gifts`);
    await settled(page);
    await reads(page.locator("tbody"), /200[\s\S]*Sorry/);
    const dialog = page.getByRole("dialog");
    const seen = async (row) => {
      await page.locator("tbody tr").nth(row).getByRole("button", { name: "Approve" }).click();
      await dialog.locator(".changes").waitFor();
      await reads(dialog.locator(".facts"), new RegExp(`bo[\\s\\S]*event[\\s\\S]*\\(${PLAYER}\\)`));
      const words = `${await dialog.locator(".facts").innerText()}\n${await dialog.locator(".changes").innerText()}`;
      await shot(page, `dialog-approve-${row}`, false);
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      return words;
    };
    assert.match(await seen(0), /Gold\s+48,120\s+→\s+548,120/);
    assert.match(await seen(1), new RegExp(`\\(${IDA}\\)[\\s\\S]*Short sword\\s+1\\s+→\\s+201`));
    const words = await seen(2);
    for (const part of [`(${IDA})`, "Sorry", "one\ntwo <b>", "Gold 7", "Short sword × 20"]) {
      assert.ok(words.includes(part), `${part} in ${words}`);
    }
    // Of whom nothing can be said, nobody agrees to anything; it can be declined.
    await page.locator("tbody tr").nth(3).getByRole("button", { name: "Approve" }).click();
    await dialog.getByLabel("Reason").fill("agreed");
    await dialog.getByLabel("Your password").fill(PASSWORD);
    await dialog.locator("button[type=submit]").click();
    await dialog.getByText("Nobody has this id").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("tbody tr").nth(3).getByRole("button", { name: "Decline" }).click();
    await dialog.getByLabel("Reason").fill("who is that?");
    await dialog.getByLabel("Your password").fill(PASSWORD);
    await dialog.locator("button[type=submit]").click();
    await dialog.waitFor({ state: "detached" });
    assert.deepEqual(mock.state.done.map(({ path }) => path), ["/api/gifts/6/decline"]);
  }));

test("a second one approves with the password, and nobody its own", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/#/gifts`);
    await settled(page);
    await counts(page.getByRole("button", { name: "Approve" }), 1);
    await page.getByRole("button", { name: "Approve" }).click();
    const dialog = page.getByRole("dialog");
    await reads(dialog.locator(".changes"), /48,120[\s\S]*548,120/);
    await dialog.getByLabel("Reason").fill("agreed");
    await dialog.getByLabel("Your password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    assert.deepEqual(mock.state.done, [
      { path: "/api/gifts/3/approve", body: { reason: "agreed", password: PASSWORD } },
    ]);
  }));

test("who is no operator sees neither approvals nor deeds, and empty pages say what to do", () =>
  withPage({ name: "vi", role: "viewer", totp: false }, async ({ page, mock }) => {
    mock.state.empty = true;
    await page.goto(`${mock.url}/#/gifts`);
    await settled(page).catch(() => undefined);
    assert.match(await page.locator("main").innerText(), /operator/i);
    await counts(page.getByRole("link", { name: "Approvals" }), 0);
    await page.goto(`${mock.url}/${PAGES["player-account"]}`);
    await settled(page);
    await counts(page.locator(".page-head button"), 0);
    await counts(page.getByRole("link", { name: "Live" }), 0);
  }));

test("letters are shown the newest first with what lies in them by name, and reports with what was said", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES["player-mail"]}`);
    await settled(page);
    const letters = page.locator(".letter");
    await reads(letters.first(), /Welcome/);
    await reads(letters.nth(1), /Rye bread × 7/);
    await reads(letters.first(), /was not looked at/);
    await page.goto(`${mock.url}/${PAGES["player-characters"]}`);
    await settled(page);
    await reads(page.locator("tbody").first(), /Short sword/);
    await page.goto(`${mock.url}/${PAGES["player-more"]}`);
    await settled(page);
    await reads(page.locator(".letter summary"), /4294967301[\s\S]*rude/);
    await page.locator(".letter summary time").click();
    await reads(page.locator(".letter-text"), /private Anna: between us[\s\S]*world Anna: hello/);
    await counts(page.locator("main img, main script, main [onload], main [onerror]"), 0);
    await shot(page, "player-reports");
  }));

test("whoever only looks sees that there are letters, with what lies in them, and reads none", () =>
  withPage({ name: "vi", role: "viewer", totp: false }, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES["player-mail"]}`);
    await settled(page);
    await reads(page.locator(".letter").nth(1), /for support and above[\s\S]*12 gold[\s\S]*Rye bread × 7/);
    await page.goto(`${mock.url}/${PAGES["player-more"]}`);
    await page.getByText("What was said and why it was reported is for support and above.").waitFor();
  }));

test("of thousands of kinds each is found by a part of its name", () =>
  withPage(OWNER, async (at) => {
    const { page, mock } = at;
    mock.state.kinds = Array.from({ length: 700 }, (_, index) => ({ kind: index + 1, name: `thing-${index + 1}`, stack: 9 }));
    await page.goto(`${mock.url}/${PAGES["player-account"]}`);
    await settled(page);
    const give = await deal(at, "Give items", async (dialog) => {
      await reads(dialog, /500 more/);
      await dialog.getByLabel("Find by name or number").fill("THING-699");
      await dialog.getByLabel("Kind of item").selectOption("699");
    });
    assert.deepEqual([give.body.kind, give.body.quantity], [699, 1]);
  }));
