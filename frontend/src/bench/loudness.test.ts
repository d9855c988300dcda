import { expect, test } from "vitest";
import { equalGains } from "./loudness";

test("the louder sound comes down to the other, whichever it is", () => {
  expect(equalGains(-20, -14)).toEqual({ before: 1, after: 10 ** (-6 / 20) });
  expect(equalGains(-14, -20)).toEqual({ before: 10 ** (-6 / 20), after: 1 });
});

test("silence has no loudness to be equal to", () => {
  expect(equalGains(null, -20)).toEqual({ before: 1, after: 1 });
});

test("nothing is turned down by more than 40 dB", () => {
  expect(equalGains(-90, -10).after).toBeCloseTo(0.01);
});
