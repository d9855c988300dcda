/** The controls of one plugin, drawn from what the schema says of it. */
import { h } from "../shared/dom";
import {
  controlsOf,
  newRow,
  type Plugin,
  type Property,
  type Row,
  rowOf,
  type Schema,
  stepOf,
} from "./schema";
import { say } from "./words";

type Target = Plugin | Row;

export interface Impulse {
  value: string;
  words: string;
}

/** What the controls change and whom they tell: `written` after a value, `rebuilt` after a row came or went. */
export interface Telling {
  written: () => void;
  rebuilt: () => void;
}

export class ChainControls {
  constructor(
    private readonly schema: Schema,
    private readonly impulses: readonly Impulse[],
    private readonly telling: Telling,
  ) {}

  /** Of a plugin, in the schema's order; `id` keeps those of several plugins apart. */
  of(plugin: Plugin, id: string): HTMLElement[] {
    const definition = this.schema.$defs[plugin.type];
    return definition ? this.all(controlsOf(definition), plugin, id) : [];
  }

  private all(found: [string, Property][], target: Target, id: string): HTMLElement[] {
    return found.flatMap(([name, property]) => {
      if (property.type === "array") return [this.rows(name, property, target as Plugin, id)];
      if (name === "impulse") return [this.impulse(property, target, `chain-${id}-${name}`)];
      if (property.type === "string" && !property.enum) return [];
      return [this.control(name, property, target, `chain-${id}-${name}`)];
    });
  }

  private control(name: string, property: Property, target: Target, id: string): HTMLElement {
    if (property.enum) return this.select(name, property, target, id);
    if (property.type === "boolean") return this.toggle(name, property, target, id);
    return this.slider(name, property, target, id);
  }

  private label(name: string, property: Property, id: string): HTMLElement {
    return h("label", { for: id }, property.title ?? name.replaceAll("_", " "));
  }

  private select(name: string, property: Property, target: Target, id: string): HTMLElement {
    const select = h("select", { id });
    for (const value of property.enum ?? []) {
      const selected = value === (target[name] ?? property.default);
      select.append(h("option", { value: String(value), selected }, String(value).replaceAll("_", " ")));
    }
    select.addEventListener("change", () => {
      target[name] = property.enum?.find((value) => String(value) === select.value) ?? select.value;
      this.telling.written();
    });
    return h("div", { class: "field" }, this.label(name, property, id), select);
  }

  /** The room that is worked out, or a recording of one's own; one that is neither stays, and is named so. */
  private impulse(property: Property, target: Target, id: string): HTMLElement {
    const now = String(target.impulse ?? property.default ?? "");
    const known = [
      { value: String(property.default ?? ""), words: say("impulse_diffuse") },
      ...this.impulses,
    ];
    const other = known.some((one) => one.value === now) ? [] : [{ value: now, words: say("impulse_other") }];
    const select = h("select", { id });
    for (const { value, words } of [...known, ...other]) {
      select.append(h("option", { value, selected: value === now }, words));
    }
    select.addEventListener("change", () => {
      target.impulse = select.value;
      this.telling.written();
    });
    const hint = h("p", { class: "field__hint" }, say("impulse_hint"));
    return h("div", { class: "field" }, this.label("impulse", property, id), select, hint);
  }

  private toggle(name: string, property: Property, target: Target, id: string): HTMLElement {
    const box = h("input", { id, type: "checkbox", checked: (target[name] ?? property.default) === true });
    box.addEventListener("change", () => {
      target[name] = box.checked;
      this.telling.written();
    });
    const words = h("span", {}, property.title ?? name.replaceAll("_", " "));
    return h("div", { class: "field" }, h("label", { class: "check", for: id }, box, words));
  }

  private slider(name: string, property: Property, target: Target, id: string): HTMLElement {
    const input = h("input", {
      id,
      type: "number",
      min: property.minimum,
      max: property.maximum,
      step: property.type === "integer" ? 1 : "any",
      value: String(target[name] ?? property.default ?? property.minimum ?? 0),
      "data-step": stepOf(property),
    });
    input.addEventListener("input", () => {
      if (input.value !== "" && input.checkValidity()) target[name] = Number(input.value);
      this.telling.written();
    });
    return h(
      "ll-slider" as "div",
      { class: "field", curve: property.curve ?? "linear" },
      this.label(name, property, id),
      input,
      h("span", { class: "unit" }, property.unit ?? ""),
    );
  }

  private rows(name: string, property: Property, target: Plugin, id: string): HTMLElement {
    const row = rowOf(this.schema, property);
    const rows = (Array.isArray(target[name]) ? target[name] : []) as Row[];
    const box = h("div", { class: "chain__rows" });
    if (!row) return box;
    const button = (words: string, off: boolean, next: () => Row[]): HTMLElement => {
      const made = h("button", { type: "button", class: "button button--small", disabled: off }, words);
      made.addEventListener("click", () => {
        target[name] = next();
        this.telling.rebuilt();
      });
      return made;
    };
    rows.forEach((one, place) => {
      const number = place + 1;
      box.append(
        h(
          "fieldset",
          { class: "chain__row" },
          h("legend", {}, say("chain_row", { number })),
          ...this.all(controlsOf(row), one, `${id}-${place}`),
          button(say("chain_row_remove", { number }), rows.length <= (property.minItems ?? 0), () =>
            rows.filter((other) => other !== one),
          ),
        ),
      );
    });
    box.append(
      button(say("chain_row_add"), rows.length >= (property.maxItems ?? 16), () => [
        ...rows,
        newRow(this.schema, property),
      ]),
    );
    return box;
  }
}
