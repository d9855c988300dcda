import { expect, test } from "vitest";
import { bars, clefOf, onStaff, spell, writtenValue } from "./staff";

test("middle C lies one ledger line below the treble staff, and above the bass staff", () => {
  expect(onStaff(60, 0, "treble")).toEqual({ step: -2, accidental: null });
  expect(onStaff(60, 0, "bass")).toEqual({ step: 10, accidental: null });
});

test.each([
  [66, 0, 1, "F sharp in C major needs its sign"],
  [66, 1, null, "F sharp in G major stands in the signature"],
  [65, 1, 0, "F in G major needs a natural"],
  [61, -1, 1, "C sharp leads to D minor"],
  [70, -1, null, "B flat in F major stands in the signature"],
  [63, -3, null, "E flat in C minor stands in the signature"],
])("pitch %i with %i fifths shows %s: %s", (pitch, fifths, accidental, _words) => {
  expect(onStaff(pitch, fifths, "treble").accidental).toBe(accidental);
});

test("every spelling sounds the pitch that it names", () => {
  const natural = [0, 2, 4, 5, 7, 9, 11];
  for (let fifths = -7; fifths <= 7; fifths += 1) {
    for (let pitch = 48; pitch < 84; pitch += 1) {
      const { letter, alteration } = spell(pitch, fifths);
      expect(((natural[letter] ?? 0) + alteration - pitch) % 12 === 0).toBe(true);
      expect(Math.abs(alteration)).toBeLessThanOrEqual(2);
    }
  }
});

test.each([
  [4, { base: 4, dots: 0 }],
  [1.5, { base: 1, dots: 1 }],
  [0.5, { base: 0.5, dots: 0 }],
  [0.01, { base: 0.25, dots: 0 }],
  [100, { base: 4, dots: 1 }],
])("a length of %d quarters is written as %o", (length, value) => {
  expect(writtenValue(length)).toEqual(value);
});

test("notes fall into their bars, and empty bars stay", () => {
  const notes = [0, 3.5, 8].map((onset) => ({ onset, duration: 1, pitch: 60 }));

  expect(bars(notes, 4).map((bar) => bar.length)).toEqual([2, 0, 1]);
});

test("low voices are written in the bass clef", () => {
  expect(clefOf([40, 45])).toBe("bass");
  expect(clefOf([60, 72])).toBe("treble");
});
