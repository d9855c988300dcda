/** Where a sum goes: nodes in columns, bands as high as their value. Pure. */

import { groupBy } from "../group";

export interface FlowNode {
  id: string;
  label: string;
  /** Column from the left, 0 = the sale. */
  layer: number;
  hue?: number;
}

export interface FlowLink {
  from: string;
  to: string;
  value: number;
}

export interface FlowBox extends FlowNode {
  value: number;
  y: number;
  height: number;
}

export interface FlowBand extends FlowLink {
  y1: number;
  y2: number;
  height: number;
}

/**
 * Boxes and bands within `height`. A node is worth what flows in, or, for a source, what flows out; a box is never
 * thinner than 2, and `gap` lies between the boxes of one column.
 */
export function sankey(
  nodes: readonly FlowNode[],
  links: readonly FlowLink[],
  height: number,
  gap = 26,
): { boxes: FlowBox[]; bands: FlowBand[] } {
  const sum = (side: "from" | "to", id: string): number =>
    links.reduce((total, link) => (link[side] === id ? total + link.value : total), 0);
  const worth = new Map(nodes.map((node) => [node.id, Math.max(sum("to", node.id), sum("from", node.id))]));
  const columns = groupBy(nodes, (node) => node.layer);
  const scale = Math.min(
    ...[...columns.values()].map((column) => {
      const total = column.reduce((all, node) => all + (worth.get(node.id) ?? 0), 0);
      return (height - gap * (column.length - 1)) / (total || 1);
    }),
  );
  const boxes = [...columns.values()].flatMap((column) => stack(column, worth, scale, height, gap));
  return { boxes, bands: bandsOf(boxes, links, scale) };
}

function stack(
  column: FlowNode[],
  worth: Map<string, number>,
  scale: number,
  height: number,
  gap: number,
): FlowBox[] {
  const heights = column.map((node) => Math.max(2, (worth.get(node.id) ?? 0) * scale));
  const whole = heights.reduce((total, own) => total + own, 0) + gap * (column.length - 1);
  let y = (height - whole) / 2;
  return column.map((node, index) => {
    const own = heights[index] ?? 2;
    const box = { ...node, value: worth.get(node.id) ?? 0, y, height: own };
    y += own + gap;
    return box;
  });
}

function bandsOf(boxes: FlowBox[], links: readonly FlowLink[], scale: number): FlowBand[] {
  const out = new Map(boxes.map((box) => [box.id, box.y]));
  const into = new Map(out);
  return links.map((link) => {
    const height = Math.max(1, link.value * scale);
    const band = { ...link, y1: out.get(link.from) ?? 0, y2: into.get(link.to) ?? 0, height };
    out.set(link.from, band.y1 + height);
    into.set(link.to, band.y2 + height);
    return band;
  });
}
