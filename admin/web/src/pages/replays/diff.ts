// In what two states of a room differ, field by field. Knows no game.

export interface Change {
  path: string;
  /** As JSON; null: it was not there. */
  before: string | null;
  after: string | null;
}

const CHARS_MAX = 160;

export function changesOf(before: unknown, after: unknown): Change[] {
  const found: Change[] = [];
  walk("", before, after, found);
  return found;
}

function walk(path: string, before: unknown, after: unknown, found: Change[]): void {
  if (Object.is(before, after)) {
    return;
  }
  const isOther = Array.isArray(before) && Array.isArray(after) && before.length !== after.length;
  // Of a list that grew or shrank nobody wants to read how each place changed.
  const isSeries = isOther && [...before, ...after].every((one) => !isBranch(one));
  if (!isSeries && isBranch(before) && isBranch(after) && Array.isArray(before) === Array.isArray(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    const isList = Array.isArray(before);
    for (const name of names) {
      const place = isList ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`;
      walk(place, before[name], after[name], found);
    }
    return;
  }
  const [was, is] = [json(before), json(after)];
  if (was !== is) {
    found.push({ path, before: was, after: is });
  }
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function json(value: unknown): string | null {
  if (value === undefined) {
    return null;
  }
  const text = JSON.stringify(value);
  return text.length <= CHARS_MAX ? text : `${text.slice(0, CHARS_MAX)}…`;
}
