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

/** Where a band stands at a column: its upper edge. */
export interface FlowStop {
  layer: number;
  y: number;
}

export interface FlowBand extends FlowLink {
  height: number;
  /** One a column, from its source to its goal: in between it runs through a place of its own and behind no box. */
  stops: FlowStop[];
}

interface Slot {
  id: string;
  value: number;
  node?: FlowNode;
  y: number;
  height: number;
}

interface Segment {
  link: number;
  from: Slot;
  to: Slot;
}

/**
 * Boxes and bands within `height`. A node is worth what flows in, or, for a source, what flows out; a box is never
 * thinner than 2, and `gap` lies between all that stands in one column: room for a label that lies on no band.
 */
export function sankey(
  nodes: readonly FlowNode[],
  links: readonly FlowLink[],
  height: number,
  gap = 44,
): { boxes: FlowBox[]; bands: FlowBand[] } {
  const { columns, segments } = arranged(nodes, links);
  const scale = Math.min(
    ...columns
      .filter((column) => column.length)
      .map((column) => {
        const total = column.reduce((all, slot) => all + slot.value, 0);
        return Math.max(0, height - gap * (column.length - 1)) / (total || 1);
      }),
  );
  columns.forEach((column, layer) => {
    sortByOrigin(column, segments, layer);
    stack(column, scale, height, gap);
  });
  const boxes = columns.flat().flatMap((slot) => {
    const { node, value, y, height: own } = slot;
    return node ? [{ ...node, value, y, height: own }] : [];
  });
  return {
    boxes: nodes.flatMap((node) => boxes.filter((box) => box.id === node.id)),
    bands: bandsOf(links, segments, columns, scale),
  };
}

/** Places in the fullest column, passages included: what a picture needs in height. */
export function fullest(nodes: readonly FlowNode[], links: readonly FlowLink[]): number {
  return Math.max(0, ...arranged(nodes, links).columns.map((column) => column.length));
}

/** Columns of slots: one for each node, and one for each column that a link leaps over. */
function arranged(
  nodes: readonly FlowNode[],
  links: readonly FlowLink[],
): { columns: Slot[][]; segments: Segment[] } {
  const [sent, got] = [sums(links, "from"), sums(links, "to")];
  const last = Math.max(-1, ...nodes.map((node) => node.layer));
  const columns: Slot[][] = Array.from({ length: last + 1 }, () => []);
  const slots = new Map<string, Slot>();
  for (const node of nodes) {
    const value = Math.max(sent.get(node.id) ?? 0, got.get(node.id) ?? 0);
    const slot: Slot = { id: node.id, value, node, y: 0, height: 0 };
    slots.set(node.id, slot);
    columns[node.layer]?.push(slot);
  }
  const segments: Segment[] = [];
  links.forEach((link, index) => {
    const [source, goal] = [slots.get(link.from), slots.get(link.to)];
    if (!source?.node || !goal?.node) return;
    let from = source;
    for (let layer = source.node.layer + 1; layer < goal.node.layer; layer += 1) {
      const passage: Slot = { id: `passage ${index} ${layer}`, value: link.value, y: 0, height: 0 };
      columns[layer]?.push(passage);
      segments.push({ link: index, from, to: passage });
      from = passage;
    }
    segments.push({ link: index, from, to: goal });
  });
  return { columns, segments };
}

function sums(links: readonly FlowLink[], side: "from" | "to"): Map<string, number> {
  const groups = groupBy(links, (link) => link[side]);
  return new Map([...groups].map(([id, own]) => [id, own.reduce((total, link) => total + link.value, 0)]));
}

/** Slots stand in the order of where their money comes from (the columns to the left are placed); ties as given. */
function sortByOrigin(column: Slot[], segments: readonly Segment[], layer: number): void {
  if (layer === 0) return;
  const into = groupBy(segments, (segment) => segment.to.id);
  const origin = new Map(
    column.map((slot) => {
      const from = into.get(slot.id) ?? [];
      const centre = from.reduce((total, one) => total + one.from.y + one.from.height / 2, 0);
      return [slot.id, from.length ? centre / from.length : 0];
    }),
  );
  column.sort((one, two) => (origin.get(one.id) ?? 0) - (origin.get(two.id) ?? 0));
}

function stack(column: Slot[], scale: number, height: number, gap: number): void {
  for (const slot of column) slot.height = Math.max(slot.node ? 2 : 1, slot.value * scale);
  const whole = column.reduce((total, slot) => total + slot.height, 0) + gap * (column.length - 1);
  let y = (height - whole) / 2;
  for (const slot of column) {
    slot.y = y;
    y += slot.height + gap;
  }
}

/** Bands leave a box in the order of their goals and enter it in the order of their sources, so they cross least. */
function bandsOf(
  links: readonly FlowLink[],
  segments: readonly Segment[],
  columns: readonly Slot[][],
  scale: number,
): FlowBand[] {
  const thick = (segment: Segment): number => Math.max(1, (links[segment.link]?.value ?? 0) * scale);
  const [leaves, enters] = [new Map<Segment, number>(), new Map<Segment, number>()];
  for (const [side, other, edges] of [
    ["from", "to", leaves],
    ["to", "from", enters],
  ] as const) {
    for (const own of groupBy(segments, (segment) => segment[side].id).values()) {
      let y = own[0]?.[side].y ?? 0;
      for (const segment of [...own].sort((one, two) => one[other].y - two[other].y)) {
        edges.set(segment, y);
        y += thick(segment);
      }
    }
  }
  const layerOf = new Map(
    columns.flatMap((column, layer) => column.map((slot) => [slot.id, layer] as const)),
  );
  return links.flatMap((link, index) => {
    const own = segments.filter((segment) => segment.link === index);
    const [first] = own;
    if (!first) return [];
    const stops = own.map((segment) => ({
      layer: layerOf.get(segment.to.id) ?? 0,
      y: enters.get(segment) ?? 0,
    }));
    const start = { layer: layerOf.get(first.from.id) ?? 0, y: leaves.get(first) ?? 0 };
    return [{ ...link, height: thick(first), stops: [start, ...stops] }];
  });
}
