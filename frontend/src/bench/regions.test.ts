import { expect, test } from "vitest";
import { between, keyStep, rounded, withEdge } from "./regions";

test("a stretch runs from the earlier to the later point, within the recording", () => {
  expect(between(4, 1, 10)).toEqual({ start: 1, end: 4 });
  expect(between(-3, 20, 10)).toEqual({ start: 0, end: 10 });
});

test("a click is the shortest stretch, even at the end", () => {
  const { start, end } = between(10, 10, 10);

  expect(end - start).toBeCloseTo(0.05);
  expect(end).toBe(10);
});

test("a stretch longer than one may be keeps the end that is held", () => {
  expect(between(0, 30, 60, 20)).toEqual({ start: 10, end: 30 });
  expect(between(30, 0, 60, 20)).toEqual({ start: 0, end: 20 });
});

test("an edge pushes the other along where the stretch would grow too long, and never crosses it", () => {
  expect(withEdge({ start: 0, end: 20 }, "end", 25, 60, 20)).toEqual({ start: 5, end: 25 });
  expect(withEdge({ start: 5, end: 6 }, "start", 9, 60, 20).end).toBeCloseTo(9.05);
  expect(withEdge({ start: 5, end: 6 }, "end", 99, 60, 100)).toEqual({ start: 5, end: 60 });
});

test("arrows move by a tenth, with shift by a second, other keys not at all", () => {
  expect([keyStep("ArrowRight", false), keyStep("ArrowLeft", true), keyStep("a", false)]).toEqual([
    0.1,
    -1,
    null,
  ]);
  expect(rounded(1.23456)).toBe(1.23);
});
