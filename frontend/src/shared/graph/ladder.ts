/** The same flow from the top down, for a narrow page: a rung for each node, with where its money comes from. Pure. */

import { groupBy } from "../group";
import type { FlowLink, FlowNode } from "./sankey";

export interface Rung {
  id: string;
  label: string;
  layer: number;
  hue: number;
  value: number;
  /** Of the largest rung, 0 to 1: how wide its bar is. */
  share: number;
  /** Labels of the nodes it comes from; none at the top, or where the rung above is the only one it can be. */
  from: string[];
}

/** Layer by layer, the largest first; a node that nothing reaches and that gives nothing is left out. */
export function ladder(nodes: readonly FlowNode[], links: readonly FlowLink[]): Rung[] {
  const [sent, got] = [groupBy(links, (link) => link.from), groupBy(links, (link) => link.to)];
  const total = (own: readonly FlowLink[] = []): number => own.reduce((sum, link) => sum + link.value, 0);
  const valued = nodes.map((node) => ({
    node,
    value: Math.max(total(sent.get(node.id)), total(got.get(node.id))),
  }));
  const largest = Math.max(0, ...valued.map(({ value }) => value));
  const labels = new Map(nodes.map((node) => [node.id, node.label]));
  return valued
    .filter(({ value }) => value > 0)
    .sort((one, two) => one.node.layer - two.node.layer || two.value - one.value)
    .map(({ node, value }) => ({
      id: node.id,
      label: node.label,
      layer: node.layer,
      hue: node.hue ?? 2,
      value,
      share: value / largest,
      from: (got.get(node.id) ?? []).map((link) => labels.get(link.from) ?? ""),
    }));
}
