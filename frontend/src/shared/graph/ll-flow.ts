import { h, readData, s } from "../dom";
import { writeMoney } from "../money";
import { twoLines } from "./label";
import { ladder, type Rung } from "./ladder";
import { type FlowBand, type FlowBox, type FlowLink, type FlowNode, fullest, sankey } from "./sankey";

interface FlowData {
  currency: string;
  nodes: FlowNode[];
  /** Values in minor units (fractions allowed: this is a picture, the table beside it is exact). */
  links: FlowLink[];
}

const BAR = 10;
/** Beside each bar a lane in which bands run level: a label stands above its bar there, and on no band. */
const LANE = 138;
const COLUMN = 232;
const GAP = 44;
const LINE = 16;
const LABEL_MAX = 19;
const LAST_LABEL_MAX = 24;

/** Below this part of its own width the picture's labels are too small to read, and it is told from the top down. */
const LEAST_SCALE = 0.8;

/**
 * `<ll-flow data='{"currency": "EUR", "nodes": [...], "links": [...]}'>`: who earns from one sale. Where the columns do
 * not fit beside each other, as a ladder: nothing scrolls sideways.
 */
export class LLFlow extends HTMLElement {
  private watch: ResizeObserver | null = null;

  async connectedCallback(): Promise<void> {
    if (this.querySelector("svg")) return;
    const data = await readData<FlowData>(this).catch(() => null);
    if (!data?.nodes?.length || !this.isConnected) return;
    const [wide, tall] = [picture(data), rungs(data)];
    const least = widthOf(data) * LEAST_SCALE;
    const choose = (): void => {
      const narrow = this.clientWidth > 0 && this.clientWidth < least;
      wide.toggleAttribute("hidden", narrow);
      tall.toggleAttribute("hidden", !narrow);
    };
    this.prepend(wide, tall);
    choose();
    this.watch = new ResizeObserver(choose);
    this.watch.observe(this);
  }

  disconnectedCallback(): void {
    this.watch?.disconnect();
    this.watch = null;
  }
}

function rungs(data: FlowData): HTMLElement {
  const own = ladder(data.nodes, data.links);
  return h("div", { class: "ladder", "aria-hidden": "true" }, ...own.map((one) => rung(one, data.currency)));
}

function rung({ label, from, hue, value, share }: Rung, currency: string): HTMLElement {
  const bar = h("div", { class: `ladder__bar hue-${hue}` });
  bar.style.inlineSize = `max(2px, ${(share * 100).toFixed(2)}%)`;
  return h(
    "div",
    { class: "ladder__rung" },
    h("div", { class: "ladder__head" }, h("span", {}, label), h("span", {}, writeMoney(value, currency))),
    bar,
    from.length ? h("div", { class: "ladder__from" }, `← ${from.join(", ")}`) : null,
  );
}

function lastOf(data: FlowData): number {
  return Math.max(...data.nodes.map((node) => node.layer));
}

function widthOf(data: FlowData): number {
  return lastOf(data) * COLUMN + BAR + 180;
}

function picture(data: FlowData): SVGSVGElement {
  const [last, width] = [lastOf(data), widthOf(data)];
  const wraps = data.nodes.some(({ label, layer }) => layer < last && twoLines(label, LABEL_MAX).length > 1);
  const gap = wraps ? GAP + LINE : GAP;
  const height = Math.max(120, fullest(data.nodes, data.links) * (gap + 18));
  const { boxes, bands } = sankey(data.nodes, data.links, height, gap);
  const svg = s("svg", {
    class: "flow",
    viewBox: `0 ${-gap} ${width} ${height + gap + 14}`,
    "aria-hidden": "true",
  });
  svg.style.maxWidth = `${Math.round(width * 1.1)}px`;
  const hues = new Map(boxes.map((box) => [box.id, box.hue ?? 2]));
  for (const band of bands) svg.append(ribbon(band, hues.get(band.to) ?? 2));
  for (const box of boxes) svg.append(...bar(box, data.currency, box.layer === last));
  return svg;
}

function ribbon(band: FlowBand, hue: number): SVGElement {
  return s("g", { class: `hue-${hue}` }, s("path", { class: "band", d: outline(band) }));
}

/** Level through every lane, a bend before every column: along the upper edge there, along the lower edge back. */
function outline({ stops, height }: FlowBand): string {
  const [start, ...rest] = stops;
  if (!start) return "";
  const end = rest.at(-1) ?? start;
  let there = `M${start.layer * COLUMN + BAR} ${start.y}`;
  let back = "";
  let from = start;
  for (const to of rest) {
    const [bend, goal] = [from.layer * COLUMN + BAR + LANE, to.layer * COLUMN];
    const middle = (bend + goal) / 2;
    there += `H${bend}C${middle} ${from.y} ${middle} ${to.y} ${goal} ${to.y}`;
    const [high, low] = [from.y + height, to.y + height];
    back = `H${goal}C${middle} ${low} ${middle} ${high} ${bend} ${high}${back}`;
    from = to;
  }
  return `${there}V${end.y + height}${back}H${start.layer * COLUMN + BAR}z`;
}

function bar(box: FlowBox, currency: string, isLast: boolean): SVGElement[] {
  const x = box.layer * COLUMN;
  const rect = s("rect", { class: "bar", x, y: box.y, width: BAR, height: box.height, rx: 1 });
  const lines = twoLines(box.label, isLast ? LAST_LABEL_MAX : LABEL_MAX);
  const first = isLast ? beside(box, x + BAR + 8) : { x, y: box.y - 22 };
  const top = first.y - (isLast ? (lines.length - 1) * (LINE / 2) : (lines.length - 1) * LINE);
  const amount = { class: "faint", x: first.x, y: top + lines.length * LINE, "font-size": 12 };
  return [
    s("g", { class: `hue-${box.hue ?? 2}` }, rect),
    ...lines.map((line, place) =>
      s("text", { x: first.x, y: top + place * LINE }, line, ...(place ? [] : [s("title", {}, box.label)])),
    ),
    s("text", amount, writeMoney(box.value, currency)),
  ];
}

/** Past the last column nothing flows: the label stands beside its bar. */
function beside(box: FlowBox, x: number): { x: number; y: number } {
  return { x, y: box.y + box.height / 2 - 3 };
}
