// @vitest-environment happy-dom
import { beforeEach, expect, test } from "vitest";
import { isWaiting, type Job, madeAt, pause, UNKNOWN, withMessage, wordsOf } from "./job";

const job = (changes: Partial<Job>): Job => ({ ...UNKNOWN, ...changes });

beforeEach(() => {
  document.documentElement.lang = "en";
});

test("a hint moves progress on and never back", () => {
  const half = withMessage(UNKNOWN, { hint: true, fraction: 0.5, words: "Reading" });

  expect(half).toMatchObject({ fraction: 0.5, words: "Reading", state: "requested" });
  expect(withMessage(half, { hint: true, fraction: 0.2, words: "" })).toMatchObject({
    fraction: 0.5,
    words: "Reading",
  });
});

test("a late hint cannot revive a job that has ended", () => {
  const done = job({ state: "finished", fraction: 1 });

  expect(withMessage(done, { hint: true, fraction: 0.4, words: "Reading" })).toBe(done);
});

test("the truth on the socket replaces what we believed", () => {
  expect(withMessage(job({ fraction: 0.9 }), { state: "cancelled", fraction: 0 }).state).toBe("cancelled");
});

test.each([
  [job({ queue_place: 0, fraction: 0 }), "Next in the queue"],
  [job({ queue_place: 3, fraction: 0 }), "Number 4 in the queue"],
  [job({ queue_place: 3, fraction: 0.4, words: "Drawing" }), "Drawing"],
  [job({ state: "failed", error: { code: "empty", message: "This file is empty." } }), "This file is empty."],
  [job({ state: "cancelled" }), "Cancelled"],
])("a job says how it is: %#", (state, words) => {
  expect(wordsOf(state)).toBe(words);
});

test("waiting is neither begun nor ended", () => {
  expect(isWaiting(job({ fraction: 0 }))).toBe(true);
  expect(isWaiting(job({ fraction: 0.1 }))).toBe(false);
  expect(isWaiting(job({ state: "finished" }))).toBe(false);
});

test("the address of what was made is filled from the result, or absent", () => {
  const done = job({ state: "finished", result: { element_id: "e1" } });

  expect(madeAt(done, "/elements/{element_id}/")).toBe("/elements/e1/");
  expect(madeAt(done, "/packs/{pack_id}/")).toBeNull();
  expect(madeAt(job({}), "/elements/{element_id}/")).toBeNull();
});

test("questions become rarer, and rare while the socket is open", () => {
  expect(pause(0, false)).toBe(1);
  expect(pause(100, false)).toBe(10);
  expect(pause(0, true)).toBe(10);
});
