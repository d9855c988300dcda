/** Reading and placing what the server measured of a sound. */
import type { Figures } from "./loudness";

/** Cells as bytes, rows from low to high. */
export function cellsOf(figures: Figures): Uint8Array {
  return Uint8Array.from(atob(figures.cells), (letter) => letter.charCodeAt(0));
}

/** The strength (0..1) that is drawn for a cell: what lies under -84 dB stays paper. */
export function inkOf(cell: number): number {
  return Math.max(0, (cell - 32) / 223) ** 1.4;
}

/** Frequencies that the axis names, with their height (0 low, 1 high). */
export function ticksOf(low_hz: number, high_hz: number): { hz: number; at: number; words: string }[] {
  return [50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000]
    .filter((hz) => low_hz <= hz && hz <= high_hz)
    .map((hz) => ({
      hz,
      at: Math.log(hz / low_hz) / Math.log(high_hz / low_hz),
      words: hz >= 1000 ? `${hz / 1000}k` : String(hz),
    }));
}

/** The mean spectrum as the points of a polyline in a box of this size; -96 dB is the floor. */
export function curveOf(mean_db: readonly number[], width: number, height: number): string {
  const step = width / Math.max(mean_db.length - 1, 1);
  return mean_db
    .map(
      (value, index) => `${(index * step).toFixed(1)},${((-Math.max(value, -96) / 96) * height).toFixed(1)}`,
    )
    .join(" ");
}
