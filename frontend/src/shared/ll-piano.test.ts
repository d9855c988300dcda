// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";
import { LLPiano, noteName, withNote, withoutLast } from "./ll-piano";

class Silent {
  currentTime = 0;
  resume = vi.fn();
  close = vi.fn();
  gain = { linearRampToValueAtTime: vi.fn(), exponentialRampToValueAtTime: vi.fn() };
  connect = vi.fn(() => this);
  start = vi.fn();
  stop = vi.fn();
}

beforeEach(() => {
  document.documentElement.lang = "en";
  for (const name of ["AudioContext", "GainNode", "OscillatorNode"]) vi.stubGlobal(name, Silent);
  if (!customElements.get("ll-piano")) customElements.define("ll-piano", LLPiano);
  document.body.innerHTML = '<input id="tune"><ll-piano for="tune"></ll-piano>';
});

function field(): HTMLInputElement {
  return document.querySelector<HTMLInputElement>("#tune") ?? document.createElement("input");
}

test("notes are named as the search reads them", () => {
  expect([60, 63, 66, 72].map(noteName)).toEqual(["C4", "Eb4", "F#4", "C5"]);
});

test("a played note follows the notes that stand there, and takes the place of other words", () => {
  expect(withNote("E4 F", 67)).toBe("E4 F G4");
  expect(withNote("U D R", 67)).toBe("G4");
  expect(withoutLast("E4 F4 G4 ")).toBe("E4 F4");
  expect(withoutLast("")).toBe("");
});

test("keys that are pressed and places on the keyboard write into the field; Backspace takes back", () => {
  const keys = document.querySelectorAll<HTMLElement>("ll-piano button");
  keys[0]?.click();
  for (const code of ["KeyD", "KeyU", "KeyZ", "Backspace"])
    keys[0]?.dispatchEvent(new KeyboardEvent("keydown", { code, bubbles: true, cancelable: true }));

  expect(keys).toHaveLength(13);
  expect(field().value).toBe("C4 E4");
});

test("shortcuts with a modifier stay the browser's", () => {
  const press = new KeyboardEvent("keydown", {
    code: "KeyA",
    ctrlKey: true,
    bubbles: true,
    cancelable: true,
  });
  document.querySelector("ll-piano button")?.dispatchEvent(press);

  expect(press.defaultPrevented).toBe(false);
  expect(field().value).toBe("");
});
