// The map on a canvas: ground, counts of cells, and who is where. Names are drawn as text and are never anything else.

import type { MapAnswer, MapOne } from "../../api/map";
import { color, faded } from "../../chart/palette";
import { plain } from "../../text/plain";
import { pixelOf, type Point, type Size, type View } from "./view";

export interface Palette {
  player: string;
  monster: string;
  shop: string;
  grid: string;
  wall: string;
  /** Of counts. */
  faint: string;
  /** Of names. */
  text: string;
  mark: string;
}

export interface Scene {
  ground: MapAnswer;
  now: MapAnswer | null;
  /** Where everybody is drawn. */
  places: ReadonlyMap<number, Point>;
  monsters: boolean;
  /** Whom the pointer or the table is at. */
  chosen: number | null;
}

/** The colors in force where the canvas is. */
export function paletteNow(canvas: HTMLElement): Palette {
  return {
    player: color("a"),
    monster: color("c"),
    shop: color("d"),
    grid: color("grid"),
    wall: color("faint"),
    faint: color("faint"),
    text: getComputedStyle(canvas).color,
    mark: color("b"),
  };
}

/** Names are written for the first of those in view; one that would lie over another is left out. */
const NAMED_MAX = 200;
const NAME_PX = 14;
const COUNT_PX_MIN = 30;
const NAME_LENGTH_MAX = 24;

export function draw(context: CanvasRenderingContext2D, size: Size, view: View, scene: Scene, look: Palette): void {
  const { ground, now } = scene;
  context.clearRect(0, 0, size.width, size.height);
  const box = (west: number, south: number, east: number, north: number): [number, number, number, number] => {
    const from = pixelOf(view, { x: west, y: north }, size);
    const to = pixelOf(view, { x: east, y: south }, size);
    return [from.x, from.y, Math.max(to.x - from.x, 1), Math.max(to.y - from.y, 1)];
  };
  if (now !== null) {
    heat(context, view, now, scene.monsters, box, look);
  }
  lines(context, size, view, ground, look);
  context.fillStyle = look.wall;
  for (const wall of ground.walls) {
    context.fillRect(...box(...wall));
  }
  context.lineWidth = 1.5;
  context.strokeStyle = look.mark;
  for (const [x, y] of ground.spawns) {
    const at = pixelOf(view, { x, y }, size);
    context.beginPath();
    context.arc(at.x, at.y, 6, 0, 2 * Math.PI);
    context.stroke();
  }
  context.strokeStyle = look.shop;
  for (const [x, y] of ground.shops) {
    const at = pixelOf(view, { x, y }, size);
    context.strokeRect(at.x - 5, at.y - 5, 10, 10);
  }
  if (now !== null) {
    ones(context, size, view, scene, now, look);
  }
}

type Box = (west: number, south: number, east: number, north: number) => [number, number, number, number];

/** The more are in a tile, the stronger its color; players and others each have theirs. */
function heat(
  context: CanvasRenderingContext2D,
  view: View,
  now: MapAnswer,
  monsters: boolean,
  box: Box,
  look: Palette,
): void {
  const most = Math.max(1, ...now.tiles.map(([, players]) => players));
  const mostOther = Math.max(1, ...now.tiles.map(([, , others]) => others));
  const edge = now.tile_mm;
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "top";
  for (const [number, players, others] of now.tiles) {
    const west = (number % now.columns) * edge;
    const south = Math.floor(number / now.columns) * edge;
    const east = Math.min(west + edge, now.width_mm);
    const north = Math.min(south + edge, now.height_mm);
    const tile = box(west, south, east, north);
    if (monsters && 0 < others) {
      context.fillStyle = faded(look.monster, 0.03 + 0.06 * Math.sqrt(others / mostOther));
      context.fillRect(...tile);
    }
    if (0 < players) {
      context.fillStyle = faded(look.player, 0.12 + 0.4 * Math.sqrt(players / most));
      context.fillRect(...tile);
    }
    if (COUNT_PX_MIN < edge / view.mmPerPx) {
      const [x, y] = tile;
      context.fillStyle = look.faint;
      const counted = monsters && 0 < others ? `${players} · ${others}` : String(players);
      if (0 < players || monsters) {
        context.fillText(counted, x + 4, y + 4);
      }
    }
  }
}

/** The borders of tiles and of the map. */
function lines(
  context: CanvasRenderingContext2D,
  size: Size,
  view: View,
  ground: MapAnswer,
  look: Palette,
): void {
  context.strokeStyle = look.grid;
  context.lineWidth = 1;
  context.beginPath();
  const low = pixelOf(view, { x: 0, y: 0 }, size);
  const high = pixelOf(view, { x: ground.width_mm, y: ground.height_mm }, size);
  for (let x = 0; x <= ground.width_mm; x += ground.tile_mm) {
    const at = pixelOf(view, { x, y: 0 }, size).x;
    context.moveTo(at, high.y);
    context.lineTo(at, low.y);
  }
  for (let y = 0; y <= ground.height_mm; y += ground.tile_mm) {
    const at = pixelOf(view, { x: 0, y }, size).y;
    context.moveTo(low.x, at);
    context.lineTo(high.x, at);
  }
  context.stroke();
  context.strokeStyle = look.wall;
  context.strokeRect(low.x, high.y, high.x - low.x, low.y - high.y);
}

function ones(
  context: CanvasRenderingContext2D,
  size: Size,
  view: View,
  { places, monsters, chosen }: Scene,
  now: MapAnswer,
  look: Palette,
): void {
  const isSeen = (at: Point): boolean =>
    -20 < at.x && at.x < size.width + 20 && -20 < at.y && at.y < size.height + 20;
  const seen = now.ones.flatMap((one) => {
    const place = places.get(one.avatar);
    const at = place === undefined ? null : pixelOf(view, place, size);
    return at !== null && isSeen(at) && (monsters || one.account !== null) ? [{ one, at }] : [];
  });
  // Players lie above everybody else.
  for (const { one, at } of [...seen].reverse()) {
    dot(context, one, at, look);
  }
  const named = seen.filter(({ one }) => one.account !== null);
  context.textBaseline = "middle";
  context.font = "12px system-ui, sans-serif";
  const taken: Name[] = [];
  for (const { one, at } of named.slice(0, NAMED_MAX)) {
    const name = nameAt(context, one, at);
    if (taken.every((other) => !isOver(name, other))) {
      taken.push(name);
      write(context, name, look);
    }
  }
  const shown = seen.find(({ one }) => one.avatar === chosen);
  if (shown !== undefined) {
    context.strokeStyle = look.mark;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(shown.at.x, shown.at.y, 9, 0, 2 * Math.PI);
    context.stroke();
    write(context, nameAt(context, shown.one, shown.at), look);
  }
}

function dot(context: CanvasRenderingContext2D, one: MapOne, at: Point, look: Palette): void {
  const isPlayer = one.account !== null;
  const solid = isPlayer ? look.player : look.monster;
  context.beginPath();
  context.arc(at.x, at.y, isPlayer ? 4.5 : 2.5, 0, 2 * Math.PI);
  context.fillStyle = one.away ? faded(solid, 0.4) : solid;
  if (one.life === 0) {
    context.strokeStyle = solid;
    context.lineWidth = 1.5;
    context.stroke();
  } else {
    context.fill();
  }
}

interface Name {
  text: string;
  at: Point;
  width: number;
}

function nameAt(context: CanvasRenderingContext2D, one: MapOne, at: Point): Name {
  const name = plain(one.name);
  const text = name.length <= NAME_LENGTH_MAX ? name : `${name.slice(0, NAME_LENGTH_MAX)}…`;
  return { text, at: { x: at.x + 8, y: at.y }, width: context.measureText(text).width };
}

function isOver(a: Name, b: Name): boolean {
  const isBeside = a.at.x + a.width < b.at.x || b.at.x + b.width < a.at.x;
  return !isBeside && Math.abs(a.at.y - b.at.y) < NAME_PX;
}

function write(context: CanvasRenderingContext2D, { text, at }: Name, look: Palette): void {
  context.fillStyle = look.text;
  context.fillText(text, at.x, at.y);
}
