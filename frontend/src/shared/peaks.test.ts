import { expect, test } from "vitest";
import { fitPeaks, parsePeaks } from "./peaks";

test("base64 is one byte a column, symmetric about the middle", () => {
  expect(parsePeaks(btoa("\u00ff\u0000"))).toEqual([
    [-1, 1],
    [-0, 0],
  ]);
});

test("lists of pairs, of heights, and objects that hold them all mean the same", () => {
  const pairs = [[-0.5, 0.5]];

  expect(parsePeaks(pairs)).toEqual(pairs);
  expect(parsePeaks([0.5])).toEqual(pairs);
  expect(parsePeaks({ peaks: [0.5] })).toEqual(pairs);
  expect(parsePeaks("[0.5]")).toEqual(pairs);
  expect(parsePeaks(null)).toEqual([]);
});

test("fitting keeps the extremes and lets the loudest touch the edge", () => {
  const fitted = fitPeaks(
    [
      [-0.1, 0.1],
      [-0.2, 0.5],
      [0, 0.25],
      [0, 0],
    ],
    2,
  );

  expect(fitted).toEqual([
    [-0.4, 1],
    [0, 0.5],
  ]);
});

test("more columns than peaks repeat them; silence stays silent", () => {
  expect(fitPeaks([[-1, 1]], 3)).toHaveLength(3);
  expect(fitPeaks([[0, 0]], 2)).toEqual([
    [0, 0],
    [0, 0],
  ]);
  expect(fitPeaks([], 5)).toEqual([]);
});
