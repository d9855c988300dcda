// @vitest-environment happy-dom
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { idsIn, LLPick } from "./ll-pick";

const [LAMP, FERRY] = ["0197aaaa-0000-7000-8000-000000000001", "0197aaaa-0000-7000-8000-000000000002"];
const ROWS = [
  { id: LAMP, title: "Lamp", maker: "Mira", note: "9.00 EUR" },
  { id: FERRY, title: "Night ferry", maker: "Tomás", note: "" },
];

beforeAll(() => customElements.define("ll-pick", LLPick));

beforeEach(() => {
  vi.stubGlobal("fetch", async (address: URL) => ({
    ok: true,
    json: async () => ({
      found: ROWS.filter(
        ({ id, title }) =>
          address.searchParams.getAll("id").includes(id) ||
          title.toLowerCase().includes(address.searchParams.get("q") ?? "\0"),
      ),
    }),
  }));
});

function shown(many = false, value = ""): { search: HTMLInputElement; field: HTMLTextAreaElement } {
  const page = document.createElement("div");
  page.innerHTML = `<label for="f">Element</label><ll-pick src="/elements/pick/"${many ? " many" : ""}><textarea id="f" name="element" required>${value}</textarea></ll-pick>`;
  document.body.replaceChildren(page);
  return {
    search: document.querySelector("[role=combobox]") as HTMLInputElement,
    field: document.querySelector("textarea") as HTMLTextAreaElement,
  };
}

async function type(search: HTMLInputElement, words: string): Promise<void> {
  search.focus();
  search.value = words;
  search.dispatchEvent(new Event("input"));
  await vi.waitFor(() => expect(document.querySelector("[role=option]")).not.toBeNull());
}

function press(search: HTMLInputElement, key: string): void {
  search.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

test("ids are found in pasted addresses, each once", () => {
  expect(idsIn(`https://x/elements/${LAMP}/ and ${LAMP.toUpperCase()} ${FERRY}`)).toEqual([LAMP, FERRY]);
});

test("an element is found by its title and taken with Enter; its id is what is sent", async () => {
  const { search, field } = shown();

  await type(search, "ferry");
  press(search, "Enter");

  expect(field.value).toBe(FERRY);
  await vi.waitFor(() =>
    expect(document.querySelector(".pick__picked")?.textContent).toContain("Night ferry"),
  );
  expect(search.required).toBe(false);
});

test("several are gathered, arrows choose, and each can be taken out again", async () => {
  const { search, field } = shown(true, LAMP);
  await vi.waitFor(() => expect(document.querySelector(".pick__picked")?.textContent).toContain("Lamp"));

  await type(search, "ferry");
  press(search, "ArrowDown");
  press(search, "Enter");
  expect(field.value).toBe(`${LAMP}\n${FERRY}`);

  document.querySelector<HTMLButtonElement>(".pick__picked button")?.click();
  expect(field.value).toBe(FERRY);
});

test("the label names the place to search, and what is out of sight is not asked for", () => {
  const { search, field } = shown();

  expect(document.querySelector("label")?.htmlFor).toBe(search.id);
  expect([field.hidden, field.required, search.required]).toEqual([true, false, true]);
});
