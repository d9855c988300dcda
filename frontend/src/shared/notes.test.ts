import { expect, test } from "vitest";
import { endOf, parseNotes, pitchRange } from "./notes";

test("short and long notes mean the same, and MIDI velocities are scaled", () => {
  const note = { onset: 0, duration: 1, pitch: 60, velocity: 1, part: 2 };

  expect(parseNotes([[0, 1, 60, 127, 2]])).toEqual([note]);
  expect(parseNotes({ notes: [note] })).toEqual([note]);
  expect(parseNotes(undefined)).toEqual([]);
});

test("the range is never less than an octave and holds every note", () => {
  const [low, high] = pitchRange(parseNotes([[0, 1, 60]]));

  expect(high - low).toBeGreaterThanOrEqual(12);
  expect(low).toBeLessThanOrEqual(60);
  expect(high).toBeGreaterThanOrEqual(60);
});

test("the end is where the last note stops", () => {
  expect(
    endOf(
      parseNotes([
        [0, 5, 60],
        [1, 1, 62],
      ]),
    ),
  ).toBe(5);
});
