import { h } from "../shared/dom";
import { ChainControls } from "./chain-controls";
import { jsonField, whenOpened } from "./json-field";
import { type Mix, placeWords, readMix, SEND_OFF_DB, type Strip, sendOf, withSend } from "./mixing";
import type { Plugin, Schema } from "./schema";
import { say } from "./words";

interface Fader {
  id: string;
  words: string;
  value: number;
  least: number;
  most: number;
  step: number;
  unit: string;
  note?: (value: number) => string;
  take: (value: number) => void;
}

/**
 * `<ll-console schema="address" name="what keeps its ids apart">` around a JSON field: every number of a mix as a control,
 * track by track. The field always says the same, so the form works as it would without scripts. In a closed
 * `<details>` nothing is drawn until it is opened.
 */
export class LLConsole extends HTMLElement {
  private mix: Mix | null = null;
  private schema: Schema | null = null;

  connectedCallback(): void {
    whenOpened(this, () => void this.begin());
  }

  private get field(): HTMLTextAreaElement | null {
    return jsonField(this);
  }

  private async begin(): Promise<void> {
    const { field } = this;
    if (!field || this.mix) return;
    const answer = await fetch(this.getAttribute("schema") ?? "").catch(() => null);
    this.mix = readMix(field.value);
    if (!this.mix || !answer?.ok) return;
    this.schema = (await answer.json()) as Schema;
    field.closest<HTMLElement>(".field")?.setAttribute("hidden", "");
    this.build();
  }

  private build(): void {
    const { mix } = this;
    if (!mix) return;
    for (const old of this.querySelectorAll(":scope > .desk")) old.remove();
    const buses = mix.buses ?? [];
    mix.master ??= { gain_db: 0 };
    const master = mix.master;
    this.append(
      h(
        "div",
        { class: "desk" },
        ...mix.tracks.map((strip, place) => this.strip(strip, `t${place}`, buses)),
        ...buses.map((strip, place) => this.bus(strip, `b${place}`)),
        h(
          "fieldset",
          { class: "desk__strip" },
          h("legend", {}, say("desk_master")),
          this.fader(this.level(master, "m")),
        ),
      ),
    );
  }

  private strip(strip: Strip, id: string, buses: readonly Strip[]): HTMLElement {
    const sends = buses.map((bus, place) =>
      this.fader({
        id: `${id}-s${place}`,
        words: say("desk_send", { bus: bus.name }),
        value: sendOf(strip, bus.name),
        least: SEND_OFF_DB,
        most: 0,
        step: 0.1,
        unit: "dB",
        note: (value) => (value <= SEND_OFF_DB ? say("desk_off") : ""),
        take: (value) => {
          strip.sends = withSend(strip, bus.name, value);
        },
      }),
    );
    return h(
      "fieldset",
      { class: "desk__strip" },
      h("legend", {}, strip.name),
      h(
        "div",
        { class: "cluster" },
        this.switch(strip, "mute", say("desk_mute"), id),
        this.switch(strip, "solo", say("desk_solo"), id),
      ),
      this.fader(this.level(strip, id)),
      this.fader({
        id: `${id}-place`,
        words: say("desk_place"),
        value: strip.position ?? 0,
        least: -1,
        most: 1,
        step: 0.01,
        unit: "",
        note: (value) =>
          placeWords(value, {
            left: say("desk_left"),
            right: say("desk_right"),
            middle: say("desk_middle"),
          }),
        take: (value) => {
          strip.position = value;
        },
      }),
      ...sends,
      ...this.plugins(strip, id),
    );
  }

  private bus(strip: Strip, id: string): HTMLElement {
    return h(
      "fieldset",
      { class: "desk__strip" },
      h("legend", {}, strip.name),
      this.fader(this.level(strip, id)),
      ...this.plugins(strip, id),
    );
  }

  private level(strip: { gain_db?: number }, id: string): Fader {
    return {
      id: `${id}-gain`,
      words: say("desk_fader"),
      value: strip.gain_db ?? 0,
      least: -60,
      most: 30,
      step: 0.1,
      unit: "dB",
      take: (value) => {
        strip.gain_db = value;
      },
    };
  }

  private fader(one: Fader): HTMLElement {
    const id = `desk-${this.getAttribute("name") ?? ""}-${one.id}`;
    const input = h("input", {
      id,
      type: "number",
      min: one.least,
      max: one.most,
      step: "any",
      value: String(one.value),
      "data-step": one.step,
    });
    const note = h("span", { class: "small muted desk__note" }, one.note?.(one.value) ?? "");
    input.addEventListener("input", () => {
      if (input.value === "" || !input.checkValidity()) return;
      one.take(Number(input.value));
      if (one.note) note.textContent = one.note(Number(input.value));
      this.write();
    });
    return h(
      "ll-slider" as "div",
      { class: "field" },
      h("label", { for: id }, one.words),
      input,
      h("span", { class: "unit" }, one.unit),
      one.note ? note : null,
    );
  }

  private switch(strip: Strip, name: "mute" | "solo", words: string, id: string): HTMLElement {
    const box = h("input", {
      id: `desk-${this.getAttribute("name") ?? ""}-${id}-${name}`,
      type: "checkbox",
      checked: strip[name] === true,
    });
    box.addEventListener("change", () => {
      strip[name] = box.checked;
      this.write();
    });
    return h("label", { class: "check", for: box.id }, box, h("span", {}, words));
  }

  /** A strip's plugins, each behind its name; opened ones stay open when a band comes or goes. */
  private plugins(strip: Strip, id: string): HTMLElement[] {
    const { schema } = this;
    if (!schema) return [];
    return (strip.plugins ?? []).map((plugin, place) => this.plugin(schema, plugin, `${id}-p${place}`));
  }

  private plugin(schema: Schema, plugin: Plugin, id: string): HTMLElement {
    const box = h("div", { class: "benchform__fields" });
    const controls = new ChainControls(schema, [], {
      written: () => this.write(),
      rebuilt: () => {
        fill();
        this.write();
      },
    });
    const fill = (): void =>
      box.replaceChildren(...controls.of(plugin, `${this.getAttribute("name") ?? ""}-${id}`));
    fill();
    const bypass = h("input", { type: "checkbox", checked: plugin.bypass === true });
    bypass.addEventListener("change", () => {
      plugin.bypass = bypass.checked;
      this.write();
    });
    return h(
      "details",
      { class: "desk__plugin" },
      h("summary", {}, schema.$defs[plugin.type]?.title ?? plugin.type),
      h("label", { class: "check" }, bypass, h("span", {}, say("chain_bypass"))),
      box,
    );
  }

  private write(): void {
    if (this.field && this.mix) this.field.value = JSON.stringify(this.mix);
  }
}
