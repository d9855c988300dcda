// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { cellsOf, curveOf, inkOf, ticksOf } from "./spectra";

test("cells are bytes", () => {
  expect([...cellsOf({ cells: btoa(String.fromCharCode(0, 128, 255)) } as never)]).toEqual([0, 128, 255]);
});

test("the floor is paper and full scale is ink", () => {
  expect([inkOf(0), inkOf(32), inkOf(255)]).toEqual([0, 0, 1]);
});

test("the axis names octaves at their height", () => {
  const ticks = ticksOf(40, 20000);

  expect(ticks.map((tick) => tick.words)).toEqual([
    "50",
    "100",
    "200",
    "500",
    "1k",
    "2k",
    "5k",
    "10k",
    "20k",
  ]);
  expect(ticks.at(-1)?.at).toBeCloseTo(1);
});

test("a mean spectrum runs from left to right, louder is higher", () => {
  expect(curveOf([-96, 0, -48], 100, 96)).toBe("0.0,96.0 50.0,0.0 100.0,48.0");
});
