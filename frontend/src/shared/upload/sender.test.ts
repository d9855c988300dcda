// @vitest-environment happy-dom
import { beforeEach, expect, test } from "vitest";
import { type Door, fingerprint, forget, RefusedError, type SendOptions, send } from "./sender";

/** A server in memory that speaks the protocol, and breaks where it is told to. */
class FakeServer implements Door {
  received = new Map<string, Uint8Array>();
  breaks = 0;
  abandoned: string[] = [];
  wishes: unknown;

  private stumble(): void {
    if (this.breaks > 0) {
      this.breaks -= 1;
      throw new Error("connection lost");
    }
  }

  private session(id: string): { id: string; offset: number; chunk_bytes: number } {
    return { id, offset: this.received.get(id)?.length ?? 0, chunk_bytes: 4 };
  }

  async begin(): ReturnType<Door["begin"]> {
    this.stumble();
    const id = `u${this.received.size + 1}`;
    this.received.set(id, new Uint8Array());
    return this.session(id);
  }

  async offset(id: string): ReturnType<Door["offset"]> {
    this.stumble();
    return this.received.has(id) ? this.session(id) : null;
  }

  async chunk(id: string, offset: number, bytes: Blob): Promise<number> {
    this.stumble();
    const kept = this.received.get(id) ?? new Uint8Array();
    if (offset !== kept.length) return kept.length;
    const whole = new Uint8Array([...kept, ...new Uint8Array(await bytes.arrayBuffer())]);
    this.received.set(id, whole);
    return whole.length;
  }

  async complete(id: string, wishes: unknown): ReturnType<Door["complete"]> {
    this.wishes = wishes;
    return { job_id: `job-of-${id}` };
  }

  async abandon(id: string): Promise<void> {
    this.abandoned.push(id);
  }
}

const file = new File(["abcdefghij"], "take.wav", { lastModified: 1 });
const silent = { sent: () => undefined, waiting: () => undefined };
let server: FakeServer;

function options(changes: Partial<SendOptions> = {}): SendOptions {
  const { signal } = new AbortController();
  return {
    door: server,
    memory: localStorage,
    signal,
    progress: silent,
    sleep: async () => undefined,
    ...changes,
  };
}

const text = (id: string): string => new TextDecoder().decode(server.received.get(id));

beforeEach(() => {
  localStorage.clear();
  server = new FakeServer();
});

test("every byte arrives in order, and the job is named", async () => {
  expect(await send(file, options({ wishes: { kind: "wave" } }))).toBe("job-of-u1");
  expect(text("u1")).toBe("abcdefghij");
  expect(server.wishes).toEqual({ kind: "wave" });
});

test("a file half sent before a reload goes on where the server has it", async () => {
  await server.begin();
  await server.chunk("u1", 0, new Blob(["abcd"]));
  localStorage.setItem(fingerprint(file), "u1");
  const seen: [number, boolean][] = [];

  await send(
    file,
    options({ progress: { ...silent, sent: (bytes, resumed) => seen.push([bytes, resumed]) } }),
  );

  expect(text("u1")).toBe("abcdefghij");
  expect(seen[0]).toEqual([4, true]);
});

test("an upload that the server forgot begins anew", async () => {
  localStorage.setItem(fingerprint(file), "gone");

  expect(await send(file, options())).toBe("job-of-u1");
});

test("lost connections are waited out, twice as long each time", async () => {
  server.breaks = 3;
  const waits: number[] = [];

  await send(file, options({ progress: { ...silent, waiting: (seconds) => waits.push(seconds) } }));

  expect(waits).toEqual([1, 2, 4]);
  expect(text("u1")).toBe("abcdefghij");
});

test("a wrong offset is corrected by the server's own", async () => {
  const real = server.chunk.bind(server);
  let lied = false;
  server.chunk = async (id, offset, bytes) => {
    const next = await real(id, offset, bytes);
    if (lied) return next;
    lied = true;
    return 0;
  };

  await send(file, options());

  expect(text("u1")).toBe("abcdefghij");
});

test("a refusal is not repeated", async () => {
  let asked = 0;
  server.begin = async () => {
    asked += 1;
    throw new RefusedError("Too large.");
  };

  await expect(send(file, options())).rejects.toThrow("Too large.");
  expect(asked).toBe(1);
});

test("after a cancellation nothing more is sent, and both sides forget", async () => {
  const controller = new AbortController();
  controller.abort();
  localStorage.setItem(fingerprint(file), "u9");

  await expect(send(file, options({ signal: controller.signal }))).rejects.toThrow();
  await forget(file, { door: server, memory: localStorage });

  expect(server.received.size).toBe(0);
  expect(server.abandoned).toEqual(["u9"]);
  expect(localStorage.getItem(fingerprint(file))).toBeNull();
});
