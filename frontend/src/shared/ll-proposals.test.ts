// @vitest-environment happy-dom
import { beforeAll, expect, test, vi } from "vitest";
import { LLProposals } from "./ll-proposals";

beforeAll(() => customElements.define("ll-proposals", LLProposals));

const card = (id: string, state = "heard"): string =>
  `<article id="${id}" data-state="${state}"><input name="title" value="${id}"></article>`;

async function answered(element: LLProposals, html: string): Promise<string[]> {
  vi.stubGlobal("fetch", async () => ({ ok: true, text: async () => html }));
  element.dispatchEvent(new CustomEvent("jobshow", { detail: { state: "finished" } }));
  await vi.waitFor(() =>
    expect(element.querySelectorAll("article")).toHaveLength(html.split("<article").length - 1),
  );
  await new Promise((resolve) => setTimeout(resolve));
  return [...element.querySelectorAll("article")].map((one) => one.id);
}

test("cards take the order in which the server ranks them, and what is typed stays", async () => {
  document.body.innerHTML = `<ll-proposals src="/x/">${card("proposal-0")}${card("proposal-1")}</ll-proposals>`;
  const element = document.querySelector("ll-proposals") as LLProposals;
  const typed = element.querySelector("#proposal-0 input") as HTMLInputElement;
  typed.value = "Mine";
  typed.focus();

  const order = await answered(element, card("known-a") + card("proposal-1") + card("proposal-0"));

  expect(order).toEqual(["known-a", "proposal-1", "proposal-0"]);
  expect((element.querySelector("#proposal-0 input") as HTMLInputElement).value).toBe("Mine");
  expect(document.activeElement).toBe(typed);
});

test("cards that could not be fetched after the last word of the job are asked for again", async () => {
  document.body.innerHTML = `<ll-proposals src="/x/">${card("proposal-0")}</ll-proposals>`;
  const element = document.querySelector("ll-proposals") as LLProposals;
  const answers = [
    async () => ({ ok: false, text: async () => "" }),
    async () => Promise.reject(new TypeError("the connection broke")),
    async () => ({ ok: true, text: async () => card("proposal-0") + card("proposal-1") }),
  ];
  vi.stubGlobal("fetch", () => (answers.shift() ?? (() => Promise.reject(new Error("asked too often"))))());

  element.dispatchEvent(new CustomEvent("jobshow", { detail: { state: "finished" } }));

  await vi.waitFor(() => expect(element.querySelectorAll("article")).toHaveLength(2), { timeout: 5000 });
  expect(answers).toHaveLength(0);
});
