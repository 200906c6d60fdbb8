// The map: what is asked of it and how it travels. Lengths are millimeters from its south-west corner.

import { get } from "./request";

/** One that is on the map. */
export interface MapOne {
  /** Its number in packets; another one has it after a restart. */
  avatar: number;
  /** Whose; null: a monster. */
  account: string | null;
  character: string;
  name: string;
  level: number;
  monster: number;
  x_mm: number;
  y_mm: number;
  /** Of 100; 0: dead. */
  life: number;
  /** Its connection went. */
  away: boolean;
}

export interface MapAnswer {
  map: number;
  width_mm: number;
  height_mm: number;
  cell_mm: number;
  tile_mm: number;
  /** Of tiles, west to east. */
  columns: number;
  players: number;
  monsters: number;
  /** Which, players, monsters. */
  tiles: [number, number, number][];
  /** Of the part that was asked for, players first. */
  ones: MapOne[];
  /** There are more in it. */
  more: boolean;
  /** West, south, east, north; only where the ground was asked for. */
  walls: [number, number, number, number][];
  spawns: [number, number][];
  shops: [number, number][];
}

/** A part of the map, its edges included. */
export interface Part {
  west: number;
  south: number;
  east: number;
  north: number;
}

/** All that never moves, and counts. */
export const ground = (signal?: AbortSignal): Promise<MapAnswer> => get("/api/map?ground=1", signal);
/** Counts of all of it, and who is in a part. */
export const map = ({ west, south, east, north }: Part, signal?: AbortSignal): Promise<MapAnswer> =>
  get(`/api/map?west=${west}&south=${south}&east=${east}&north=${north}`, signal);
