import { expect, test } from "vitest";
import { layout } from "./layers";

const nodes = (ids: string): { id: string; label: string }[] => [...ids].map((id) => ({ id, label: id }));
const edges = (...pairs: string[]): { from: string; to: string }[] =>
  pairs.map(([from = "", to = ""]) => ({ from, to }));

test("every child stands to the right of all its parents", () => {
  const strokes = edges("ab", "bc", "ac", "dc");
  const plan = layout(nodes("abcd"), strokes);
  const layer = Object.fromEntries(plan.nodes.map((node) => [node.id, node.layer]));

  for (const { from, to } of strokes) expect(layer[from]).toBeLessThan(layer[to] as number);
});

test("an edge that leaps over a layer is given a place of its own there", () => {
  const plan = layout(nodes("abc"), edges("ab", "bc", "ac"));
  const leap = plan.edges.find((edge) => edge.from === "a" && edge.to === "c");
  const middle = plan.nodes.find((node) => node.id === "b");

  expect(leap?.via).toHaveLength(1);
  expect(leap?.via[0]?.row).not.toBe(middle?.row);
  expect(plan.sizes).toEqual([1, 2, 1]);
});

test("no two boxes share a place", () => {
  const plan = layout(nodes("abcdef"), edges("ad", "bd", "cd", "ae", "bf"));
  const places = plan.nodes.map((node) => `${node.layer}/${node.row}`);

  expect(new Set(places).size).toBe(plan.nodes.length);
});

test("a loop is cut and does not hang", () => {
  expect(layout(nodes("ab"), edges("ab", "ba")).nodes).toHaveLength(2);
});

test("edges to unknown nodes and to oneself are left out", () => {
  expect(layout(nodes("ab"), edges("ax", "aa", "ab")).edges).toHaveLength(1);
});

test("nothing makes nothing", () => {
  expect(layout([], [])).toMatchObject({ layers: 0, rows: 0 });
});
