import { expect, test } from "vitest";
import { twoLines } from "./label";

test("a short name stays on one line", () => {
  expect(twoLines("Mira Sandoval", 19)).toEqual(["Mira Sandoval"]);
});

test("a longer name breaks at a space and is whole", () => {
  expect(twoLines("Ledgerline’s commission", 19)).toEqual(["Ledgerline’s", "commission"]);
  expect(twoLines("Meridian Row Records", 19)).toEqual(["Meridian Row", "Records"]);
});

test("only what does not fit on two lines is cut", () => {
  expect(twoLines("The very long name of a song that nobody remembers", 19)).toEqual([
    "The very long name",
    "of a song that nob…",
  ]);
  expect(twoLines("Donaudampfschifffahrt", 10)).toEqual(["Donaudamp…"]);
});
