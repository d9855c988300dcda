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

export interface Layout {
  nodes: Placed[];
  edges: GraphEdge[];
  layers: number;
  /** Nodes in the fullest layer. */
  rows: number;
}

/** Longest path from a source gives the layer; two sweeps of barycentres give the order. Loops are cut where found. */
export function layout(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Layout {
  const known = new Set(nodes.map((node) => node.id));
  const kept = edges.filter((edge) => known.has(edge.from) && known.has(edge.to) && edge.from !== edge.to);
  const depth = depths(nodes, kept);
  const layers: GraphNode[][] = [];
  for (const node of nodes) {
    const layer = depth.get(node.id) ?? 0;
    layers[layer] = [...(layers[layer] ?? []), node];
  }
  const ordered = order(
    Array.from(layers, (layer) => layer ?? []),
    kept,
  );
  return {
    nodes: ordered.flatMap((layer, index) => layer.map((node, row) => ({ ...node, layer: index, row }))),
    edges: kept,
    layers: ordered.length,
    rows: Math.max(0, ...ordered.map((layer) => layer.length)),
  };
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

function order(layers: GraphNode[][], edges: readonly GraphEdge[]): GraphNode[][] {
  let current = layers;
  for (const side of ["from", "to"] as const) {
    const other = side === "from" ? "to" : "from";
    const rows = new Map(current.flatMap((layer) => layer.map((node, row) => [node.id, row] as const)));
    const neighbours = groupBy(edges, (edge) => edge[other]);
    const centre = (node: GraphNode): number => {
      const places = (neighbours.get(node.id) ?? []).map((edge) => rows.get(edge[side]) ?? 0);
      return places.length
        ? places.reduce((sum, row) => sum + row, 0) / places.length
        : (rows.get(node.id) ?? 0);
    };
    current = current.map((layer) => [...layer].sort((one, two) => centre(one) - centre(two)));
  }
  return current;
}
