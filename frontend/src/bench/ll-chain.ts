import { h } from "../shared/dom";
import { RefusedError } from "./audition";
import { ChainControls } from "./chain-controls";
import { askCurves, responseFigure, transferFigure } from "./chain-curves";
import { jsonField, whenOpened } from "./json-field";
import { kindsOf, moved, newPlugin, type Plugin, type Schema } from "./schema";
import { say } from "./words";

const DRAW_MS = 250;

/**
 * `<ll-chain schema="address" [prefix]>` around a JSON field: plugins are added, ordered, turned and removed; the field always says
 * the same, so the form works as it would without scripts. A `[data-load]` select loads a mix setting by its id; the
 * options of a hidden `[data-impulses]` select are the recordings that a convolution may use. `prefix` keeps the ids of
 * several chains apart; in a closed `<details>` nothing is drawn until it is opened.
 */
export class LLChain extends HTMLElement {
  private schema: Schema | null = null;
  private controls: ChainControls | null = null;
  private plugins: Plugin[] = [];
  private readonly list = h("ol", { class: "chain" });
  private readonly picture = h("div", { class: "chain__curves" });
  private readonly status = h("p", { class: "chain__status", role: "status" });
  private readonly adding = h("div", { class: "cluster field" });
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;

  connectedCallback(): void {
    whenOpened(this, () => void this.begin());
  }

  private get field(): HTMLTextAreaElement | null {
    return jsonField(this);
  }

  private async begin(): Promise<void> {
    const { field } = this;
    const answer = await fetch(this.getAttribute("schema") ?? "").catch(() => null);
    if (!field || !answer?.ok || this.schema) return;
    this.schema = (await answer.json()) as Schema;
    const options = this.querySelectorAll<HTMLOptionElement>("[data-impulses] option");
    const impulses = [...options].map((one) => ({ value: one.value, words: one.text }));
    this.controls = new ChainControls(this.schema, impulses, {
      written: () => this.write(),
      rebuilt: () => this.build(),
    });
    try {
      this.plugins = JSON.parse(field.value || "[]") as Plugin[];
    } catch {
      this.plugins = [];
    }
    field.closest<HTMLElement>(".field")?.setAttribute("hidden", "");
    this.prepend(this.picture, this.status, this.list, this.adding);
    this.buildAdding(this.schema);
    const kept = this.querySelector<HTMLSelectElement>("[data-load]");
    kept?.addEventListener("change", () => void this.load(kept));
    this.build();
    // Somebody may have chosen while the schema was on its way.
    if (kept?.value) void this.load(kept);
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
    const answer = await fetch(`/api/elements/${select.value}/setting/`).catch(() => null);
    const body = (await answer?.json().catch(() => ({}))) as
      | { plugins?: Plugin[]; message?: string }
      | undefined;
    if (!answer?.ok || !body?.plugins) {
      this.refuse(body?.message ?? say("failed"));
      return;
    }
    this.plugins = body.plugins;
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
    const title = schema.$defs[plugin.type]?.title ?? plugin.type;
    const bypass = h("input", { type: "checkbox", checked: plugin.bypass === true });
    bypass.addEventListener("change", () => {
      plugin.bypass = bypass.checked;
      this.write();
    });
    const last = place === this.plugins.length - 1;
    const head = h(
      "div",
      { class: "chain__head" },
      h("b", {}, title),
      h("label", { class: "check" }, bypass, h("span", {}, say("chain_bypass"))),
      this.act("↑", say("chain_up", { plugin: title }), place === 0, () => moved(this.plugins, place, -1)),
      this.act("↓", say("chain_down", { plugin: title }), last, () => moved(this.plugins, place, 1)),
      this.act("×", say("chain_remove", { plugin: title }), false, () =>
        this.plugins.filter((one) => one !== plugin),
      ),
    );
    const fields = this.controls?.of(plugin, `${this.getAttribute("prefix") ?? ""}${place}`) ?? [];
    return h(
      "li",
      { class: "chain__plugin" },
      head,
      h("div", { class: "benchform__fields" }, ...fields),
      h("div", { class: "chain__transfer" }),
    );
  }

  /** A small button that makes another list of plugins. */
  private act(sign: string, words: string, off: boolean, next: () => Plugin[]): HTMLElement {
    const button = h(
      "button",
      { type: "button", class: "iconbutton", "aria-label": words, disabled: off },
      sign,
    );
    button.addEventListener("click", () => {
      this.plugins = next();
      this.build();
    });
    return button;
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
    try {
      const curves = this.plugins.length > 0 ? await askCurves(this.plugins) : null;
      if (mine !== this.asked) return;
      this.refuse("");
      this.picture.replaceChildren(...(curves ? [responseFigure(curves.response_db)] : []));
      const spots = this.list.querySelectorAll(".chain__transfer");
      curves?.transfers_db.forEach((levels, place) => {
        spots[place]?.replaceChildren(...(levels ? [transferFigure(levels, curves.levels_db)] : []));
      });
    } catch (error) {
      if (mine === this.asked) this.refuse(error instanceof RefusedError ? error.message : say("failed"));
    }
  }

  private refuse(words: string): void {
    this.status.textContent = words;
    this.status.className = words ? "chain__status notice notice--bad" : "chain__status";
    if (words) this.picture.replaceChildren();
  }
}
