// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { askAudition, pause, RefusedError } from "./audition";

const WISH = { process: "noise", parameters: {}, start_s: 0, seconds: 1 };

function server(...answers: [status: number, body: unknown][]): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (address: string, init?: RequestInit) => {
    asked.push(`${init?.method ?? "GET"} ${address}`);
    const [status, body] = answers.shift() ?? [500, {}];
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

test("an audition is begun once and asked for until it is done", async () => {
  const asked = server(
    [202, { audition_id: "t" }],
    [200, { state: "open" }],
    [200, { state: "done", id: "t" }],
  );

  const audition = await askAudition("e", WISH, new AbortController().signal);

  expect(audition?.state).toBe("done");
  expect(asked).toEqual([
    "POST /api/elements/e/auditions/",
    "GET /api/auditions/t/",
    "GET /api/auditions/t/",
  ]);
});

test("a refusal is told in the server's words, whether at once or later", async () => {
  server([400, { message: "The chain is empty." }]);
  await expect(askAudition("e", WISH, new AbortController().signal)).rejects.toThrow(
    new RefusedError("The chain is empty."),
  );

  server([202, { audition_id: "t" }], [200, { state: "refused", refusal: "Too short." }]);
  await expect(askAudition("e", WISH, new AbortController().signal)).rejects.toThrow("Too short.");
});

test("an audition that was given up is nothing, and no error", async () => {
  const giving = new AbortController();
  server([202, { audition_id: "t" }]);

  expect(await askAudition("e", WISH, giving.signal, () => giving.abort())).toBeNull();
});

test("questions become rarer, up to one a second", () => {
  expect([pause(0), pause(5), pause(100)]).toEqual([150, 400, 1000]);
});
