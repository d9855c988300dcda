import { h, isTyping } from "./dom";
import { t } from "./words";

interface Entry {
  label: string;
  address: string;
}

/** Entries whose label holds every word of the query, those that begin with it first. */
export function match(entries: readonly Entry[], query: string): Entry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = entries.filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)));
  const rank = ({ label }: Entry): number => (label.toLowerCase().startsWith(words[0] ?? "") ? 0 : 1);
  return fits.sort((one, other) => rank(one) - rank(other));
}

/** Ctrl-K: the pages this person may open (the links inside the element), or a search of the shop. */
export class LLPalette extends HTMLElement {
  private entries: Entry[] = [];
  private shown: Entry[] = [];
  private chosen = 0;
  private readonly input = h("input", {
    type: "text",
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": "palette-list",
    autocomplete: "off",
    spellcheck: "false",
  });
  private readonly list = h("ul", { id: "palette-list", role: "listbox" });
  private readonly dialog = h("dialog", { class: "palette" }, this.input, this.list);

  connectedCallback(): void {
    this.entries = [...this.querySelectorAll("a")].map((link) => ({
      label: link.textContent.trim(),
      address: link.getAttribute("href") ?? "/",
    }));
    this.querySelector("dialog")?.remove();
    this.append(this.dialog);
    this.input.setAttribute("aria-label", t("go_to"));
    this.input.placeholder = t("go_to");
    this.input.addEventListener("input", this.filter);
    this.input.addEventListener("keydown", this.onKey);
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    document.addEventListener("keydown", this.onGlobalKey);
  }

  disconnectedCallback(): void {
    document.removeEventListener("keydown", this.onGlobalKey);
  }

  open(): void {
    this.input.value = "";
    this.filter();
    if (!this.dialog.open) this.dialog.showModal();
    this.input.focus();
  }

  private readonly onGlobalKey = (event: KeyboardEvent): void => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      this.open();
    } else if (event.key === "/" && !isTyping(event.target)) {
      event.preventDefault();
      document.getElementById("site-search")?.focus();
    }
  };

  private readonly filter = (): void => {
    const query = this.input.value.trim();
    this.shown = match(this.entries, query);
    if (query) {
      const address = `/search/?q=${encodeURIComponent(query)}`;
      this.shown.push({ label: t("search_for", { query }), address });
    }
    this.chosen = 0;
    this.list.replaceChildren(...this.shown.map((entry, index) => this.option(entry, index)));
    this.mark();
  };

  private option(entry: Entry, index: number): HTMLLIElement {
    const item = h("li", { role: "option", id: `palette-${index}` }, entry.label);
    item.addEventListener("click", () => this.go(entry));
    return item;
  }

  private mark(): void {
    [...this.list.children].forEach((item, index) => {
      item.setAttribute("aria-selected", String(index === this.chosen));
      if (index === this.chosen) item.scrollIntoView?.({ block: "nearest" });
    });
    this.input.setAttribute("aria-activedescendant", this.shown.length ? `palette-${this.chosen}` : "");
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const entry = this.shown[this.chosen];
    if (by && this.shown.length) {
      this.chosen = (this.chosen + by + this.shown.length) % this.shown.length;
      this.mark();
    } else if (event.key === "Enter" && entry) {
      this.go(entry);
    } else return;
    event.preventDefault();
  };

  private go(entry: Entry): void {
    this.dialog.close();
    // A link's own click, so that Turbo turns the page and the player lives on.
    const link = h("a", { href: entry.address, hidden: true });
    document.body.append(link);
    link.click();
    link.remove();
  }
}
