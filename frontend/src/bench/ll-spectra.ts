import { h, s } from "../shared/dom";
import type { Audition, Figures, Part } from "./loudness";
import { nameOfPart } from "./part-names";
import { cellsOf, curveOf, inkOf, ticksOf } from "./spectra";
import { say } from "./words";

const PARTS: Part[] = ["before", "after", "residual"];
const [WIDE, TALL] = [480, 120];

/** `<ll-spectra>`: figures, spectrograms and mean spectra of the sounds of an audition, over each other. */
export class LLSpectra extends HTMLElement {
  private heads: HTMLElement[] = [];
  private audition: Audition | null = null;

  connectedCallback(): void {
    document.addEventListener("themechange", this.redraw);
    document.addEventListener("abtime", this.onTime);
  }

  disconnectedCallback(): void {
    document.removeEventListener("themechange", this.redraw);
    document.removeEventListener("abtime", this.onTime);
  }

  show(audition: Audition): void {
    this.audition = audition;
    this.redraw();
  }

  private readonly redraw = (): void => {
    const figures = this.audition?.figures;
    if (!figures) return;
    this.heads = [];
    const there = PARTS.filter((part) => figures[part]);
    const clipped = (figures.after?.peak_dbtp ?? -99) > 0;
    this.replaceChildren(
      this.table(there, figures),
      ...(clipped ? [h("p", { class: "notice notice--warn" }, say("clipped"))] : []),
      h("div", { class: "spectra" }, ...there.map((part) => this.picture(part, figures[part] as Figures))),
      this.means(figures),
    );
  };

  private table(there: Part[], figures: Partial<Record<Part, Figures>>): HTMLElement {
    const cell = (value: number | null | undefined, unit: string): HTMLElement =>
      h(
        "td",
        { class: "num" },
        value === null || value === undefined ? "–" : `${value.toFixed(1).replace("-", "−")} ${unit}`,
      );
    const head = h(
      "tr",
      {},
      ...["sound", "loudness", "peak"].map((word) =>
        h("th", { scope: "col", class: word === "sound" ? null : "num" }, say(word as "sound")),
      ),
    );
    const rows = there.map((part) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, nameOfPart(part, this)),
        cell(figures[part]?.lufs, "LUFS"),
        cell(figures[part]?.peak_dbtp, "dBTP"),
      ),
    );
    return h("div", { class: "tablewrap" }, h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows)));
  }

  private picture(part: Part, figures: Figures): HTMLElement {
    const canvas = h("canvas", {
      width: figures.columns,
      height: figures.rows,
      role: "img",
      "aria-label": say("spectrogram", { part: nameOfPart(part, this) }),
    });
    this.paint(canvas, figures);
    const head = h("span", { class: "spectra__head" });
    this.heads.push(head);
    const ticks = ticksOf(figures.low_hz, figures.high_hz).filter((_, place) => place % 2 === 1);
    const axis = ticks.map((tick) => {
      const label = h("span", { class: "spectra__tick" }, tick.words);
      label.style.setProperty("bottom", `${tick.at * 100}%`);
      return label;
    });
    return h(
      "figure",
      {},
      h("figcaption", { class: "small" }, nameOfPart(part, this)),
      h("div", { class: "spectra__picture" }, canvas, head, ...axis),
    );
  }

  private paint(canvas: HTMLCanvasElement, figures: Figures): void {
    const pen = canvas.getContext("2d");
    if (!pen) return;
    const ink = this.rgb(pen, getComputedStyle(this).getPropertyValue("--ink").trim() || "#222");
    const image = pen.createImageData(figures.columns, figures.rows);
    const cells = cellsOf(figures);
    for (let row = 0; row < figures.rows; row += 1) {
      for (let column = 0; column < figures.columns; column += 1) {
        const at = ((figures.rows - 1 - row) * figures.columns + column) * 4;
        image.data.set(ink, at);
        image.data[at + 3] = Math.round(255 * inkOf(cells[row * figures.columns + column] ?? 0));
      }
    }
    pen.putImageData(image, 0, 0);
  }

  /** Any colour of the sheet as three bytes: the canvas itself works it out. */
  private rgb(pen: CanvasRenderingContext2D, colour: string): [number, number, number] {
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
    pen.clearRect(0, 0, 1, 1);
    return [red ?? 0, green ?? 0, blue ?? 0];
  }

  private means(figures: Partial<Record<Part, Figures>>): HTMLElement {
    const svg = s("svg", {
      viewBox: `0 0 ${WIDE} ${TALL}`,
      preserveAspectRatio: "none",
      class: "chart spectra__mean",
      role: "img",
      "aria-label": say("spectrum"),
    });
    for (let line = 0; line <= 4; line += 1) {
      svg.append(s("line", { class: "grid", x1: 0, x2: WIDE, y1: (line * TALL) / 4, y2: (line * TALL) / 4 }));
    }
    for (const part of PARTS) {
      const found = figures[part];
      if (!found) continue;
      svg.append(
        s("polyline", { class: `curve spectra__curve--${part}`, points: curveOf(found.mean_db, WIDE, TALL) }),
      );
    }
    const key = PARTS.filter((part) => figures[part]).map((part) =>
      h("span", { class: `spectra__key spectra__key--${part}` }, nameOfPart(part, this)),
    );
    return h("figure", {}, h("figcaption", { class: "small cluster" }, say("spectrum"), ...key), svg);
  }

  private readonly onTime = (event: Event): void => {
    const at = (event as CustomEvent<number>).detail;
    for (const head of this.heads) head.style.setProperty("inset-inline-start", `${at * 100}%`);
  };
}
