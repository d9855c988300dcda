// @vitest-environment happy-dom
import { beforeAll, expect, test } from "vitest";
import { LLPalette } from "./ll-palette";

const HTML = '<ll-palette><ul hidden><li><a href="/library/">Library</a></li></ul></ll-palette>';

beforeAll(() => customElements.define("ll-palette", LLPalette));

test("a page that comes back from the cache has one palette, with its places", () => {
  document.body.innerHTML = HTML;
  const snapshot = document.querySelector("ll-palette")?.cloneNode(true) as Element;
  document.body.replaceChildren(snapshot);

  document.querySelector<LLPalette>("ll-palette")?.open();

  expect(document.querySelectorAll("dialog")).toHaveLength(1);
  expect(document.querySelector("[role=option]")?.textContent).toBe("Library");
});

test("Ctrl-K opens it wherever the focus is", () => {
  document.body.innerHTML = `<input>${HTML}`;

  const event = new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true, cancelable: true });
  document.querySelector("input")?.dispatchEvent(event);

  expect(event.defaultPrevented).toBe(true);
  expect(document.querySelector("dialog")?.open).toBe(true);
});
