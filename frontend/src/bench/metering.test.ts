import { expect, test } from "vitest";
import {
  decibels,
  FLOOR_DB,
  kWeighting,
  levelOf,
  type Section,
  ShortTerm,
  spectrumPoints,
  wayOf,
} from "./metering";

/** Gain of a section at a frequency, dB. */
function gain_db({ feedforward, feedback }: Section, hz: number, rate_hz: number): number {
  const w = (2 * Math.PI * hz) / rate_hz;
  const size = (c: readonly number[]): number => {
    const re = c.reduce((sum, value, n) => sum + value * Math.cos(n * w), 0);
    const im = c.reduce((sum, value, n) => sum - value * Math.sin(n * w), 0);
    return Math.hypot(re, im);
  };
  return 20 * Math.log10(size(feedforward) / size(feedback));
}

function weighted_db(hz: number, rate_hz: number): number {
  return kWeighting(rate_hz).reduce((sum, section) => sum + gain_db(section, hz, rate_hz), 0);
}

test("at 48 kHz the weighting has the coefficients that the standard prints", () => {
  const [shelf, pass] = kWeighting(48_000);

  expect(shelf.feedforward[0]).toBeCloseTo(1.53512485958697, 10);
  expect(shelf.feedback[1]).toBeCloseTo(-1.69065929318241, 10);
  expect(pass.feedback[2]).toBeCloseTo(0.99007225036621, 10);
});

test("997 Hz is weighted by the 0.691 dB that the loudness takes off again, at every rate", () => {
  for (const rate of [44_100, 48_000, 96_000]) expect(weighted_db(997, rate)).toBeCloseTo(0.691, 1);
  expect(weighted_db(10, 48_000)).toBeLessThan(-20);
});

test("a full-scale tone in one channel is -3 LUFS, and in both 0", () => {
  const gain = 10 ** (weighted_db(997, 48_000) / 10);
  const [one, both] = [new ShortTerm(), new ShortTerm()];

  one.push(0.5 * gain, 1);
  both.push(2 * 0.5 * gain, 1);

  expect(one.lufs).toBeCloseTo(-3.01, 1);
  expect(both.lufs).toBeCloseTo(0, 1);
});

test("what is older than three seconds is forgotten, and silence has no loudness", () => {
  const meter = new ShortTerm();
  expect(meter.lufs).toBeNull();

  for (let tick = 0; tick < 60; tick += 1) meter.push(0.1, 0.05);
  const loud = meter.lufs;
  for (let tick = 0; tick < 61; tick += 1) meter.push(0.001, 0.05);

  expect(loud).toBeCloseTo(-10.69, 1);
  expect(meter.lufs).toBeCloseTo(-30.69, 0);
  for (let tick = 0; tick < 61; tick += 1) meter.push(0, 0.05);
  expect(meter.lufs).toBeNull();
});

test("levels are of the newest samples, on a way from the floor to full scale", () => {
  const samples = Float32Array.from([1, 1, 0.5, -0.5]);

  expect(levelOf(samples, 2)).toEqual({ square: 0.25, peak: 0.5 });
  expect(decibels(0.5)).toBeCloseTo(-6.02, 2);
  expect(decibels(0)).toBe(FLOOR_DB);
  expect([wayOf(0), wayOf(FLOOR_DB), wayOf(6), wayOf(FLOOR_DB / 2)]).toEqual([1, 0, 1, 0.5]);
});

test("a tone stands at its octave's place in the spectrum", () => {
  const bins = new Float32Array(1024).fill(-120);
  bins[Math.round(1000 / (24_000 / 1024))] = 0;

  const tops = spectrumPoints(bins, 48_000, { wide: 480, tall: 100 })
    .split(" ")
    .map((point) => point.split(",").map(Number) as [number, number]);
  const [x] = tops.find(([, y]) => y === 0) ?? [-1];

  expect(x / 480).toBeCloseTo(Math.log(1000 / 40) / Math.log(20_000 / 40), 1);
  expect(tops.filter(([, y]) => y < 100)).toHaveLength(1);
});
