// What people wrote, without what could make it look like something else: characters that steer how text runs, and
// others that nobody sees, are shown by their numbers. That it is text and no markup, Preact sees to.

// Controls, zero width and direction marks, overrides and isolates, line separators, tags.
const UNSEEN =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/gu;

export function plain(text: string): string {
  return text.replace(UNSEEN, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}
