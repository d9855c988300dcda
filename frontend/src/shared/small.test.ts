// @vitest-environment happy-dom
import { beforeEach, expect, test } from "vitest";
import { clock, isTyping } from "./dom";
import { match } from "./ll-palette";
import { chordWave } from "./ll-tuner";
import { minorDigits, writeMoney } from "./money";
import { t } from "./words";

beforeEach(() => {
  document.documentElement.lang = "en";
});

test("a clock reads minutes and seconds, and is not upset by what is no number", () => {
  expect([clock(0), clock(83.9), clock(Number.NaN), clock(-1)]).toEqual(["0:00", "1:23", "0:00", "0:00"]);
});

test("keys belong to fields, sliders and open dialogs", () => {
  document.body.innerHTML = '<input><dialog><p></p></dialog><div role="slider"></div><p id="p"></p>';

  expect(isTyping(document.querySelector("input"))).toBe(true);
  expect(isTyping(document.querySelector("dialog p"))).toBe(true);
  expect(isTyping(document.querySelector("[role=slider]"))).toBe(true);
  expect(isTyping(document.querySelector("#p"))).toBe(false);
});

test("the palette finds by any words, beginnings first", () => {
  const entries = ["My elements", "Earnings", "Elements on sale"].map((label) => ({ label, address: "/" }));

  expect(match(entries, "ele").map((entry) => entry.label)).toEqual(["Elements on sale", "My elements"]);
  expect(match(entries, "sale ele")).toHaveLength(1);
  expect(match(entries, "")).toHaveLength(3);
});

test("money has a true minus and the currency's own digits", () => {
  expect(writeMoney(-123456, "EUR")).toBe("−1,234.56 EUR");
  expect(writeMoney(1234, "JPY")).toBe("1,234 JPY");
  expect(minorDigits("KWD")).toBe(3);
  expect(minorDigits("not a currency")).toBe(2);
});

test("a chord's wave is the mean of its sines and stays within bounds", () => {
  const wave = chordWave([1, 2], 1, 8);

  expect(wave[0]).toBe(0);
  expect(wave[1]).toBeCloseTo((Math.sin(Math.PI / 4) + 1) / 2);
  expect(Math.max(...wave.map(Math.abs))).toBeLessThanOrEqual(1);
});

test("words are in the page's language, with their values", () => {
  expect(t("play", { title: "Night ferry" })).toBe("Play Night ferry");

  document.documentElement.lang = "zh-hant";

  expect(t("play", { title: "夜渡" })).toBe("播放 夜渡");
});
