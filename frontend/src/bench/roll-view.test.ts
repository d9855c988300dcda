import { expect, test } from "vitest";
import { fromRows } from "./editing";
import { placeAt, scrollFor, viewOf } from "./roll-view";

const NOTES = fromRows([
  [0, 0, 1, 48, 80, 1, 0],
  [1, 9, 1, 72, 80, 1, 0],
]);

test("all notes fit with three semitones around them", () => {
  const view = viewOf(NOTES, { width: 500, height: 310 }, 10, 2);

  expect([view.low, view.high, view.wide, view.perSecond]).toEqual([45, 75, 1000, 100]);
  expect(view.tall).toBe(10);
});

test("a point of the picture is the note that is drawn there", () => {
  const view = viewOf(NOTES, { width: 500, height: 310 }, 10, 2);
  const middle = (view.high - 72 + 0.5) * view.tall;

  expect(placeAt(view, 950, middle)).toEqual({ second: 9.5, pitch: 72 });
});

test("a lane is scrolled only to what cannot be seen", () => {
  const view = viewOf(NOTES, { width: 500, height: 310 }, 10, 2);
  const [first, last] = NOTES;

  if (!first || !last) throw new Error("two notes");
  expect(scrollFor(view, last, { scrollLeft: 0, clientWidth: 500 })).toBeCloseTo(900 - 500 / 3);
  expect(scrollFor(view, last, { scrollLeft: 700, clientWidth: 500 })).toBeNull();
  expect(scrollFor(view, first, { scrollLeft: 500, clientWidth: 500 })).toBeLessThan(0);
});

test("ten thousand notes have a view", () => {
  const many = fromRows(Array.from({ length: 200_000 }, (_, place) => [place, 0, 1, 60, 80, 1, 0]));

  expect(viewOf(many, { width: 100, height: 100 }, 1, 1).low).toBe(57);
});
