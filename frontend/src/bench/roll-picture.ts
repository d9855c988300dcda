/** The lane in which an editable roll is drawn: its canvas, its zoom, and what lies under the pointer. */
import { clamp, h } from "../shared/dom";
import type { EditNote } from "./editing";
import { drawRoll, type Roll } from "./roll-drawing";
import { type Place, placeAt, scrollFor, type View, viewOf } from "./roll-view";

const ZOOM_MAX = 40;
const CANVAS_PX_MAX = 16_000;

export class RollPicture {
  private readonly canvas = h("canvas", { "aria-hidden": "true" });
  /** Takes the focus, the keys and the pointer. */
  readonly field = h("div", { class: "editor__field", tabindex: 0, role: "application" }, this.canvas);
  readonly lane = h("div", { class: "editor__scroll" }, this.field);
  private readonly watch = new ResizeObserver(() => this.draw());
  private zoom = 1;

  /** `roll` and `seconds` say what is to be drawn now. */
  constructor(
    private readonly roll: () => Roll,
    private readonly seconds: () => number,
  ) {}

  connect(): void {
    this.watch.observe(this.lane);
    document.addEventListener("themechange", this.draw);
  }

  disconnect(): void {
    this.watch.disconnect();
    document.removeEventListener("themechange", this.draw);
  }

  get view(): View {
    const box = { width: this.lane.clientWidth, height: this.field.clientHeight };
    return viewOf(this.roll().notes, box, this.seconds(), this.zoom);
  }

  placeOf(event: MouseEvent): Place {
    const box = this.field.getBoundingClientRect();
    return placeAt(this.view, event.clientX - box.left, event.clientY - box.top);
  }

  scale(by: number, kept: EditNote | null): void {
    this.zoom = clamp(this.zoom * by, 1, ZOOM_MAX);
    this.draw();
    if (kept) this.reveal(kept);
  }

  reveal(note: EditNote): void {
    const left = scrollFor(this.view, note, this.lane);
    if (left !== null) this.lane.scrollLeft = left;
  }

  readonly draw = (): void => {
    const { view } = this;
    this.field.style.setProperty("width", `${view.wide}px`);
    const pen = this.canvas.getContext("2d");
    if (!pen || view.height < 12) return;
    const density = Math.min(window.devicePixelRatio || 1, CANVAS_PX_MAX / view.wide, 2);
    this.canvas.width = Math.round(view.wide * density);
    this.canvas.height = Math.round(view.height * density);
    pen.scale(density, density);
    const style = getComputedStyle(this.field);
    drawRoll(pen, view, (token) => style.getPropertyValue(token).trim() || "gray", this.roll());
  };
}
