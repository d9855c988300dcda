// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { Draft } from "./draft";
import { fromRows } from "./editing";

afterEach(() => vi.unstubAllGlobals());

const notes = (pitch: number) => fromRows([[0, 0, 1, pitch, 80, 1, 0]]);

function server(...answers: [status: number, body: unknown][]): { revision: number; pitch: number }[] {
  const saved: { revision: number; pitch: number }[] = [];
  vi.stubGlobal("fetch", async (_: string, init?: RequestInit) => {
    if (init?.method === "PUT") {
      const { revision, notes } = JSON.parse(String(init.body));
      saved.push({ revision, pitch: notes[0][3] });
    }
    const [status, body] = answers.shift() ?? [500, {}];
    return new Response(JSON.stringify(body), { status });
  });
  return saved;
}

async function opened(said: string[]): Promise<Draft> {
  const draft = new Draft("/api/drafts/d/", (state, words) => said.push(words || state), 0);
  await draft.load();
  return draft;
}

test("changes made in a row are saved once, with the revision they were read at", async () => {
  const saved = server(
    [200, { revision: 4, notes: [], heard: {} }],
    [200, { revision: 5 }],
    [200, { revision: 6 }],
  );
  const said: string[] = [];
  const draft = await opened(said);

  draft.change(notes(60));
  draft.change(notes(61));
  await draft.flush();
  draft.change(notes(62));
  await draft.flush();

  expect(saved).toEqual([
    { revision: 4, pitch: 61 },
    { revision: 5, pitch: 62 },
  ]);
  expect(draft.isOpen).toBe(false);
  expect(said.at(-1)).toBe("saved");
});

test("what changes while a save is on its way is saved after it", async () => {
  const saved = server(
    [200, { revision: 1, notes: [], heard: {} }],
    [200, { revision: 2 }],
    [200, { revision: 3 }],
  );
  const draft = await opened([]);

  draft.change(notes(60));
  const first = draft.flush();
  draft.change(notes(64));
  await Promise.all([first, draft.flush()]);

  expect(saved).toEqual([
    { revision: 1, pitch: 60 },
    { revision: 2, pitch: 64 },
  ]);
});

test("a refusal is told in the server's words and does not save for ever", async () => {
  const saved = server(
    [200, { revision: 1, notes: [], heard: {} }],
    [409, { message: "Somebody changed these notes meanwhile." }],
  );
  const said: string[] = [];
  const draft = await opened(said);

  draft.change(notes(60));
  await draft.flush();

  expect(saved).toHaveLength(1);
  expect(said.at(-1)).toBe("Somebody changed these notes meanwhile.");
});
