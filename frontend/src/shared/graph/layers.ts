/** Layered layout of a directed graph without cycles: parents left, children right. Pure and deterministic. */
import { groupBy } from "../group";

export interface GraphNode {
  id: string;
  label: string;
  note?: string;
  kind?: string;
  href?: string;
  /** The element that the page is about. */
  here?: boolean;
}

export interface GraphEdge {
  from: string;
  to: string;
  label?: string;
}

export interface Placed extends GraphNode {
  layer: number;
  /** Place within the layer, from 0. */
  row: number;
}

export interface Place {
  layer: number;
  row: number;
}

export interface Layout {
  nodes: Placed[];
  /** With the places that an edge passes between its ends, so that it runs between boxes and not behind them. */
  edges: (GraphEdge & { via: Place[] })[];
  /** Places in each layer, boxes and passages together. */
  sizes: number[];
  layers: number;
  /** Places in the fullest layer. */
  rows: number;
}

interface Slot {
  id: string;
  node?: GraphNode;
}

/** Longest path from a source gives the layer; two sweeps of barycentres give the order. Loops are cut where found. */
export function layout(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Layout {
  const known = new Set(nodes.map((node) => node.id));
  const kept = edges.filter((edge) => known.has(edge.from) && known.has(edge.to) && edge.from !== edge.to);
  const depth = depths(nodes, kept);
  const layers: Slot[][] = Array.from({ length: Math.max(-1, ...depth.values()) + 1 }, () => []);
  for (const node of nodes) layers[depth.get(node.id) ?? 0]?.push({ id: node.id, node });
  const passages = new Map(kept.map((edge, index) => [edge, passage(edge, index, depth, layers)]));
  const steps = kept.flatMap((edge) => {
    const stops = [edge.from, ...(passages.get(edge) ?? []), edge.to];
    return stops.slice(1).map((to, index) => ({ from: stops[index] ?? to, to }));
  });
  const ordered = order(layers, steps);
  const places = new Map(
    ordered.flatMap((layer, index) => layer.map((slot, row) => [slot.id, { layer: index, row }] as const)),
  );
  const at = (id: string): Place => places.get(id) ?? { layer: 0, row: 0 };
  return {
    nodes: nodes.map((node) => ({ ...node, ...at(node.id) })),
    edges: kept.map((edge) => ({ ...edge, via: (passages.get(edge) ?? []).map(at) })),
    sizes: ordered.map((layer) => layer.length),
    layers: ordered.length,
    rows: Math.max(0, ...ordered.map((layer) => layer.length)),
  };
}

/** Reserve a place in every layer that the edge leaps over; the ids of these places in order. */
function passage(edge: GraphEdge, index: number, depth: Map<string, number>, layers: Slot[][]): string[] {
  const ids: string[] = [];
  for (let layer = (depth.get(edge.from) ?? 0) + 1; layer < (depth.get(edge.to) ?? 0); layer += 1) {
    const id = `passage ${index} ${layer}`;
    layers[layer]?.push({ id });
    ids.push(id);
  }
  return ids;
}

function depths(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Map<string, number> {
  const parents = groupBy(edges, (edge) => edge.to);
  const depth = new Map<string, number>();
  const open = new Set<string>();
  const visit = (id: string): number => {
    const known = depth.get(id);
    if (known !== undefined) return known;
    if (open.has(id)) return 0;
    open.add(id);
    const above = (parents.get(id) ?? []).map((edge) => visit(edge.from) + 1);
    open.delete(id);
    const own = Math.max(0, ...above);
    depth.set(id, own);
    return own;
  };
  for (const node of nodes) visit(node.id);
  return depth;
}

function order(layers: Slot[][], steps: readonly { from: string; to: string }[]): Slot[][] {
  let current = layers;
  for (const side of ["from", "to"] as const) {
    const other = side === "from" ? "to" : "from";
    const rows = new Map(current.flatMap((layer) => layer.map((slot, row) => [slot.id, row] as const)));
    const neighbours = groupBy(steps, (step) => step[other]);
    const centre = (slot: Slot): number => {
      const places = (neighbours.get(slot.id) ?? []).map((step) => rows.get(step[side]) ?? 0);
      const sum = places.reduce((total, row) => total + row, 0);
      return places.length ? sum / places.length : (rows.get(slot.id) ?? 0);
    };
    current = current.map((layer) => [...layer].sort((one, two) => centre(one) - centre(two)));
  }
  return current;
}
