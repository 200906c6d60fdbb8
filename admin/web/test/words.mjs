// Whatever the console and those whom it asks may refuse has words in both languages. The codes are read out of the
// sources that answer them.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { load } from "./bundled.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const { DICTIONARY } = await load("src/text/dictionary.ts");
const { formsOf } = await load("src/text/refused.ts");

/** Sources below a folder, or one file, without those of tests. */
function sources(path) {
  const whole = join(ROOT, path);
  if (statSync(whole).isDirectory()) {
    return readdirSync(whole)
      .filter((name) => !name.startsWith("tests"))
      .flatMap((name) => sources(join(path, name)));
  }
  return path.endsWith(".rs") ? [readFileSync(whole, "utf8")] : [];
}

/** What a pattern catches in each of them. */
function caught(path, pattern) {
  return sources(path).flatMap((text) => [...text.matchAll(pattern)].map(([, code]) => code));
}

const REFUSALS = [
  ["admin/src/driver", /Known\(\s*StatusCode::\w+,\s*"(\w+)"/g, 20],
  ["admin/src/driver", /Refusal::new\(\s*StatusCode::\w+,\s*"(\w+)"/g, 5],
  ["admin/src/logic/staff.rs", /Self::\w+ => "(\w+)"/g, 6],
  ["admin/src/logic/gifts.rs", /Self::\w+ => "(\w+)"/g, 2],
  ["src/log.rs", /BAD_LEVEL: &str = "(\w+)"/g, 1],
  ["src/live.rs", /Self::\w+(?:\(_\)| \{ \.\. \}) => "(\w+)"/g, 6],
  ["game/src/logic/staff/error.rs", /Self::\w+ => "(\w+)"/g, 15],
  ["game/src/logic/staff", /Reject\("(\w+)"\)/g, 8],
  ["game/src/logic/names.rs", /Self::\w+ => "(\w+)"/g, 8],
  ["game/src/room.rs", /Err\(Refusal\("(unknown_signal)"\)\)/g, 1],
  ["dbfront/src/driver/books.rs", /Self::\w+(?:\(\w+\))?(?: if [^=]+)? => "(\w+)"/g, 4],
  ["dbfront/src/driver/orders.rs", /=> "(\w+)"/g, 8],
  ["dbfront/src/backups.rs", /refused\("(\w+)"/g, 2],
];
/** A bag's own, of which staff meets these; and what a store says that is away. */
const FURTHER = [
  "no_such_item",
  "item_worn",
  "item_locked",
  "bag_full",
  "bad_quantity",
  "not_enough_items",
  "stack_full",
  "store_away",
];
/** The console answers these of dbfront with a code of its own. */
const TRANSLATED = ["unknown"];

test("every code that a request may be refused with has words in both languages", () => {
  const codes = new Set(FURTHER);
  for (const [path, pattern, least] of REFUSALS) {
    const found = caught(path, pattern);
    assert.ok(least <= found.length, `${path} has other codes than this test reads: ${found}`);
    for (const code of found) {
      codes.add(code);
    }
  }
  for (const code of TRANSLATED) {
    codes.delete(code);
  }
  const wordless = [...codes].filter((code) => !Object.hasOwn(DICTIONARY, `error.${code}`));
  assert.deepEqual(wordless, []);
});

test("every action of the routes has a name, and is found by its whole name alone", () => {
  const actions = caught("admin/src/driver/table.rs", /Route::(?:does|dares)::<[^(]*\("[^"]+", "([^"]+)"/g);
  assert.ok(40 < actions.length);
  const all = [...actions, "setup", "login"];
  assert.deepEqual(
    all.filter((action) => !Object.hasOwn(DICTIONARY, `audit.action.${action}`)),
    [],
  );
  for (const action of all) {
    const within = all.filter((other) => other.includes(action));
    assert.deepEqual(within, [action], "the audit log is filtered by a part of a name");
  }
});

/** Where a text is made, how, and one that is; in Chinese it is told with the same values. */
const TEXTS = [
  ["game/src/config.rs", '"game.{key} = {got}: allowed are {min} to {max}"', "game.chat_per_s = 0: allowed are 1 to 1000"],
  ["gateway/src/config.rs", '"gateway.{key} = {got} is outside {min} to {max}"', "gateway.packets_burst = 0 is outside 1 to 9"],
  ["src/settings/source.rs", '"expected a whole number"', "a.b: invalid type: string \"many\", expected a whole number"],
  ["src/settings/source.rs", '"expected a whole number"', "a.b: invalid value: integer `-3`, expected a whole number"],
  ["src/log.rs", '"log.level: error, warn, info, debug or trace, not {level:?}"', 'log.level: error, warn, info, debug or trace, not "loud"'],
  ["src/live.rs", '"{}: one line, {VALUE_BYTES_MAX} bytes at most"', "a.b: one line, 256 bytes at most"],
  ["src/live.rs", '"{key} is set by {place}, which is stronger than the console"', "a.b is set by --set, which is stronger than the console"],
  ["admin/src/driver/settings.rs", '"{key} of {name} is set by {}, which is stronger than the console"', "a.b of game is set by DING_A__B, which is stronger than the console"],
];

test("what is said of a setting that is refused is told in Chinese, as the sources make it", () => {
  for (const [path, made, text] of TEXTS) {
    assert.ok(sources(path)[0].includes(made), `${path} says it otherwise than src/text/refused.ts reads: ${made}`);
    const [form, ...more] = formsOf(text);
    assert.deepEqual(more, []);
    assert.equal(typeof form, "object", text);
    const [, chinese] = DICTIONARY[form.key];
    const told = chinese.replace(/\{(\w+)\}/g, (whole, name) => form.values[name] ?? whole);
    assert.ok(!told.includes("{") && told.includes("："), told);
  }
  const two = formsOf("game.chat_per_s = 0: allowed are 1 to 1000; something else");
  assert.deepEqual(two, [
    { key: "refused.range", values: { key: "game.chat_per_s", got: "0", min: "1", max: "1000" } },
    "something else",
  ]);
  assert.equal(formsOf('a.b: invalid type: string "many", expected a whole number')[0].values.got, "many");
});

test("every word is there in English and in Chinese", () => {
  for (const [key, [english, chinese]] of Object.entries(DICTIONARY)) {
    assert.ok(english.trim() !== "" && chinese.trim() !== "", key);
    const named = (text) => (text.match(/\{\w+\}/g) ?? []).sort().join(" ");
    assert.equal(named(english), named(chinese), `${key} names the same values in both`);
  }
});
