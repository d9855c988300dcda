import { h } from "../shared/dom";
import { placeOf, type Range, valueAt, WAY } from "./curve";
import { say } from "./words";

/** `<ll-slider curve="linear|log">` around a label and a number field: adds a slider that moves with it. */
export class LLSlider extends HTMLElement {
  private readonly range = h("input", { type: "range", min: 0, max: WAY, step: 1 });

  connectedCallback(): void {
    const field = this.querySelector<HTMLInputElement>("input[type=number]");
    if (!field || this.contains(this.range)) return;
    for (const old of this.querySelectorAll("input[type=range]")) old.remove();
    const limits: Range = {
      least: Number(field.min),
      most: Number(field.max),
      step: Number(field.dataset.step ?? field.step) || 0.01,
      curve: this.getAttribute("curve") ?? "linear",
    };
    const label = this.querySelector("label")?.textContent ?? "";
    const unit = this.querySelector(".unit")?.textContent ?? "";
    this.range.setAttribute("aria-label", say("slider", { label }));
    const show = (): void => {
      this.range.value = String(placeOf(Number(field.value), limits));
      this.range.setAttribute("aria-valuetext", `${field.value} ${unit}`.trim());
    };
    this.range.addEventListener("input", () => {
      field.value = String(valueAt(Number(this.range.value), limits));
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    this.range.addEventListener("keydown", (event) => this.onKey(event, field, limits));
    field.addEventListener("input", show);
    field.before(this.range);
    show();
  }

  /** An arrow is one step of the value, not of the slider's way: fine where the way is coarse. */
  private onKey(event: KeyboardEvent, field: HTMLInputElement, limits: Range): void {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (by === undefined || limits.curve === "log") return;
    event.preventDefault();
    const next = Number(field.value) + by * limits.step;
    field.value = String(Number(Math.min(limits.most, Math.max(limits.least, next)).toFixed(6)));
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
