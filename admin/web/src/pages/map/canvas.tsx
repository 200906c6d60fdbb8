// The canvas of the map: it draws, and it is moved and zoomed by mouse, touch and keyboard. Between two answers everybody
// goes from where it was to where it is. Knows no server.

import { useEffect, useRef } from "preact/hooks";
import type { MapAnswer, MapOne } from "../../api/map";
import { palette } from "../../state/theme";
import { useStore } from "../../state/store";
import { t } from "../../text/language";
import { draw, type Palette, paletteNow } from "./draw";
import { moved, pixelOf, type Point, type Size, type View, zoomed } from "./view";

interface CanvasProps {
  ground: MapAnswer;
  now: MapAnswer | null;
  turn: number;
  view: View;
  size: Size;
  monsters: boolean;
  chosen: number | null;
  onView: (change: (view: View) => View) => void;
  onWhole: () => void;
  onSize: (size: Size) => void;
  onOver: (avatar: number | null) => void;
  onPick: (one: MapOne) => void;
}

const STEP_PX = 80;
const NEAR_PX = 12;
/** Between two answers. */
const GLIDE_MS = 1_000;
/** Who went further than this between two answers did not walk. */
const LEAP_MM = 150_000;

interface Glide {
  from: Map<number, Point>;
  to: Map<number, Point>;
  began: number;
}

export function MapCanvas(props: CanvasProps) {
  const { ground, view, size } = props;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const glide = useRef<Glide>({ from: new Map(), to: new Map(), began: 0 });
  const look = useRef<Palette | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const colors = useStore(palette);
  useEffect(() => {
    look.current = canvas.current === null ? null : paletteNow(canvas.current);
  }, [colors]);

  useEffect(() => {
    const now = performance.now();
    const from = placesAt(glide.current, now);
    const to = new Map((props.now?.ones ?? []).map((one) => [one.avatar, { x: one.x_mm, y: one.y_mm }]));
    glide.current = { from, to, began: now };
  }, [props.turn]);

  useEffect(() => {
    const isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    let frame = 0;
    const paint = (at: number): void => {
      frame = requestAnimationFrame(paint);
      const context = canvas.current?.getContext("2d");
      if (context === null || context === undefined || look.current === null) {
        return;
      }
      const { ground: under, now, monsters, chosen, view: seen, size: wide } = latest.current;
      const ratio = window.devicePixelRatio;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      const places = placesAt(glide.current, isStill ? Number.POSITIVE_INFINITY : at);
      draw(context, wide, seen, { ground: under, now, places, monsters, chosen }, look.current);
    };
    frame = requestAnimationFrame(paint);
    return () => cancelAnimationFrame(frame);
  }, []);

  useEffect(() => {
    const host = box.current;
    if (host === null) {
      return undefined;
    }
    const watch = new ResizeObserver(() => {
      const { clientWidth, clientHeight } = host;
      if (0 < clientWidth && 0 < clientHeight) {
        latest.current.onSize({ width: clientWidth, height: clientHeight });
      }
    });
    watch.observe(host);
    // The page must not scroll while the map is zoomed, which only a listener that is not passive can say.
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const { size: wide, ground: edges, onView } = latest.current;
      const about = { x: event.offsetX, y: event.offsetY };
      onView((before) => zoomed(before, Math.exp(event.deltaY / 400), about, edges, wide));
    };
    host.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      watch.disconnect();
      host.removeEventListener("wheel", onWheel);
    };
  }, []);

  const drag = useRef<{ at: Point; far: number } | null>(null);
  const nearest = (at: Point): MapOne | null => nearestTo(at, props, placesAt(glide.current, performance.now()));
  const onMove = (event: PointerEvent): void => {
    const at = { x: event.offsetX, y: event.offsetY };
    const held = drag.current;
    if (held === null) {
      props.onOver(nearest(at)?.avatar ?? null);
      return;
    }
    const by = { x: at.x - held.at.x, y: at.y - held.at.y };
    drag.current = { at, far: held.far + Math.hypot(by.x, by.y) };
    props.onView((before) => moved(before, by, ground, size));
  };
  const onUp = (event: PointerEvent): void => {
    const held = drag.current;
    drag.current = null;
    const one = held !== null && held.far < 4 ? nearest({ x: event.offsetX, y: event.offsetY }) : null;
    if (one !== null) {
      props.onPick(one);
    }
  };
  const onKey = (event: KeyboardEvent): void => {
    const middle = { x: size.width / 2, y: size.height / 2 };
    const change = keyed(event.key, middle, ground, size);
    if (event.key === "0") {
      props.onWhole();
    } else if (change !== null && !event.ctrlKey && !event.metaKey && !event.altKey) {
      props.onView(change);
    } else {
      return;
    }
    event.preventDefault();
  };
  const ratio = window.devicePixelRatio;
  return (
    <div
      ref={box}
      class="map-box"
      role="application"
      tabIndex={0}
      aria-label={t("map.keys")}
      onKeyDown={onKey}
      onPointerDown={(event) => {
        drag.current = { at: { x: event.offsetX, y: event.offsetY }, far: 0 };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={onMove}
      onPointerUp={onUp}
      onPointerCancel={() => {
        drag.current = null;
      }}
      onPointerLeave={() => props.onOver(null)}
    >
      <canvas
        ref={canvas}
        width={Math.round(size.width * ratio)}
        height={Math.round(size.height * ratio)}
        aria-hidden="true"
        data-scale={view.mmPerPx.toFixed(1)}
      />
    </div>
  );
}

/** What a key does to the view; null: nothing. */
function keyed(key: string, middle: Point, ground: MapAnswer, size: Size): ((view: View) => View) | null {
  const by = (x: number, y: number) => (view: View) => moved(view, { x, y }, ground, size);
  const zoom = (factor: number) => (view: View) => zoomed(view, factor, middle, ground, size);
  switch (key) {
    case "ArrowLeft":
      return by(STEP_PX, 0);
    case "ArrowRight":
      return by(-STEP_PX, 0);
    case "ArrowUp":
      return by(0, STEP_PX);
    case "ArrowDown":
      return by(0, -STEP_PX);
    case "+":
    case "=":
      return zoom(1 / 1.5);
    case "-":
    case "_":
      return zoom(1.5);
    default:
      return null;
  }
}

/** Where everybody is drawn at a moment. */
function placesAt({ from, to, began }: Glide, at: number): Map<number, Point> {
  const share = Math.min(1, Math.max(0, (at - began) / GLIDE_MS));
  const places = new Map<number, Point>();
  for (const [avatar, end] of to) {
    const start = from.get(avatar);
    const isWalk = start !== undefined && Math.hypot(end.x - start.x, end.y - start.y) < LEAP_MM;
    places.set(
      avatar,
      isWalk ? { x: start.x + (end.x - start.x) * share, y: start.y + (end.y - start.y) * share } : end,
    );
  }
  return places;
}

/** The nearest that can be pointed at, players before others. */
function nearestTo(at: Point, props: CanvasProps, places: ReadonlyMap<number, Point>): MapOne | null {
  let best: { one: MapOne; far: number } | null = null;
  for (const one of props.now?.ones ?? []) {
    const place = places.get(one.avatar);
    if (place === undefined || (one.account === null && !props.monsters)) {
      continue;
    }
    const pixel = pixelOf(props.view, place, props.size);
    const far = Math.hypot(pixel.x - at.x, pixel.y - at.y) + (one.account === null ? NEAR_PX / 2 : 0);
    if (far < NEAR_PX && (best === null || far < best.far)) {
      best = { one, far };
    }
  }
  return best?.one ?? null;
}
