import { expect, test } from "vitest";
import { responsePoints, transferPoints } from "./chain-curves";

test("no gain is the middle, and what passes the span stays in the picture", () => {
  expect(responsePoints([0, 24, -60], 100, 40)).toBe("0.0,20.0 50.0,0.0 100.0,40.0");
});

test("a plugin that does nothing lies on the diagonal", () => {
  expect(transferPoints([-72, -36, 0], [-72, -36, 0], 100, 40)).toBe("0.0,40.0 50.0,20.0 100.0,0.0");
});
