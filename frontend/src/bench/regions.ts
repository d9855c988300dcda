/** Stretches of a recording, in seconds: kept within it, and within what one may be. */
import { clamp } from "../shared/dom";

export interface Stretch {
  start: number;
  end: number;
}

export const SHORTEST = 0.05;

/** The stretch between two points, whichever comes first. */
export function between(
  one: number,
  other: number,
  whole: number,
  longest = Number.POSITIVE_INFINITY,
): Stretch {
  const [low, high] = one <= other ? [one, other] : [other, one];
  const start = clamp(low, 0, Math.max(whole - SHORTEST, 0));
  // Dragging on past the longest keeps the end that the hand holds.
  const end = clamp(high, Math.min(start + SHORTEST, whole), whole);
  if (end - start <= longest) return { start, end };
  return one <= other ? { start: end - longest, end } : { start, end: start + longest };
}

/** The same stretch with one edge moved; it never crosses the other, nor leaves the whole. */
export function withEdge(
  stretch: Stretch,
  edge: "start" | "end",
  to: number,
  whole: number,
  longest = Number.POSITIVE_INFINITY,
): Stretch {
  if (edge === "start") {
    const start = clamp(to, 0, whole - SHORTEST);
    return { start, end: clamp(stretch.end, start + SHORTEST, Math.min(start + longest, whole)) };
  }
  const end = clamp(to, SHORTEST, whole);
  return { start: clamp(stretch.start, Math.max(end - longest, 0), end - SHORTEST), end };
}

/** How far one key press moves an edge: a tenth of a second, a second with shift; null for other keys. */
export function keyStep(key: string, shift: boolean): number | null {
  const step = shift ? 1 : 0.1;
  const steps: Record<string, number> = {
    ArrowLeft: -step,
    ArrowDown: -step,
    ArrowRight: step,
    ArrowUp: step,
    PageUp: 5,
    PageDown: -5,
  };
  return steps[key] ?? null;
}

/** To two decimals, as the fields show it. */
export function rounded(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
