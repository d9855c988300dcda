import { expect, test } from "vitest";
import { changed, type EditNote, withNew, without } from "./editing";
import { countOf, fromRoll, gridStep, noteEditsOf, snapped } from "./note-edits";

const before = fromRoll({
  seconds: 2,
  notes: [
    [0, 0.5, 60, 80, 0],
    [0.5, 0.5, 64, 80, 0],
    [1, 0.5, 67, 70, 1],
  ],
});

test("what stays is in no list", () => {
  expect(noteEditsOf(before, before)).toEqual({ changed: [], removed: [], added: [] });
});

test("moved, deleted and added notes are told apart", () => {
  const moved = changed(before, 1, { pitch: 65, velocity: 100 });
  const notes = withNew(without(moved, new Set([0])), 1.5, 72, 0.25, 1);

  const edits = noteEditsOf(before, notes);

  expect(edits).toEqual({
    changed: [[1, 0.5, 0.5, 65, 100]],
    removed: [0],
    added: [[1.5, 0.25, 72, 80, 1]],
  });
  expect(countOf(edits)).toBe(3);
});

test("a note that is moved and moved back was not moved", () => {
  const back = changed(changed(before, 1, { pitch: 65 }), 1, { pitch: 64 });

  expect(countOf(noteEditsOf(before, back))).toBe(0);
});

test("the grid draws what is moved, and free notes stay free", () => {
  const step = gridStep("sixteenth", 120);
  const note = before[1] as EditNote;

  expect(step).toBeCloseTo(0.125);
  expect(gridStep("none", 120)).toBe(0);
  expect(snapped({ onset: 0.55, pitch: 62 }, note, step)).toEqual({ onset: 0.5, pitch: 62 });
  expect(snapped({ duration: 0.2 }, note, step).duration).toBeCloseTo(0.25);
  expect(snapped({ onset: 0.55 }, note, 0)).toEqual({ onset: 0.55 });
});
