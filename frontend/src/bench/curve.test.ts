import { expect, test } from "vitest";
import { placeOf, valueAt } from "./curve";

const strength = { least: 0, most: 2, step: 0.05, curve: "linear" };
const frequency = { least: 20, most: 20000, step: 1, curve: "log" };

test("an even slider stands in the middle at the middle value, on its steps", () => {
  expect(placeOf(1, strength)).toBe(500);
  expect(valueAt(503, strength)).toBe(1);
  expect(valueAt(1000, strength)).toBe(2);
});

test("frequencies are spread evenly in octaves", () => {
  expect(placeOf(632.456, frequency)).toBe(500);
  expect(valueAt(0, frequency)).toBe(20);
  expect(valueAt(1000, frequency)).toBe(20000);
});

test("a value comes back from its place to within a step of the way", () => {
  for (const value of [20, 100, 1000, 9000]) {
    expect(Math.abs(valueAt(placeOf(value, frequency), frequency) / value - 1)).toBeLessThan(0.03);
  }
});
