import { h, readData, s } from "../dom";
import { type GraphEdge, type GraphNode, type Layout, layout, type Placed } from "./layers";

const WIDE = 176;
const TALL = 54;
const GAP_X = 74;
const GAP_Y = 22;

/** `<ll-graph data='{"nodes": [...], "edges": [...]}'>`: provenance, parents left of children. Nodes are links. */
export class LLGraph extends HTMLElement {
  async connectedCallback(): Promise<void> {
    if (this.querySelector("svg")) return;
    const data = await readData<{ nodes: GraphNode[]; edges: GraphEdge[] }>(this).catch(() => null);
    if (!data?.nodes?.length || !this.isConnected) return;
    const box = h("div", { class: "scroll-x" }, picture(layout(data.nodes, data.edges)));
    this.prepend(box);
    box.querySelector(".here")?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  }
}

function place(node: Placed, rows: Map<number, number>, tall: number): { x: number; y: number } {
  const own = (rows.get(node.layer) ?? 1) * (TALL + GAP_Y) - GAP_Y;
  return { x: 2 + node.layer * (WIDE + GAP_X), y: (tall - own) / 2 + node.row * (TALL + GAP_Y) };
}

function picture(plan: Layout): SVGSVGElement {
  const width = plan.layers * (WIDE + GAP_X) - GAP_X + 4;
  const height = Math.max(TALL, plan.rows * (TALL + GAP_Y) - GAP_Y) + 4;
  const rows = new Map<number, number>();
  for (const node of plan.nodes) rows.set(node.layer, Math.max(rows.get(node.layer) ?? 0, node.row + 1));
  const places = new Map(plan.nodes.map((node) => [node.id, place(node, rows, height)]));
  const svg = s("svg", { class: "graph", viewBox: `0 0 ${width} ${height}`, width, height, role: "group" });
  svg.style.width = `${width}px`;
  for (const edge of plan.edges) {
    const [from, to] = [places.get(edge.from), places.get(edge.to)];
    if (from && to) svg.append(...stroke(from, to, edge.label));
  }
  for (const node of plan.nodes) {
    const at = places.get(node.id);
    if (at) svg.append(box(node, at.x, at.y));
  }
  return svg;
}

function stroke(from: { x: number; y: number }, to: { x: number; y: number }, label?: string): SVGElement[] {
  const [x1, y1, x2, y2] = [from.x + WIDE, from.y + TALL / 2, to.x, to.y + TALL / 2];
  const middle = x1 + GAP_X / 2;
  const path = s("path", {
    class: "edge",
    d: `M${x1} ${y1}C${middle} ${y1} ${x2 - GAP_X / 2} ${y2} ${x2} ${y2}`,
  });
  if (!label) return [path];
  // The figure stands near its parent, where the strokes have not yet met.
  const y = y1 + (y2 - y1) * 0.2 - 5;
  return [path, s("text", { class: "faint", x: x1 + 6, y, "font-size": 11.5 }, label)];
}

function box(node: Placed, x: number, y: number): SVGElement {
  const group = node.href ? s("a", { href: node.href }) : s("g");
  if (node.here) {
    group.setAttribute("class", "here");
    group.setAttribute("aria-current", "true");
  }
  const label = [node.label, node.kind, node.note].filter(Boolean).join(", ");
  group.setAttribute("aria-label", label);
  group.append(
    s("rect", { class: "box", x, y: y + 2, width: WIDE, height: TALL, rx: 2 }),
    s("text", { x: x + 12, y: y + 24, "font-weight": 580 }, shorten(node.label, 22)),
    s(
      "text",
      { class: "faint", x: x + 12, y: y + 42, "font-size": 12 },
      shorten([node.kind, node.note].filter(Boolean).join(" · "), 27),
    ),
    s("title", {}, label),
  );
  return group;
}

function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text;
}
