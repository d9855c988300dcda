import { expect, test } from "vitest";
import { type FlowBand, fullest, sankey } from "./sankey";

const nodes = [
  { id: "sale", label: "Sale", layer: 0 },
  { id: "fee", label: "Fee", layer: 1 },
  { id: "maker", label: "Maker", layer: 1 },
];
const links = [
  { from: "sale", to: "fee", value: 100 },
  { from: "sale", to: "maker", value: 900 },
];

/** A deep graph: the commission leaps to the end, a parent is reached over two ways. */
const deep = {
  nodes: [
    { id: "paid", label: "Paid", layer: 0 },
    { id: "song", label: "Song", layer: 1 },
    { id: "loop", label: "Loop", layer: 2 },
    { id: "tune", label: "Tune", layer: 3 },
    { id: "ann", label: "Ann", layer: 4 },
    { id: "house", label: "House", layer: 4 },
  ],
  links: [
    { from: "paid", to: "house", value: 150 },
    { from: "paid", to: "song", value: 850 },
    { from: "song", to: "loop", value: 200 },
    { from: "song", to: "tune", value: 100 },
    { from: "song", to: "ann", value: 550 },
    { from: "loop", to: "tune", value: 200 },
    { from: "tune", to: "ann", value: 300 },
  ],
};

const at = (band: FlowBand | undefined, layer: number): number =>
  band?.stops.find((stop) => stop.layer === layer)?.y ?? Number.NaN;

test("heights are in proportion to values and fit the picture", () => {
  const { boxes } = sankey(nodes, links, 244);
  const [, fee, maker] = boxes;

  expect((maker?.height ?? 0) / (fee?.height ?? 1)).toBeCloseTo(9);
  for (const box of boxes) expect(box.y + box.height).toBeLessThanOrEqual(244.001);
});

test("what leaves a box is as high as the box, without gaps", () => {
  const { boxes, bands } = sankey(nodes, links, 244);
  const [sale] = boxes;
  const [first, second] = bands;

  expect(at(first, 0)).toBe(sale?.y);
  expect(at(second, 0)).toBeCloseTo(at(first, 0) + (first?.height ?? 0));
  expect((first?.height ?? 0) + (second?.height ?? 0)).toBeCloseTo(sale?.height ?? 0);
});

test("a band that leaps over columns has a place of its own in each of them", () => {
  const { bands } = sankey(deep.nodes, deep.links, 500);

  expect(bands.map((band) => band.stops.map((stop) => stop.layer))).toEqual([
    [0, 1, 2, 3, 4],
    [0, 1],
    [1, 2],
    [1, 2, 3],
    [1, 2, 3, 4],
    [2, 3],
    [3, 4],
  ]);
  expect(fullest(deep.nodes, deep.links)).toBe(4);
});

test("above every box there is room for a label that lies on no band", () => {
  const gap = 44;
  const { boxes, bands } = sankey(deep.nodes, deep.links, 500, gap);

  for (const box of boxes.filter((one) => one.layer < 4)) {
    const [top, bottom] = [box.y - gap + 1, box.y - 1];
    const level = bands.filter((band) => band.stops.slice(0, -1).some((stop) => stop.layer === box.layer));
    for (const band of level) {
      const y = at(band, box.layer);
      expect(y + band.height <= top || y >= bottom).toBe(true);
    }
  }
});
