/** A tuning as values: degrees in cents that repeat with a period, and the chords that lie nearest to pure ones. */

export interface Tuning {
  name: string;
  period_cents: number;
  /** One for each note of a period, the first at 0. */
  degrees_cents: number[];
  /** Frequency of degree 0, Hz. */
  base_hz: number;
}

/** Chords as ratios above their lowest note. */
export const CHORDS: Record<string, readonly number[]> = {
  "4:5:6": [1, 5 / 4, 3 / 2],
  "10:12:15": [1, 6 / 5, 3 / 2],
  "4:5:6:7": [1, 5 / 4, 3 / 2, 7 / 4],
  "6:7:9": [1, 7 / 6, 3 / 2],
  "2:3:4": [1, 3 / 2, 2],
};

/** Cents of any degree above degree 0, over all periods. */
export function centsOf(tuning: Tuning, degree: number): number {
  const count = tuning.degrees_cents.length;
  const period = Math.floor(degree / count);
  return period * tuning.period_cents + (tuning.degrees_cents[degree - period * count] ?? 0);
}

export function frequencyOf(tuning: Tuning, degree: number): number {
  return tuning.base_hz * 2 ** (centsOf(tuning, degree) / 1200);
}

/** The degree that lies nearest to so many cents above degree 0; of two that are as near, the lower. */
export function nearestDegree(tuning: Tuning, cents: number): number {
  const count = tuning.degrees_cents.length;
  const period = Math.floor(cents / tuning.period_cents);
  let best = period * count;
  // A scale need not rise: every note of this period is looked at, and the first of the next.
  for (let degree = period * count; degree <= (period + 1) * count; degree += 1) {
    if (Math.abs(centsOf(tuning, degree) - cents) < Math.abs(centsOf(tuning, best) - cents)) best = degree;
  }
  return best;
}

export interface Chord {
  degrees: number[];
  /** How far each note lies above its pure ratio, cents. */
  errors_cents: number[];
}

/** The notes of a tuning that come nearest to a chord of pure ratios on degree 0. */
export function chordOf(tuning: Tuning, ratios: readonly number[]): Chord {
  const pure = ratios.map((ratio) => 1200 * Math.log2(ratio));
  const degrees = pure.map((cents) => nearestDegree(tuning, cents));
  return {
    degrees,
    errors_cents: degrees.map((degree, place) => centsOf(tuning, degree) - (pure[place] ?? 0)),
  };
}

export interface Tone {
  hz: number;
  at_s: number;
  seconds: number;
  /** The degree, to show which it is. */
  degree: number;
}

/** A scale from degree 0 up to the period, one tone after the other. */
export function scaleTones(tuning: Tuning, pace_s: number): Tone[] {
  return Array.from({ length: tuning.degrees_cents.length + 1 }, (_, degree) => ({
    hz: frequencyOf(tuning, degree),
    at_s: degree * pace_s,
    seconds: pace_s * 0.9,
    degree,
  }));
}

/** Degrees together. */
export function chordTones(tuning: Tuning, degrees: readonly number[], seconds: number): Tone[] {
  return degrees.map((degree) => ({ hz: frequencyOf(tuning, degree), at_s: 0, seconds, degree }));
}
