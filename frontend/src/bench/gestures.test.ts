import { expect, test } from "vitest";
import type { EditNote } from "./editing";
import { dragChange, type Key, keyChange, walkOf } from "./gestures";

const NOTE: EditNote = {
  id: 1,
  onset: 2,
  duration: 0.5,
  pitch: 60,
  velocity: 80,
  confidence: 0.9,
  part: 0,
  cents: 0,
};
const key = (name: string, held: Partial<Key> = {}): Key => ({
  key: name,
  shiftKey: false,
  altKey: false,
  ...held,
});

test("left and right walk unless a key is held that makes them move the note", () => {
  expect([walkOf(key("ArrowRight")), walkOf(key("ArrowLeft"))]).toEqual([1, -1]);
  expect(walkOf(key("ArrowRight", { shiftKey: true }))).toBeNull();
  expect(walkOf(key("ArrowUp"))).toBeNull();
});

test("under review keys change pitch, time, length and strength", () => {
  expect(keyChange(NOTE, key("ArrowUp"), "review")).toEqual({ pitch: 61 });
  expect(keyChange(NOTE, key("ArrowDown", { shiftKey: true }), "review")).toEqual({ pitch: 48 });
  expect(keyChange(NOTE, key("ArrowLeft", { shiftKey: true }), "review")).toEqual({ onset: 1.98 });
  expect(keyChange(NOTE, key("ArrowRight", { altKey: true }), "review")).toEqual({ duration: 0.52 });
  expect(keyChange(NOTE, key("-"), "review")).toEqual({ velocity: 76 });
  expect(keyChange(NOTE, key("x"), "review")).toBeNull();
});

test("of a take only the pitch follows, in cents", () => {
  expect(keyChange(NOTE, key("ArrowUp", { altKey: true }), "pitch")).toEqual({ cents: 10 });
  expect(keyChange(NOTE, key("ArrowDown"), "pitch")).toEqual({ cents: -100 });
  expect(keyChange(NOTE, key("+"), "pitch")).toBeNull();
  expect(keyChange(NOTE, key("ArrowRight", { shiftKey: true }), "pitch")).toBeNull();
});

test("dragging moves by whole semitones, the end by time alone, and of a take in tenths where asked", () => {
  const by = { seconds: 0.25, semitones: 1.4, isLength: false, isFine: false };

  expect(dragChange(NOTE, by, "review")).toEqual({ onset: 2.25, pitch: 61 });
  expect(dragChange(NOTE, { ...by, isLength: true }, "review")).toEqual({ duration: 0.75 });
  expect(dragChange(NOTE, by, "pitch")).toEqual({ cents: 100 });
  expect(dragChange(NOTE, { ...by, isFine: true }, "pitch")).toEqual({ cents: 140 });
});
