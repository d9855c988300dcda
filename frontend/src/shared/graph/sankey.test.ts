import { expect, test } from "vitest";
import { sankey } from "./sankey";

const nodes = [
  { id: "sale", label: "Sale", layer: 0 },
  { id: "fee", label: "Fee", layer: 1 },
  { id: "maker", label: "Maker", layer: 1 },
];
const links = [
  { from: "sale", to: "fee", value: 100 },
  { from: "sale", to: "maker", value: 900 },
];

test("heights are in proportion to values and fit the picture", () => {
  const { boxes } = sankey(nodes, links, 226);
  const [, fee, maker] = boxes;

  expect((maker?.height ?? 0) / (fee?.height ?? 1)).toBeCloseTo(9);
  for (const box of boxes) expect(box.y + box.height).toBeLessThanOrEqual(226.001);
});

test("what leaves a box is as high as the box, without gaps", () => {
  const { boxes, bands } = sankey(nodes, links, 226);
  const [sale] = boxes;
  const [first, second] = bands;

  expect(first?.y1).toBe(sale?.y);
  expect(second?.y1).toBeCloseTo((first?.y1 ?? 0) + (first?.height ?? 0));
  expect((first?.height ?? 0) + (second?.height ?? 0)).toBeCloseTo(sale?.height ?? 0);
});
