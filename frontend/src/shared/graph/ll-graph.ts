import { h, readData, s } from "../dom";
import { type GraphEdge, type GraphNode, type Layout, layout, type Place, type Placed } from "./layers";

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

interface Point {
  x: number;
  y: number;
}

/** Top left corner of a place. */
function corner({ layer, row }: Place, plan: Layout): Point {
  const whole = plan.rows * (TALL + GAP_Y) - GAP_Y;
  const own = (plan.sizes[layer] ?? 1) * (TALL + GAP_Y) - GAP_Y;
  return { x: 2 + layer * (WIDE + GAP_X), y: 2 + (whole - own) / 2 + row * (TALL + GAP_Y) };
}

function picture(plan: Layout): SVGSVGElement {
  const width = plan.layers * (WIDE + GAP_X) - GAP_X + 4;
  const height = plan.rows * (TALL + GAP_Y) - GAP_Y + 4;
  const svg = s("svg", { class: "graph", viewBox: `0 0 ${width} ${height}`, width, height, role: "group" });
  svg.style.width = `${width}px`;
  const places = new Map(plan.nodes.map((node) => [node.id, node]));
  const labels: SVGElement[] = [];
  for (const edge of plan.edges) {
    const [from, to] = [places.get(edge.from), places.get(edge.to)];
    if (!from || !to) continue;
    const stops = [from, ...edge.via, to].map((place) => corner(place, plan));
    svg.append(s("path", { class: "edge", d: route(stops) }));
    const [start, next] = stops;
    if (edge.label && start && next) labels.push(figure(edge.label, start, next));
  }
  svg.append(...labels);
  for (const node of plan.nodes) {
    const { x, y } = corner(node, plan);
    svg.append(box(node, x, y));
  }
  return svg;
}

/** One smooth stroke from the right side of the first place, through the passages, to the left side of the last. */
function route(stops: Point[]): string {
  const middle = TALL / 2;
  const [start, ...rest] = stops;
  let d = `M${(start?.x ?? 0) + WIDE} ${(start?.y ?? 0) + middle}`;
  let from = { x: (start?.x ?? 0) + WIDE, y: (start?.y ?? 0) + middle };
  rest.forEach(({ x, y }, index) => {
    const to = { x, y: y + middle };
    const bend = (from.x + to.x) / 2;
    d += `C${bend} ${from.y} ${bend} ${to.y} ${to.x} ${to.y}`;
    if (index < rest.length - 1) d += `h${WIDE}`;
    from = { x: index < rest.length - 1 ? to.x + WIDE : to.x, y: to.y };
  });
  return d;
}

/** The share stands near its parent, where strokes have not yet met. */
function figure(label: string, from: Point, to: Point): SVGElement {
  const y = from.y + TALL / 2 + (to.y - from.y) * 0.22 + (to.y > from.y ? 13 : -6);
  return s("text", { class: "faint", x: from.x + WIDE + 8, y, "font-size": 11.5 }, label);
}

function box(node: Placed, x: number, y: number): SVGElement {
  const group = node.href ? s("a", { href: node.href }) : s("g");
  if (node.here) {
    group.setAttribute("class", "here");
    group.setAttribute("aria-current", "true");
  }
  const note = [node.kind, node.note].filter(Boolean).join(" · ");
  group.append(
    s("rect", { class: "box", x, y, width: WIDE, height: TALL, rx: 2 }),
    s("text", { x: x + 12, y: y + 22, "font-weight": 580 }, shorten(node.label, 22)),
    s("text", { class: "faint", x: x + 12, y: y + 40, "font-size": 12 }, shorten(note, 27)),
  );
  if (node.label.length > 22 || note.length > 27) group.append(s("title", {}, `${node.label} · ${note}`));
  return group;
}

function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text;
}
