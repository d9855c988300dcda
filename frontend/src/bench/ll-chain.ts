import { csrfToken, h, s } from "../shared/dom";
import {
  controlsOf,
  kindsOf,
  moved,
  newPlugin,
  newRow,
  type Plugin,
  type Property,
  type Row,
  rowOf,
  type Schema,
  stepOf,
} from "./schema";
import { say } from "./words";

interface Curves {
  frequencies_hz: number[];
  response_db: number[];
  levels_db: number[];
  transfers_db: (number[] | null)[];
}

const DRAW_MS = 250;
const [WIDE, TALL] = [480, 140];

/**
 * `<ll-chain schema="address">` around a JSON field: plugins are added, ordered, turned and removed; the field always says
 * the same, so the form works as it would without scripts. A `[data-load]` select loads a mix setting by its id.
 */
export class LLChain extends HTMLElement {
  private schema: Schema | null = null;
  private plugins: Plugin[] = [];
  private readonly list = h("ol", { class: "chain" });
  private readonly picture = h("div", { class: "chain__curves" });
  private readonly adding = h("div", { class: "cluster field" });
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;

  connectedCallback(): void {
    void this.begin();
  }

  private get field(): HTMLTextAreaElement | null {
    return this.querySelector("textarea[data-json]");
  }

  private async begin(): Promise<void> {
    const { field } = this;
    const answer = await fetch(this.getAttribute("schema") ?? "").catch(() => null);
    if (!field || !answer?.ok || this.schema) return;
    this.schema = (await answer.json()) as Schema;
    try {
      this.plugins = JSON.parse(field.value || "[]") as Plugin[];
    } catch {
      this.plugins = [];
    }
    field.closest<HTMLElement>(".field")?.setAttribute("hidden", "");
    this.prepend(this.picture, this.list, this.adding);
    this.buildAdding(this.schema);
    this.querySelector<HTMLSelectElement>("[data-load]")?.addEventListener("change", (event) => {
      void this.load(event.target as HTMLSelectElement);
    });
    this.build();
  }

  private buildAdding(schema: Schema): void {
    const select = h("select", { "aria-label": say("chain_plugin") });
    for (const [kind, title] of kindsOf(schema)) select.append(h("option", { value: kind }, title));
    const add = h("button", { type: "button", class: "button" }, say("chain_add"));
    add.addEventListener("click", () => {
      this.plugins = [...this.plugins, newPlugin(schema, select.value)];
      this.build();
      this.list.querySelector<HTMLElement>("li:last-child input, li:last-child select")?.focus();
    });
    this.adding.replaceChildren(select, add);
  }

  private async load(select: HTMLSelectElement): Promise<void> {
    if (!select.value) return;
    const answer = await fetch(`/api/elements/${select.value}/setting/`);
    if (!answer.ok) return;
    this.plugins = ((await answer.json()) as { plugins: Plugin[] }).plugins;
    this.build();
  }

  // --------------------------------------------------------------------------------------------------- the list
  private build(): void {
    const { schema } = this;
    if (!schema) return;
    this.list.replaceChildren(...this.plugins.map((plugin, place) => this.card(schema, plugin, place)));
    if (this.plugins.length === 0) this.list.append(h("li", { class: "muted" }, say("chain_empty")));
    this.write();
  }

  private card(schema: Schema, plugin: Plugin, place: number): HTMLElement {
    const definition = schema.$defs[plugin.type];
    const title = definition?.title ?? plugin.type;
    const act = (
      word: "chain_up" | "chain_down" | "chain_remove",
      sign: string,
      change: () => void,
      off = false,
    ): HTMLElement => {
      const button = h(
        "button",
        { type: "button", class: "iconbutton", "aria-label": say(word, { plugin: title }), disabled: off },
        sign,
      );
      button.addEventListener("click", () => {
        change();
        this.build();
      });
      return button;
    };
    const bypass = h("input", { type: "checkbox", checked: plugin.bypass === true });
    bypass.addEventListener("change", () => {
      plugin.bypass = bypass.checked;
      this.write();
    });
    const head = h(
      "div",
      { class: "chain__head" },
      h("b", {}, title),
      h("label", { class: "check" }, bypass, h("span", {}, say("chain_bypass"))),
      act(
        "chain_up",
        "↑",
        () => {
          this.plugins = moved(this.plugins, place, -1);
        },
        place === 0,
      ),
      act(
        "chain_down",
        "↓",
        () => {
          this.plugins = moved(this.plugins, place, 1);
        },
        place === this.plugins.length - 1,
      ),
      act("chain_remove", "×", () => {
        this.plugins = this.plugins.filter((one) => one !== plugin);
      }),
    );
    const transfer = h("div", { class: "chain__transfer" });
    const controls = definition ? this.controls(schema, controlsOf(definition), plugin, `${place}`) : [];
    return h(
      "li",
      { class: "chain__plugin" },
      head,
      h("div", { class: "benchform__fields" }, ...controls),
      transfer,
    );
  }

  private controls(
    schema: Schema,
    found: [string, Property][],
    target: Plugin | Row,
    id: string,
  ): HTMLElement[] {
    return found.flatMap(([name, property]) => {
      if (property.type === "array") return [this.rows(schema, name, property, target as Plugin, id)];
      if (property.type === "string" && !property.enum) return [];
      return [this.control(name, property, target, `chain-${id}-${name}`)];
    });
  }

  private control(name: string, property: Property, target: Plugin | Row, id: string): HTMLElement {
    const label = h("label", { for: id }, property.title ?? name.replaceAll("_", " "));
    if (property.enum) {
      const select = h("select", { id });
      for (const value of property.enum) {
        select.append(
          h(
            "option",
            { value: String(value), selected: value === (target[name] ?? property.default) },
            String(value).replaceAll("_", " "),
          ),
        );
      }
      select.addEventListener("change", () => {
        target[name] = property.enum?.find((value) => String(value) === select.value) ?? select.value;
        this.write();
      });
      return h("div", { class: "field" }, label, select);
    }
    if (property.type === "boolean") {
      const box = h("input", { id, type: "checkbox", checked: (target[name] ?? property.default) === true });
      box.addEventListener("change", () => {
        target[name] = box.checked;
        this.write();
      });
      return h(
        "div",
        { class: "field" },
        h("label", { class: "check", for: id }, box, h("span", {}, property.title ?? name)),
      );
    }
    return this.slider(name, property, target, id, label);
  }

  private slider(
    name: string,
    property: Property,
    target: Plugin | Row,
    id: string,
    label: HTMLElement,
  ): HTMLElement {
    const value = target[name] ?? property.default ?? property.minimum ?? 0;
    const input = h("input", {
      id,
      type: "number",
      min: property.minimum,
      max: property.maximum,
      step: property.type === "integer" ? 1 : "any",
      value: String(value),
      "data-step": stepOf(property),
    });
    input.addEventListener("input", () => {
      if (input.value !== "" && input.checkValidity()) target[name] = Number(input.value);
      this.write();
    });
    return h(
      "ll-slider" as "div",
      { class: "field", curve: property.curve ?? "linear" },
      label,
      input,
      h("span", { class: "unit" }, property.unit ?? ""),
    );
  }

  private rows(schema: Schema, name: string, property: Property, target: Plugin, id: string): HTMLElement {
    const row = rowOf(schema, property);
    const rows = (Array.isArray(target[name]) ? target[name] : []) as Row[];
    const box = h("div", { class: "chain__rows" });
    if (!row) return box;
    rows.forEach((one, place) => {
      const remove = h(
        "button",
        { type: "button", class: "button button--small" },
        say("chain_row_remove", { number: place + 1 }),
      );
      remove.disabled = rows.length <= (property.minItems ?? 0);
      remove.addEventListener("click", () => {
        target[name] = rows.filter((other) => other !== one);
        this.build();
      });
      const legend = h("legend", {}, say("chain_row", { number: place + 1 }));
      const fields = this.controls(schema, controlsOf(row), one, `${id}-${place}`);
      box.append(h("fieldset", { class: "chain__row" }, legend, ...fields, remove));
    });
    const add = h("button", { type: "button", class: "button button--small" }, say("chain_row_add"));
    add.disabled = rows.length >= (property.maxItems ?? 16);
    add.addEventListener("click", () => {
      target[name] = [...rows, newRow(schema, property)];
      this.build();
    });
    box.append(add);
    return box;
  }

  // ------------------------------------------------------------------------------------------ what the chain says
  private write(): void {
    const text = JSON.stringify(this.plugins);
    if (this.field) this.field.value = text;
    for (const kept of document.querySelectorAll<HTMLInputElement>("input[data-plugins]")) kept.value = text;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.drawCurves(), DRAW_MS);
  }

  private async drawCurves(): Promise<void> {
    this.asked += 1;
    const mine = this.asked;
    if (this.plugins.length === 0) {
      this.picture.replaceChildren();
      return;
    }
    const answer = await fetch("/api/curves/", {
      method: "POST",
      headers: { "content-type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify({ plugins: this.plugins }),
    }).catch(() => null);
    if (mine !== this.asked || !answer) return;
    if (!answer.ok) {
      const said = (await answer.json().catch(() => ({}))) as { message?: string };
      this.picture.replaceChildren(
        h("p", { class: "notice notice--bad", role: "status" }, said.message ?? say("failed")),
      );
      return;
    }
    const curves = (await answer.json()) as Curves;
    this.picture.replaceChildren(curve(curves.response_db, 24, say("chain_response")));
    const spots = this.list.querySelectorAll(".chain__transfer");
    curves.transfers_db.forEach((levels, place) => {
      spots[place]?.replaceChildren(...(levels ? [transfer(levels, curves.levels_db)] : []));
    });
  }
}

function frame(words: string, height: number, ...content: SVGElement[]): HTMLElement {
  const svg = s("svg", {
    viewBox: `0 0 ${WIDE} ${height}`,
    class: "chart",
    role: "img",
    "aria-label": words,
  });
  for (let line = 0; line <= 4; line += 1) {
    svg.append(
      s("line", { class: "grid", x1: 0, x2: WIDE, y1: (line * height) / 4, y2: (line * height) / 4 }),
    );
  }
  svg.append(...content);
  return h("figure", { class: "chain__figure" }, h("figcaption", { class: "small muted" }, words), svg);
}

/** Gain over frequency: 0 dB in the middle, `span` dB up and down. */
function curve(gains: readonly number[], span: number, words: string): HTMLElement {
  const step = WIDE / Math.max(gains.length - 1, 1);
  const y = (gain: number): number => TALL / 2 - (Math.max(-span, Math.min(span, gain)) / span) * (TALL / 2);
  const points = gains.map((gain, index) => `${(index * step).toFixed(1)},${y(gain).toFixed(1)}`).join(" ");
  return frame(
    `${words} (20 Hz – 20 kHz, ±${span} dB)`,
    TALL,
    s("polyline", { class: "curve chain__curve", points }),
  );
}

function transfer(levels: readonly number[], from: readonly number[]): HTMLElement {
  const least = from[0] ?? -72;
  const place = (value: number): number => (Math.max(least, Math.min(0, value)) - least) / -least;
  const points = levels.map(
    (level, index) =>
      `${(place(from[index] ?? 0) * WIDE).toFixed(1)},${((1 - place(level)) * TALL).toFixed(1)}`,
  );
  const straight = s("line", { class: "axis", x1: 0, y1: TALL, x2: WIDE, y2: 0 });
  return frame(
    `${say("chain_transfer")} (${least} – 0 dB)`,
    TALL,
    straight,
    s("polyline", { class: "curve chain__curve", points: points.join(" ") }),
  );
}
