import { expect, test } from "vitest";
import {
  changed,
  editsOf,
  fromRows,
  History,
  nameOf,
  noteAt,
  type Row,
  stepFrom,
  toRows,
  withNew,
  without,
} from "./editing";

const ROWS: Row[] = [
  [0, 0, 0.5, 60, 80, 0.9, 0],
  [1, 0.5, 0.5, 64, 80, 0.4, 0],
  [2, 0.5, 0.2, 67, 80, 0.7, 0],
];
const notes = fromRows(ROWS);

test("rows become notes and come back", () => {
  expect(toRows(notes)).toEqual(ROWS);
});

test("a note moves within what MIDI holds", () => {
  expect(changed(notes, 0, { pitch: 130, onset: -1 })[0]).toMatchObject({ pitch: 127, onset: 0 });
  expect(changed(notes, 1, { duration: 0, velocity: 0 })[1]).toMatchObject({ duration: 0.02, velocity: 1 });
  expect(notes[0]?.pitch).toBe(60);
});

test("arrows walk by onset, then pitch, and rest at the ends", () => {
  expect(stepFrom(notes, null, 1)?.id).toBe(0);
  expect(stepFrom(notes, 1, 1)?.id).toBe(2);
  expect(stepFrom(notes, 2, 1)?.id).toBe(2);
  expect(stepFrom(notes, 0, -1)?.id).toBe(0);
  expect(stepFrom([], null, 1)).toBeNull();
});

test("a place finds the note under it", () => {
  expect(noteAt(notes, 0.25, 60)?.id).toBe(0);
  expect(noteAt(notes, 0.6, 66.7)?.id).toBe(2);
  expect(noteAt(notes, 0.25, 62)).toBeNull();
});

test("a new note has an id of its own, and notes go by theirs", () => {
  expect(withNew(notes, 1, 72).at(-1)).toMatchObject({ id: 3, pitch: 72, confidence: 1 });
  expect(without(notes, new Set([1])).map((note) => note.id)).toEqual([0, 2]);
});

test("only moved notes are edits, cut where the next one begins", () => {
  const line = fromRows([
    [0, 0, 0.6, 60, 80, 1, 0],
    [1, 0.5, 0.5, 64, 80, 1, 0],
  ]);

  expect(editsOf(changed(line, 0, { cents: -150 }))).toEqual([[0, 0.5, -150, 0, 1]]);
  expect(editsOf(line)).toEqual([]);
});

test("a pitch has a name, and cents where it lies beside it", () => {
  expect([nameOf(60), nameOf(63), nameOf(60, 130), nameOf(60, -20)]).toEqual([
    "C4",
    "E♭4",
    "C♯4 +30 ct",
    "C4 −20 ct",
  ]);
});

test("what was undone can be done again, until something new is done", () => {
  const history = new History(1);
  history.push(2);
  history.push(3);

  expect([history.undo(), history.now, history.redo(), history.now]).toEqual([true, 2, true, 3]);
  history.undo();
  history.push(4);
  expect([history.redo(), history.now, history.undo(), history.now]).toEqual([false, 4, true, 2]);
});
