import { expect, test } from "vitest";
import { parseChord, parseChords } from "./chords";

test.each([
  ["C", 0, false, 0],
  ["G7", 7, false, 1],
  ["F#m7", 6, true, 3],
  ["Bb", 10, false, 10],
  ["B♭maj7", 10, false, 10],
  ["Cmaj7", 0, false, 0],
  ["Am", 9, true, 0],
  ["Bdim", 11, true, 2],
])("%s has its root and its place on the circle", (symbol, root, minor, fifth) => {
  expect(parseChord(symbol)).toMatchObject({ root, minor, fifth });
});

test("what is no chord is left out", () => {
  expect(parseChord("N.C.")).toBeNull();
  expect(parseChords("C | Am, F  ? G").map((chord) => chord.symbol)).toEqual(["C", "Am", "F", "G"]);
});
