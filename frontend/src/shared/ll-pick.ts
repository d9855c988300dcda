import { h } from "./dom";
import { t } from "./words";

export interface Found {
  id: string;
  title: string;
  maker: string;
  /** What it costs, in words. */
  note: string;
}

const WAIT_MS = 150;
let count = 0;

/** The ids in a field: pasted addresses, or ids, in any company. Pure. */
export function idsIn(text: string): string[] {
  return [...new Set(text.toLowerCase().match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [])];
}

/**
 * `<ll-pick src="/elements/pick/" [many]>` around the text field that is sent: find elements by a part of their title,
 * with arrows and Enter. The field takes addresses and ids where there is no script; with it, it is kept out of sight.
 */
export class LLPick extends HTMLElement {
  private found: Found[] = [];
  private chosen = 0;
  private timer = 0;
  private asked = 0;
  private readonly known = new Map<string, Found>();
  private readonly listId = `pick-list-${++count}`;
  private readonly list = h("ul", { id: this.listId, role: "listbox", class: "pick__list", hidden: true });
  private readonly picked = h("ul", { class: "pick__picked cluster" });
  private readonly search = h("input", {
    type: "text",
    role: "combobox",
    "aria-expanded": "false",
    "aria-autocomplete": "list",
    "aria-controls": this.listId,
    autocomplete: "off",
    spellcheck: "false",
  });

  connectedCallback(): void {
    const field = this.field;
    if (!field) return;
    this.querySelectorAll(".pick").forEach((one) => {
      one.remove();
    });
    this.search.id = `${field.id}-find`;
    this.search.placeholder = t("pick_search");
    this.search.setAttribute("aria-describedby", field.getAttribute("aria-describedby") ?? "");
    const label = document.querySelector<HTMLLabelElement>(`label[for="${field.id}"]`);
    if (label) label.htmlFor = this.search.id;
    field.hidden = true;
    // What is out of sight cannot be asked for by the browser: the place to search asks in its stead.
    this.search.required = field.required && !field.value;
    field.required = false;
    this.list.setAttribute("aria-label", t("pick_list"));
    this.append(
      h("div", { class: "pick" }, this.picked, h("div", { class: "pick__box" }, this.search, this.list)),
    );
    this.search.addEventListener("input", this.onInput);
    this.search.addEventListener("keydown", this.onKey);
    this.search.addEventListener("blur", () => setTimeout(() => this.close(), 120));
    void this.showPicked();
  }

  private get field(): HTMLInputElement | HTMLTextAreaElement | null {
    return this.querySelector<HTMLInputElement | HTMLTextAreaElement>("[name]");
  }

  private get many(): boolean {
    return this.hasAttribute("many");
  }

  private get ids(): string[] {
    return idsIn(this.field?.value ?? "");
  }

  private readonly onInput = (): void => {
    clearTimeout(this.timer);
    const query = this.search.value.trim();
    if (!query) this.close();
    else this.timer = window.setTimeout(() => void this.look(query), WAIT_MS);
  };

  private async look(query: string): Promise<void> {
    const mine = ++this.asked;
    const found = await this.ask("q", [query]);
    if (mine !== this.asked || document.activeElement !== this.search) return;
    this.found = found.filter((one) => !this.ids.includes(one.id));
    this.chosen = 0;
    const options = this.found.map((one, place) => this.option(one, place));
    const none = h("li", { class: "muted", role: "option", "aria-disabled": true }, t("pick_none"));
    this.list.replaceChildren(...(options.length ? options : [none]));
    this.list.hidden = false;
    this.search.setAttribute("aria-expanded", "true");
    this.mark();
  }

  private async ask(name: string, values: string[]): Promise<Found[]> {
    const address = new URL(this.getAttribute("src") ?? "", window.location.href);
    for (const value of values) address.searchParams.append(name, value);
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    const rows = answer?.ok ? ((await answer.json()) as { found: Found[] }).found : [];
    for (const one of rows) this.known.set(one.id, one);
    return rows;
  }

  private option(one: Found, place: number): HTMLLIElement {
    const more = [one.maker, one.note].filter(Boolean).join(" · ");
    const item = h(
      "li",
      { role: "option", id: `${this.listId}-${place}` },
      h("span", {}, one.title),
      " ",
      h("small", { class: "muted" }, more),
    );
    // Before the search loses the focus and closes the list.
    item.addEventListener("mousedown", (event) => {
      event.preventDefault();
      this.take(one);
    });
    return item;
  }

  private mark(): void {
    [...this.list.children].forEach((item, place) => {
      item.setAttribute("aria-selected", String(this.found.length > 0 && place === this.chosen));
      if (place === this.chosen) item.scrollIntoView?.({ block: "nearest" });
    });
    const active = this.found.length ? `${this.listId}-${this.chosen}` : "";
    this.search.setAttribute("aria-activedescendant", active);
  }

  private close(): void {
    this.list.hidden = true;
    this.search.setAttribute("aria-expanded", "false");
    this.search.setAttribute("aria-activedescendant", "");
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const one = this.found[this.chosen];
    if (this.list.hidden) return;
    if (by && this.found.length) {
      this.chosen = (this.chosen + by + this.found.length) % this.found.length;
      this.mark();
    } else if (event.key === "Enter") {
      if (one) this.take(one);
    } else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
  };

  private take(one: Found): void {
    this.keep(this.many ? [...this.ids, one.id] : [one.id]);
    this.search.value = "";
    this.close();
  }

  private keep(ids: string[]): void {
    const field = this.field;
    if (!field) return;
    field.value = ids.join("\n");
    if (!this.many) this.search.required = false;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    void this.showPicked();
  }

  private async showPicked(): Promise<void> {
    const unknown = this.ids.filter((id) => !this.known.has(id));
    if (unknown.length) await this.ask("id", unknown);
    this.picked.replaceChildren(
      ...this.ids.map((id) => {
        const title = this.known.get(id)?.title ?? id;
        const out = h(
          "button",
          { type: "button", class: "iconbutton", "aria-label": t("pick_out", { title }) },
          "×",
        );
        out.addEventListener("click", () => {
          this.keep(this.ids.filter((other) => other !== id));
          this.search.focus();
        });
        return h("li", { class: "chip" }, title, " ", out);
      }),
    );
  }
}
