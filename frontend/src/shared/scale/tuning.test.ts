import { expect, test } from "vitest";
import {
  CHORDS,
  centsOf,
  chordOf,
  chordTones,
  frequencyOf,
  nearestDegree,
  scaleTones,
  type Tuning,
} from "./tuning";

const equal = (steps: number): Tuning => ({
  name: `${steps} equal steps`,
  period_cents: 1200,
  degrees_cents: Array.from({ length: steps }, (_, step) => (1200 * step) / steps),
  base_hz: 261.6255653,
});
const BOHLEN_PIERCE: Tuning = {
  name: "Bohlen-Pierce",
  period_cents: 1901.955,
  degrees_cents: Array.from({ length: 13 }, (_, step) => (1901.955 * step) / 13),
  base_hz: 200,
};

test("degrees go on above and below the period", () => {
  expect(centsOf(equal(12), 14)).toBe(1400);
  expect(centsOf(equal(12), -1)).toBe(-100);
  expect(frequencyOf(equal(12), 9)).toBeCloseTo(440, 5);
  expect(frequencyOf(BOHLEN_PIERCE, 13)).toBeCloseTo(600, 3);
});

test("the major third of 31 steps is nearly pure, that of 12 is 14 cents wide", () => {
  const major = CHORDS["4:5:6"] ?? [];

  expect(chordOf(equal(12), major).degrees).toEqual([0, 4, 7]);
  expect(chordOf(equal(12), major).errors_cents[1]).toBeCloseTo(13.69, 2);
  expect(chordOf(equal(19), major).degrees).toEqual([0, 6, 11]);
  expect(chordOf(equal(31), major).degrees).toEqual([0, 10, 18]);
  expect(chordOf(equal(31), major).errors_cents[1]).toBeCloseTo(0.78, 2);
});

test("the nearest note is found across the period, and in a scale that does not rise", () => {
  expect(nearestDegree(equal(5), 1150)).toBe(5);
  expect(nearestDegree(equal(12), -130)).toBe(-1);
  expect(nearestDegree({ ...equal(1), degrees_cents: [0, 700, 300] }, 310)).toBe(2);
});

test("a scale is played from its first note to its period, a chord all at once", () => {
  const tones = scaleTones(equal(5), 0.5);

  expect(tones.map((tone) => tone.at_s)).toEqual([0, 0.5, 1, 1.5, 2, 2.5]);
  expect((tones.at(-1)?.hz ?? 0) / (tones[0]?.hz ?? 1)).toBeCloseTo(2, 9);
  expect(chordTones(equal(19), [0, 6, 11], 2).map((tone) => [tone.at_s, tone.degree])).toEqual([
    [0, 0],
    [0, 6],
    [0, 11],
  ]);
});
