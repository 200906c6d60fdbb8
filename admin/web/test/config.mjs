// Settings against the mock: found, told where they come from, changed and taken back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { counts, reads } from "./browser.mjs";
import { PASSWORD } from "../mock.mjs";
import { OWNER, PAGES, settled, shot, withPage } from "./harness.mjs";

async function sign(page, reason) {
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill(reason);
  await dialog.getByLabel("Your password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
}

const line = (page, key) => page.locator(`[data-setting="${key}"]`);

test("each setting stands in its section with where its value comes from, and what waits is told", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.config}`);
    await settled(page);
    await counts(page.locator("[data-setting]"), 9);
    await reads(line(page, "game.players_max"), /100[\s\S]*20000[\s\S]*console[\s\S]*live\.toml[\s\S]*live/);
    await reads(line(page, "game.chat_per_s"), /Lines of chat of a session/);
    await reads(page.locator("[data-waiting]"), /game\.tick_ms of game: 66 now, 50 from the next start on/);
    await reads(line(page, "log.level"), /of dbfront, game[\s\S]*of up/);
    await reads(line(page, "gateway.max_connections"), /console cannot change/);
    await counts(line(page, "game.tick_ms").getByRole("button"), 0);
    assert.equal(await page.locator("main img, main script, main [onerror]").count(), 0);
    await page.getByLabel("Find by name").fill("CHAT lines");
    await counts(page.locator("[data-setting]"), 1);
    await page.getByLabel("Find by name").fill("");
    await page.getByLabel("Show", { exact: true }).selectOption("waiting");
    await counts(page.locator("[data-setting]"), 1);
    await page.getByLabel("Find by name").fill("nothing is called so");
    await page.getByText("No setting fits").waitFor();
  }));

test("a live setting is changed by a dialog that says what was and what will be, and taken back", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.config}`);
    await settled(page);
    await line(page, "game.chat_per_s").getByRole("button", { name: "Change game.chat_per_s" }).click();
    await page.keyboard.press("Enter");
    await page.getByText("Enter another value").waitFor();
    await page.getByLabel("New value").fill("2");
    await reads(page.locator(".changes"), /game\.chat_per_s[\s\S]*5[\s\S]*2/);
    await shot(page, "dialog-config", false);
    await sign(page, "too loud");
    await line(page, "log.level").getByRole("button", { name: "Change log.level" }).click();
    assert.equal(await page.getByLabel("New value").inputValue(), "info", "without quotes");
    await page.getByLabel("New value").fill("debug");
    await sign(page, "what happens");
    await line(page, "game.players_max").getByRole("button", { name: "Take back" }).click();
    await reads(page.locator(".changes"), /100[\s\S]*settings file/);
    await sign(page, "enough room");
    const sent = mock.state.done.map(({ path, body: { password, ...body } }) => [path, body, password]);
    assert.deepEqual(sent, [
      ["/api/config/set", { reason: "too loud", key: "game.chat_per_s", value: "2" }, PASSWORD],
      ["/api/config/set", { reason: "what happens", key: "log.level", value: "debug" }, PASSWORD],
      ["/api/config/unset", { reason: "enough room", key: "game.players_max" }, PASSWORD],
    ]);
  }));

test("what a section says of a value is shown as it says it", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.route("**/api/config/set", (route) =>
      route.fulfill({
        status: 422,
        contentType: "application/json",
        body: JSON.stringify({ error: "bad_value", text: "game.chat_per_s = 0: allowed are 1 to 1000" }),
      }),
    );
    await page.goto(`${mock.url}/${PAGES.config}`);
    await settled(page);
    await line(page, "game.chat_per_s").getByRole("button", { name: "Change game.chat_per_s" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("New value").fill("0");
    await dialog.getByLabel("Reason").fill("hush");
    await dialog.getByLabel("Your password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await reads(dialog.locator(".note-bad"), /refused: game\.chat_per_s = 0: allowed are 1 to 1000/);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "中文" }).click();
    await line(page, "game.chat_per_s").getByRole("button", { name: "更改 game.chat_per_s" }).click();
    await dialog.getByLabel("新值").fill("0");
    await dialog.getByLabel("原因").fill("安静");
    await dialog.getByLabel("密码").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await reads(dialog.locator(".note-bad"), /该值被拒绝：game\.chat_per_s = 0：允许的范围是 1 到 1000/);
  }));

test("where a change is not in force yet is told until it is read, and what the console keeps can be taken back", () =>
  withPage(OWNER, async ({ page, mock }) => {
    const processes = [
      { name: "dbfront", state: "away" },
      { name: "game", state: "late" },
      { name: "up", state: "in_force" },
    ];
    const others = [{ process: "up", key: "console.grant_alone_max", before: "1", after: "2" }];
    await page.route("**/api/config/set", (route) =>
      route.fulfill({
        status: 200,
        contentType: "application/json",
        body: JSON.stringify({ setting: { key: "log.level", value: "debug" }, processes, others }),
      }),
    );
    await page.goto(`${mock.url}/${PAGES.config}`);
    await settled(page);
    // Hidden by the command line: what the console keeps is there nevertheless.
    await counts(line(page, "gateway.max_connections").getByRole("button", { name: "Take back" }), 1);
    await counts(line(page, "gateway.max_connections").getByRole("button", { name: "Change" }), 0);
    await counts(line(page, "game.chat_per_s").getByRole("button", { name: "Take back" }), 0);
    await line(page, "log.level").getByRole("button", { name: "Change log.level" }).click();
    await page.getByLabel("New value").fill("debug");
    await sign(page, "what happens");
    const told = page.locator("[data-outcome]");
    await reads(told, /not in force everywhere/);
    await reads(told, /dbfront: does not answer[\s\S]*game: too busy[\s\S]*up: in force/);
    await reads(told, /console\.grant_alone_max of up became 2 \(it was 1\)/);
    await counts(page.locator(".toasts p").filter({ hasText: "Done" }), 0);
    await told.getByRole("button").click();
    await counts(told, 0);
  }));

test("in Chinese each setting is explained in Chinese, and found by words of either language", () =>
  withPage(OWNER, async ({ page, mock }) => {
    await page.addInitScript(() => localStorage.setItem("ding.language", "zh"));
    await page.goto(`${mock.url}/${PAGES.config}`);
    await settled(page);
    await reads(line(page, "game.chat_per_s"), /每个会话每秒可发送的聊天条数/);
    await reads(line(page, "game.new_here"), /What only a later version has/);
    const about = await page.locator("[data-setting] .setting p").allTextContents();
    const english = about.filter((text) => !/\p{Script=Han}/u.test(text));
    assert.deepEqual(english, ["What only a later version has."], "and nothing else in English");
    await shot(page, "config-words-zh");
    for (const [words, found] of [
      ["聊天条数", 1],
      ["会话 chat_per_s", 1],
      ["chat LINES", 1],
      ["later version", 1],
      ["端口为 0", 1],
    ]) {
      await page.getByLabel("取值或说明").fill(words);
      await counts(page.locator("[data-setting]"), found);
    }
    await page.getByLabel("取值或说明").fill("聊天条数");
    await line(page, "game.chat_per_s").getByRole("button", { name: "更改 game.chat_per_s" }).click();
    await reads(page.getByRole("dialog"), /瞬间最多为其三倍/);
  }));

test("an operator sees settings and no button, and support is told who may", () =>
  withPage({ ...OWNER, role: "operator" }, async ({ page, mock }) => {
    await page.goto(`${mock.url}/${PAGES.config}`);
    await settled(page);
    await counts(page.locator("[data-setting]"), 9);
    await counts(page.locator("[data-setting] button"), 0);
    mock.state.staff = { ...OWNER, role: "support" };
    await page.reload();
    await page.locator("main .empty").waitFor();
    await counts(page.locator('nav a[href="#/config"]'), 0);
  }));
