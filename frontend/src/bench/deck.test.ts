import { expect, test } from "vitest";
import { factorOf, keptOf, placeAt } from "./deck";

test("a gain of minus six decibels halves", () => {
  expect(factorOf(-6.0206)).toBeCloseTo(0.5, 4);
  expect(factorOf(Number.NaN)).toBe(1);
});

test("the place goes on from where it was, and begins anew at the end", () => {
  expect(placeAt(12, 10, 3, 60)).toBe(5);
  expect(placeAt(12, 10, 59, 60)).toBe(1);
  expect(placeAt(9.9, 10, 4, 60)).toBe(4);
  expect(placeAt(1, 0, 0, 0)).toBe(0);
});

test("only the newest sounds stay decoded, and what is asked for is one of them", () => {
  expect(keptOf(["a", "b", "c"], "d", 3)).toEqual(["d", "a", "b"]);
  expect(keptOf(["a", "b", "c"], "c", 3)).toEqual(["c", "a", "b"]);
});
