import { expect, test } from "vitest";
import { current, EMPTY, parseQueue, queueOf, step, type Track } from "./queue";

const track = (id: string): Track => ({
  id,
  title: id,
  maker: "",
  audio: `/${id}.ogg`,
  page: "",
  cover: "",
  duration: 4,
});
const tracks = ["a", "b", "c"].map(track);

test("a queue stands at the row that was chosen", () => {
  expect(current(queueOf(tracks, "b"))?.id).toBe("b");
});

test("a row that is not on the page gives an empty queue", () => {
  expect(queueOf(tracks, "x")).toEqual(EMPTY);
});

test("steps stop at both ends", () => {
  const first = queueOf(tracks, "a");

  expect(step(first, -1)).toBeNull();
  expect(step(queueOf(tracks, "c"), 1)).toBeNull();
  expect(step(first, 1)?.index).toBe(1);
});

test("what was kept is read back, with its time", () => {
  const kept = JSON.stringify({ ...queueOf(tracks, "b"), time: 2.5 });

  expect(parseQueue(kept)).toEqual({ tracks, index: 1, time: 2.5 });
});

test.each([null, "", "{", "[]", '{"tracks":[{}],"index":0}', '{"tracks":[],"index":3}'])(
  "a broken note to ourselves is an empty queue: %s",
  (text) => {
    expect(current(parseQueue(text))).toBeNull();
  },
);
