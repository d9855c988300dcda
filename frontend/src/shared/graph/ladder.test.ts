import { expect, test } from "vitest";
import { ladder } from "./ladder";

const nodes = [
  { id: "paid", label: "Paid", layer: 0 },
  { id: "loop", label: "Loop", layer: 2, hue: 5 },
  { id: "fee", label: "Fee", layer: 1 },
  { id: "song", label: "Song", layer: 1 },
  { id: "nobody", label: "Nobody", layer: 3 },
];
const links = [
  { from: "paid", to: "fee", value: 100 },
  { from: "paid", to: "song", value: 900 },
  { from: "song", to: "loop", value: 200 },
  { from: "fee", to: "loop", value: 50 },
];

test("rungs go down layer by layer, the largest first, and whoever gets nothing is left out", () => {
  expect(ladder(nodes, links).map((rung) => rung.id)).toEqual(["paid", "song", "fee", "loop"]);
});

test("a rung says where its money comes from and how much of the whole it is", () => {
  const [paid, song, , loop] = ladder(nodes, links);

  expect(paid).toMatchObject({ value: 1000, share: 1, from: [] });
  expect(song).toMatchObject({ share: 0.9, from: ["Paid"], hue: 2 });
  expect(loop).toMatchObject({ value: 250, from: ["Song", "Fee"], hue: 5 });
});

test("nothing gives no rungs", () => {
  expect(ladder([], [])).toEqual([]);
});
