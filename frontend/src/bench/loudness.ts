/** Figures of the sounds of one audition, and how to hear them at one loudness. */

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

export interface Audition {
  id: string;
  state: "open" | "done" | "refused";
  refusal: string | null;
  start_s: number;
  seconds?: number;
  files: Partial<Record<Part, string>>;
  figures?: Partial<Record<Part, Figures>>;
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
