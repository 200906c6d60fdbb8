// Which part of the map a canvas shows: the place in its middle, and how much of the map a pixel is. Knows no canvas.

import type { Part } from "../../api/map";

export interface Size {
  width: number;
  height: number;
}

/** What never changes of the map while a view moves over it. */
export interface Edges {
  width_mm: number;
  height_mm: number;
  cell_mm: number;
}

export interface View {
  x: number;
  y: number;
  mmPerPx: number;
}

export interface Point {
  x: number;
  y: number;
}

/** A pixel is never less than this. */
const MM_PER_PX_MIN = 12;
const MARGIN = 1.04;

/** All of it. */
export function whole(edges: Edges, size: Size): View {
  const mmPerPx = Math.max(edges.width_mm / size.width, edges.height_mm / size.height) * MARGIN;
  return { x: edges.width_mm / 2, y: edges.height_mm / 2, mmPerPx };
}

/** The same zoomed about a pixel, which keeps showing the same place. */
export function zoomed(view: View, factor: number, about: Point, edges: Edges, size: Size): View {
  const most = whole(edges, size).mmPerPx;
  const mmPerPx = Math.min(Math.max(view.mmPerPx * factor, Math.min(MM_PER_PX_MIN, most)), most);
  const place = placeAt(view, about, size);
  const x = place.x - (about.x - size.width / 2) * mmPerPx;
  const y = place.y + (about.y - size.height / 2) * mmPerPx;
  return held({ x, y, mmPerPx }, edges, size);
}

/** The same moved by so many pixels. */
export function moved(view: View, by: Point, edges: Edges, size: Size): View {
  return held({ ...view, x: view.x - by.x * view.mmPerPx, y: view.y + by.y * view.mmPerPx }, edges, size);
}

/** With this place in its middle, near enough to tell one from another. */
export function around(place: Point, view: View, edges: Edges, size: Size): View {
  const near = (edges.cell_mm * 2) / Math.min(size.width, size.height);
  return held({ ...place, mmPerPx: Math.min(view.mmPerPx, near) }, edges, size);
}

/** It shows no more of what is not on the map than it must. */
export function held(view: View, edges: Edges, size: Size): View {
  const along = (at: number, edge: number, pixels: number): number => {
    const half = (pixels * view.mmPerPx) / 2;
    return edge <= half * 2 ? edge / 2 : Math.min(Math.max(at, half), edge - half);
  };
  return {
    ...view,
    x: along(view.x, edges.width_mm, size.width),
    y: along(view.y, edges.height_mm, size.height),
  };
}

export function placeAt(view: View, pixel: Point, size: Size): Point {
  return {
    x: view.x + (pixel.x - size.width / 2) * view.mmPerPx,
    y: view.y - (pixel.y - size.height / 2) * view.mmPerPx,
  };
}

export function pixelOf(view: View, place: Point, size: Size): Point {
  return {
    x: size.width / 2 + (place.x - view.x) / view.mmPerPx,
    y: size.height / 2 - (place.y - view.y) / view.mmPerPx,
  };
}

/** What is seen, in whole cells: those who see about the same ask for the same. */
export function partOf(view: View, edges: Edges, size: Size): Part {
  const cell = edges.cell_mm;
  const down = (mm: number): number => Math.max(0, Math.floor(mm / cell) * cell);
  const up = (mm: number, edge: number): number =>
    Math.min(edge, Math.max(0, Math.ceil(mm / cell) * cell));
  const corner = placeAt(view, { x: 0, y: size.height }, size);
  const other = placeAt(view, { x: size.width, y: 0 }, size);
  return {
    west: Math.min(down(corner.x), edges.width_mm),
    south: Math.min(down(corner.y), edges.height_mm),
    east: up(other.x, edges.width_mm),
    north: up(other.y, edges.height_mm),
  };
}
