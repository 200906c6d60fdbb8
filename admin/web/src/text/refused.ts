// What a section of the settings says of a value that it refuses, taken apart, so that it can be said in another language. What
// is in no known form stays as it is said.

import type { Key } from "./dictionary";

interface Form {
  key: Key;
  values: Readonly<Record<string, string>>;
}

/** Forms with the names of what they catch, as the sources write them; a test compares. */
const FORMS: readonly (readonly [RegExp, Key])[] = [
  [/^(?<key>\S+) = (?<got>.+): allowed are (?<min>\S+) to (?<max>\S+)$/, "refused.range"],
  [/^(?<key>\S+) = (?<got>.+) is outside (?<min>\S+) to (?<max>\S+)$/, "refused.range"],
  [/^(?<key>\S+): invalid (?:type|value): (?:.*?[`"])(?<got>.*)[`"], expected a whole number$/, "refused.whole"],
  [/^(?<key>\S+): (?<known>[\w, ]+) or (?<last>\w+), not "(?<got>.*)"$/, "refused.known"],
  [/^(?<key>\S+): one line, (?<max>\d+) bytes at most$/, "refused.line"],
  [/^(?<key>\S+) (?:of (?<process>\S+) )?is set by (?<place>.+), which is stronger than the console$/, "refused.stronger"],
];

/** Each of the things that it says. */
export function formsOf(text: string): (Form | string)[] {
  return text.split("; ").map((one) => {
    for (const [form, key] of FORMS) {
      const found = form.exec(one)?.groups;
      if (found !== undefined) {
        const known = Object.entries(found).map(([name, value]) => [name, value ?? ""]);
        return { key, values: Object.fromEntries(known) as Record<string, string> };
      }
    }
    return one;
  });
}
