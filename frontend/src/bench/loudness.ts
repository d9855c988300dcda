/** What comes of one audition, and how to hear its sounds at one loudness. */
import type { Row } from "./editing";

export interface Figures {
  lufs: number | null;
  peak_dbtp: number | null;
  rows: number;
  columns: number;
  /** base64, one byte a cell, rows from low to high. */
  cells: string;
  mean_db: number[];
  low_hz: number;
  high_hz: number;
  peaks: [number, number][];
}

export type Part = "before" | "after" | "residual";

/** Notes heard in a section, counted from its start. */
export interface HeardNotes {
  notes: Row[];
  tempo_bpm: number | null;
  key: string | null;
  beats_s: number[] | null;
  chords: [number, number, string][] | null;
  seconds: number;
}

export interface Audition {
  id: string;
  state: "open" | "done" | "refused";
  refusal: string | null;
  start_s: number;
  seconds?: number;
  files: Partial<Record<Part, string>>;
  figures?: Partial<Record<Part, Figures>>;
  heard?: HeardNotes;
}

/**
 * Linear gain of each sound so that before and after are equally loud: the louder one comes down, none goes up.
 * What was removed keeps its own level, for its level is what one wants to hear.
 */
export function equalGains(before: number | null, after: number | null): { before: number; after: number } {
  if (before === null || after === null) return { before: 1, after: 1 };
  const difference = after - before;
  const down = 10 ** (-Math.min(Math.abs(difference), 40) / 20);
  return difference > 0 ? { before: 1, after: down } : { before: down, after: 1 };
}
