// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";
import { LLMap } from "./ll-map";

if (!customElements.get("ll-map")) customElements.define("ll-map", LLMap);

const PAGE = `<form><ll-map field="towards"><svg>
  <g data-name="Cello"><circle /></g><g data-name="Flute"><circle /></g></svg><p data-named>Pick one.</p></ll-map>
  <select name="towards"><option value="">None</option><option>Cello</option><option>Flute</option></select></form>`;

describe("the map of timbres", () => {
  beforeEach(() => {
    document.body.innerHTML = PAGE;
  });

  const list = (): HTMLSelectElement => document.querySelector("select") as HTMLSelectElement;
  const chosen = (): string[] =>
    [...document.querySelectorAll<SVGElement>(".timbremap__place--chosen")].map(
      (one) => one.dataset.name ?? "",
    );
  const pick = (name: string): void => {
    document
      .querySelector(`[data-name="${name}"] circle`)
      ?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  };

  it("sets the list when a point is picked, and clears it when the point is picked again", () => {
    pick("Flute");
    expect(list().value).toBe("Flute");
    expect(chosen()).toEqual(["Flute"]);
    expect(document.querySelector("[data-named]")?.textContent).toBe("Flute");

    pick("Flute");
    expect(list().value).toBe("");
    expect(chosen()).toEqual([]);
  });

  it("follows the list", () => {
    list().value = "Cello";
    list().dispatchEvent(new Event("change", { bubbles: true }));
    expect(chosen()).toEqual(["Cello"]);
  });
});
