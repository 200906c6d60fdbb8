// Any JSON as a tree that opens and closes. Texts in it are only ever texts.

import { plain } from "../text/plain";

interface TreeProps {
  name: string;
  value: unknown;
  depth?: number;
}

const OPEN_DEPTH = 2;
const CHILDREN_MAX = 500;

export function Tree({ name, value, depth = 0 }: TreeProps) {
  if (typeof value !== "object" || value === null) {
    return (
      <div class="leaf">
        <span class="tree-name">{plain(name)}</span> <Leaf value={value} />
      </div>
    );
  }
  const children = Object.entries(value as Record<string, unknown>);
  if (children.length === 0) {
    return (
      <div class="leaf">
        <span class="tree-name">{plain(name)}</span>{" "}
        <span class="tree-count">{Array.isArray(value) ? "[]" : "{}"}</span>
      </div>
    );
  }
  if (Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null)) {
    return (
      <div class="leaf">
        <span class="tree-name">{plain(name)}</span>{" "}
        <span class="tree-text">[{value.slice(0, CHILDREN_MAX).map(shown).join(", ")}]</span>
      </div>
    );
  }
  return (
    <details class="branch" open={depth < OPEN_DEPTH}>
      <summary>
        <span class="tree-name">{plain(name)}</span>{" "}
        <span class="tree-count">
          {Array.isArray(value) ? `[${children.length}]` : `{${children.length}}`}
        </span>
      </summary>
      {children.slice(0, CHILDREN_MAX).map(([key, child]) => (
        <Tree key={key} name={key} value={child} depth={depth + 1} />
      ))}
      {CHILDREN_MAX < children.length && (
        <div class="leaf tree-count">… {children.length - CHILDREN_MAX}</div>
      )}
    </details>
  );
}

function Leaf({ value }: { value: unknown }) {
  const kind = value === null ? "null" : typeof value;
  return <span class={`tree-${kind}`}>{shown(value)}</span>;
}

function shown(value: unknown): string {
  return plain(typeof value === "string" ? JSON.stringify(value) : String(value));
}
