// @vitest-environment happy-dom
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { LLWait } from "./ll-wait";

beforeAll(() => customElements.define("ll-wait", LLWait));
afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function waits(answers: object[]): { went: string[]; words: () => string } {
  vi.useFakeTimers();
  const went: string[] = [];
  vi.stubGlobal("location", { assign: (address: string) => went.push(address) });
  vi.stubGlobal("fetch", async () => {
    const next = answers.shift();
    return { ok: next !== undefined, json: async () => next };
  });
  document.body.innerHTML = `<ll-wait src="/far/"><p role="status">Waiting <a href="/again/">Look again</a></p></ll-wait>`;
  return { went, words: () => document.querySelector("[role=status]")?.textContent ?? "" };
}

test("it says how far it is and goes on when it is ready", async () => {
  const { went, words } = waits([
    { ready: false, fraction: 0.5, words: "Writing", next: "/file/" },
    { ready: true, fraction: 1, words: "", next: "/file/" },
  ]);

  await vi.advanceTimersByTimeAsync(750);
  const half = document.querySelector("progress")?.value;
  const said = words();
  await vi.advanceTimersByTimeAsync(750);

  expect(half).toBe(0.5);
  expect(said).toContain("Writing");
  expect(went).toEqual(["/file/"]);
});

test("a broken connection is no end: it asks again", async () => {
  const { went, words } = waits([]);

  await vi.advanceTimersByTimeAsync(3000);

  expect(went).toEqual([]);
  expect(words().startsWith("Waiting")).toBe(true);
});
