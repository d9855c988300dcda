import { h, s } from "../dom";
import { minorDigits, writeMoney } from "../money";
import { t } from "../words";
import { labelStep, ticks } from "./scale";

interface Series {
  name: string;
  values: number[];
}

interface Table {
  labels: string[];
  series: Series[];
}

const HEIGHT = 240;
const LEFT = 78;
const BOTTOM = 26;
const TOP = 12;

/**
 * `<ll-chart currency="EUR" [kind="bar|line"]>` around a table: the first column labels, every cell of the others has
 * `data-value` in minor units. The table stays, folded away beneath the picture: it is what a screen reader reads.
 */
export class LLChart extends HTMLElement {
  private readonly watch = new ResizeObserver(() => this.draw());
  private data: Table | null = null;

  connectedCallback(): void {
    const table = this.querySelector("table");
    if (!table) return;
    this.data = readTable(table);
    if (!this.querySelector("details")) {
      const details = h("details", { class: "alternative" }, h("summary", {}, t("table")));
      const wrap = table.closest(".tablewrap") ?? table;
      wrap.replaceWith(details);
      details.append(wrap);
    }
    this.watch.observe(this);
    this.draw();
  }

  disconnectedCallback(): void {
    this.watch.disconnect();
  }

  private draw(): void {
    const width = this.clientWidth;
    if (!this.data || width < 60) return;
    this.querySelector("svg")?.remove();
    const line = this.getAttribute("kind") === "line";
    this.prepend(picture(this.data, width, this.getAttribute("currency") ?? "", line));
  }
}

export function readTable(table: HTMLTableElement): Table {
  const names = [...table.querySelectorAll("thead th")].slice(1).map((cell) => cell.textContent.trim());
  const rows = [...table.querySelectorAll("tbody tr")].map((row) => [
    ...row.querySelectorAll<HTMLElement>("th, td"),
  ]);
  return {
    labels: rows.map((row) => row[0]?.dataset.short ?? row[0]?.textContent.trim() ?? ""),
    series: names.map((name, index) => ({
      name,
      values: rows.map((row) => Number(row[index + 1]?.dataset.value ?? 0)),
    })),
  };
}

function picture(data: Table, width: number, currency: string, line: boolean): SVGSVGElement {
  const values = data.series.flatMap((series) => series.values);
  const marks = ticks(Math.min(...values), Math.max(...values));
  const [low, high] = [marks[0] ?? 0, marks.at(-1) || 1];
  // Whole units where the ticks are whole, else all digits: three ticks in a row must not read alike.
  const digits = marks.every((mark) => mark % 10 ** minorDigits(currency) === 0) ? 0 : undefined;
  const room = HEIGHT - TOP - BOTTOM;
  const y = (value: number): number => TOP + room - ((value - low) / (high - low || 1)) * room;
  const step = (width - LEFT) / Math.max(1, data.labels.length);
  const svg = s("svg", { class: "chart", viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" });
  for (const mark of marks) {
    const at = Math.round(y(mark)) + 0.5;
    const label = writeMoney(mark, currency, digits);
    svg.append(s("line", { class: mark === 0 ? "axis" : "grid", x1: LEFT, x2: width, y1: at, y2: at }));
    svg.append(
      s("text", { class: "faint", x: LEFT - 10, y: at + 4, "text-anchor": "end", "font-size": 12 }, label),
    );
  }
  const every = labelStep(data.labels.length, width - LEFT);
  data.labels.forEach((label, index) => {
    if (index % every !== 0) return;
    const x = LEFT + (index + 0.5) * step;
    const at = { class: "faint", x, y: HEIGHT - 6, "text-anchor": "middle", "font-size": 12 };
    svg.append(s("text", at, label));
  });
  data.series.forEach((series, index) => {
    const hue = index === 0 ? 1 : (index % 8) + 4;
    const draw = line ? curve(series, step, y) : bars(series, index, data, step, y, currency);
    svg.append(s("g", { class: `hue-${hue}` }, ...draw));
  });
  return svg;
}

function curve(series: Series, step: number, y: (value: number) => number): SVGElement[] {
  const points = series.values.map((value, index) => [LEFT + (index + 0.5) * step, y(value)] as const);
  const d = `M${points.map(([x, at]) => `${x} ${at}`).join("L")}`;
  return [
    s("path", { class: "curve", d }),
    ...points.map(([cx, cy]) => s("circle", { class: "dot", cx, cy, r: 3 })),
  ];
}

function bars(
  series: Series,
  index: number,
  data: Table,
  step: number,
  y: (value: number) => number,
  currency: string,
): SVGElement[] {
  const count = data.series.length;
  const width = Math.min(34, (step * 0.62) / count);
  return series.values.map((value, column) => {
    const x = LEFT + (column + 0.5) * step + (index - count / 2) * width;
    const [top, bottom] = [Math.min(y(value), y(0)), Math.max(y(value), y(0))];
    const title = s("title", {}, `${data.labels[column]}: ${writeMoney(value, currency)}`);
    const at = { class: "bar", x: x + 0.5, y: top, width: Math.max(1, width - 1) };
    return s("rect", { ...at, height: Math.max(value ? 1 : 0, bottom - top) }, title);
  });
}
