import { expect, test } from "vitest";
import { controlsOf, kindsOf, moved, newPlugin, type Schema, stepOf } from "./schema";

const schema: Schema = {
  $defs: {
    eq: {
      title: "Equaliser",
      properties: { type: { const: "eq" }, bands: { type: "array", items: { $ref: "#/$defs/band" } } },
    },
    band: {
      properties: {
        shape: { enum: ["peak", "notch"] },
        frequency_hz: { type: "number", minimum: 10, maximum: 22000, default: 1000 },
      },
    },
    gain: {
      title: "Gain",
      properties: {
        type: { const: "gain" },
        bypass: { type: "boolean" },
        gain_db: { type: "number", minimum: -60, maximum: 30, default: 0 },
      },
    },
  },
};

test("plugins are what has a type; rows are none", () => {
  expect(kindsOf(schema)).toEqual([
    ["eq", "Equaliser"],
    ["gain", "Gain"],
  ]);
});

test("a new plugin stands at the schema's defaults, with one row where it has rows", () => {
  expect(newPlugin(schema, "gain")).toEqual({ type: "gain", gain_db: 0 });
  expect(newPlugin(schema, "eq")).toEqual({ type: "eq", bands: [{ shape: "peak", frequency_hz: 1000 }] });
});

test("type and bypass are no knobs", () => {
  expect(controlsOf(schema.$defs.gain as never).map(([name]) => name)).toEqual(["gain_db"]);
});

test("an entry moves by one place and rests at the ends", () => {
  expect(moved([1, 2, 3], 0, 1)).toEqual([2, 1, 3]);
  expect(moved([1, 2, 3], 2, 1)).toEqual([1, 2, 3]);
});

test("a slider is as fine as its range asks for", () => {
  expect(stepOf({ type: "number", minimum: 10, maximum: 22000 })).toBe(1);
  expect(stepOf({ type: "number", minimum: 0, maximum: 1 })).toBe(0.01);
});
