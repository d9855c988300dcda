// @vitest-environment happy-dom
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { player } from "./player";
import { startRows, trackOf } from "./rows";

const row = (id: string): string =>
  `<li data-preview="/${id}.ogg" data-id="${id}" data-title="${id}" data-duration="4">` +
  `<button class="play"></button><a href="#">${id}</a></li>`;

function press(key: string, target: Element = document.body): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
  target.dispatchEvent(event);
  return event;
}

beforeAll(() => {
  vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue(undefined);
  startRows();
});

beforeEach(() => {
  document.body.innerHTML = `<input><ol>${row("a")}${row("b")}</ol>`;
});

test("a row's attributes make a track", () => {
  const first = document.querySelector<HTMLElement>("[data-id=a]");

  expect(first && trackOf(first)).toMatchObject({ id: "a", audio: "/a.ogg", duration: 4 });
});

test("space on the page plays the first row and marks it", () => {
  const event = press(" ");

  expect(event.defaultPrevented).toBe(true);
  expect(player.track?.id).toBe("a");
  expect(document.querySelector("[data-id=a]")?.hasAttribute("data-current")).toBe(true);
});

test("space in a field is a space", () => {
  const event = press(" ", document.querySelector("input") as Element);

  expect(event.defaultPrevented).toBe(false);
});

test("space on the play button is left to the button's own click", () => {
  expect(press(" ", document.querySelector(".play") as Element).defaultPrevented).toBe(false);
});

test("an arrow moves the focus to the next row", () => {
  press("ArrowDown", document.querySelector("[data-id=a] .play") as Element);

  expect(document.activeElement).toBe(document.querySelector("[data-id=b] .play"));
});

test("at the last row an arrow stays", () => {
  const last = document.querySelector<HTMLElement>("[data-id=b] .play");
  last?.focus();

  press("ArrowDown", last as Element);

  expect(document.activeElement).toBe(last);
});

test("clicking a play button plays that row", () => {
  document.querySelector<HTMLElement>("[data-id=b] .play")?.click();

  expect(player.track?.id).toBe("b");
});
