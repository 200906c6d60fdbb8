// The codes that an authenticator shows (RFC 6238 with SHA-1, six digits, 30 s), made from the secret as the page shows it.

import { createHmac } from "node:crypto";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const STEP_MS = 30_000;

/** The one of this moment, and the next. */
export function codesOf(secret, nowMs) {
  const bits = [...secret.replaceAll(/\s/g, "")].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, "0"));
  const bytes = Buffer.from(bits.join("").match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Math.floor(nowMs / STEP_MS);
  return [step, step + 1].map((one) => codeOf(bytes, one));
}

function codeOf(key, step) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const tag = createHmac("sha1", key).update(counter).digest();
  const word = tag.readUInt32BE(tag.at(-1) & 0xf) & 0x7fff_ffff;
  return String(word % 1_000_000).padStart(6, "0");
}
