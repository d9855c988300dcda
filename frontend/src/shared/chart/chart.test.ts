// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { readTable } from "./ll-chart";
import { labelStep, ticks } from "./scale";

test.each([
  [0, 418],
  [-245, 41_873],
  [0, 7],
  [0, 0.3],
])("ticks from %d to %d hold both ends and zero, at even steps", (low, high) => {
  const marks = ticks(low, high);
  const steps = marks.slice(1).map((mark, index) => mark - (marks[index] ?? 0));

  expect(marks[0]).toBeLessThanOrEqual(low);
  expect(marks.at(-1)).toBeGreaterThanOrEqual(high);
  expect(marks.some((mark) => Math.abs(mark) < 1e-9)).toBe(true);
  expect(Math.max(...steps) - Math.min(...steps)).toBeLessThan(1e-6);
  expect(marks.length).toBeLessThan(10);
});

test("nothing earned is one tick", () => {
  expect(ticks(0, 0)).toEqual([0]);
});

test("labels thin out where there is no room", () => {
  expect(labelStep(12, 1000)).toBe(1);
  expect(labelStep(12, 336)).toBe(2);
});

test("a chart reads its table", () => {
  document.body.innerHTML =
    "<table><thead><tr><th>Month</th><th>Royalties</th></tr></thead><tbody>" +
    '<tr><th data-short="Apr">April 2026</th><td data-value="1204">12.04 EUR</td></tr></tbody></table>';

  expect(readTable(document.querySelector("table") as HTMLTableElement)).toEqual({
    labels: ["Apr"],
    series: [{ name: "Royalties", values: [1204] }],
  });
});
