import { h, readData, s } from "../dom";
import { groupBy } from "../group";
import { writeMoney } from "../money";
import { type FlowBand, type FlowBox, type FlowLink, type FlowNode, sankey } from "./sankey";

interface FlowData {
  currency: string;
  nodes: FlowNode[];
  /** Values in minor units (fractions allowed: this is a picture, the table beside it is exact). */
  links: FlowLink[];
}

const BAR = 10;
const COLUMN = 220;

/** `<ll-flow data='{"currency": "EUR", "nodes": [...], "links": [...]}'>`: who earns from one sale. */
export class LLFlow extends HTMLElement {
  async connectedCallback(): Promise<void> {
    if (this.querySelector("svg")) return;
    const data = await readData<FlowData>(this).catch(() => null);
    if (!data?.nodes?.length || !this.isConnected) return;
    this.prepend(h("div", { class: "scroll-x" }, picture(data)));
  }
}

function picture(data: FlowData): SVGSVGElement {
  const layers = Math.max(...data.nodes.map((node) => node.layer)) + 1;
  const columns = groupBy(data.nodes, (node) => node.layer);
  const most = Math.max(...[...columns.values()].map((column) => column.length));
  const [width, height] = [(layers - 1) * COLUMN + BAR + 150, Math.max(150, most * 64)];
  const { boxes, bands } = sankey(data.nodes, data.links, height - 20);
  const svg = s("svg", { class: "flow", viewBox: `0 -10 ${width} ${height + 20}`, "aria-hidden": "true" });
  svg.style.minWidth = `${Math.min(width, 720)}px`;
  svg.style.maxWidth = `${width * 1.25}px`;
  const byId = new Map(boxes.map((box) => [box.id, box]));
  for (const band of bands) svg.append(ribbon(band, byId));
  for (const box of boxes) svg.append(...bar(box, data.currency));
  return svg;
}

function ribbon(band: FlowBand, boxes: Map<string, FlowBox>): SVGElement {
  const [from, to] = [boxes.get(band.from), boxes.get(band.to)];
  const [x1, x2] = [(from?.layer ?? 0) * COLUMN + BAR, (to?.layer ?? 1) * COLUMN];
  const middle = (x1 + x2) / 2;
  const { y1, y2, height } = band;
  const d =
    `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}v${height}` +
    `C${middle} ${y2 + height} ${middle} ${y1 + height} ${x1} ${y1 + height}z`;
  return s("g", { class: `hue-${to?.hue ?? 2}` }, s("path", { class: "band", d }));
}

function bar(box: FlowBox, currency: string): SVGElement[] {
  const x = box.layer * COLUMN;
  const y = box.y + Math.min(14, Math.max(4, box.height / 2 - 4));
  const rect = s("rect", { class: "bar", x, y: box.y, width: BAR, height: box.height, rx: 1 });
  return [
    s("g", { class: `hue-${box.hue ?? 2}` }, rect),
    s("text", { x: x + BAR + 7, y }, box.label.length > 24 ? `${box.label.slice(0, 23)}…` : box.label),
    s(
      "text",
      { class: "faint", x: x + BAR + 7, y: y + 16, "font-size": 12 },
      writeMoney(box.value, currency),
    ),
  ];
}
