/** Send one file in chunks, resumably. The server's offset is the truth; we only ever send from there. */

export interface Session {
  id: string;
  offset: number;
  chunk_bytes: number;
}

/** What the uploader says of the file: kind, title, tags, element_id ... */
export type Wishes = Record<string, unknown>;

export interface Door {
  /** POST /api/uploads/ */
  begin(name: string, size: number): Promise<Session>;
  /** GET /api/uploads/<id>/; null where the server no longer knows it. */
  offset(id: string): Promise<Session | null>;
  /** PATCH: the new offset, or the server's own where ours was wrong. */
  chunk(id: string, offset: number, bytes: Blob, signal: AbortSignal): Promise<number>;
  /** POST /api/uploads/<id>/complete/ */
  complete(id: string, wishes: Wishes): Promise<{ job_id: string }>;
  /** DELETE: the server forgets it. */
  abandon(id: string): Promise<void>;
}

/** The server said no, and saying it again will not help. */
export class RefusedError extends Error {}

export interface Progress {
  sent(bytes: number, resumed: boolean): void;
  waiting(seconds: number): void;
}

export interface SendOptions {
  door: Door;
  memory: Storage;
  signal: AbortSignal;
  progress: Progress;
  wishes?: Wishes;
  sleep?: (seconds: number, signal: AbortSignal) => Promise<void>;
}

const PREFIX = "ledgerline.upload.";
const WAIT_SECONDS_MAX = 30;

/** What makes a file the same file after a reload: name, size, date, and who asked. */
export function fingerprint(file: File): string {
  return `${PREFIX}${file.name}|${file.size}|${file.lastModified}`;
}

/** The job that looks at the file, once every byte is there. Lost connections are waited out; refusals are thrown. */
export async function send(file: File, options: SendOptions): Promise<string> {
  const { door, memory, signal, progress } = options;
  const key = fingerprint(file);
  const kept = memory.getItem(key);
  const found = kept ? await patiently(() => door.offset(kept), options) : null;
  let session = found ?? (await patiently(() => door.begin(file.name, file.size), options));
  memory.setItem(key, session.id);
  progress.sent(session.offset, found !== null);
  while (session.offset < file.size) {
    signal.throwIfAborted();
    const { id, offset, chunk_bytes } = session;
    const bytes = file.slice(offset, offset + chunk_bytes);
    const next = await patiently(() => door.chunk(id, offset, bytes, signal), options);
    session = { ...session, offset: next };
    progress.sent(next, false);
  }
  const { job_id } = await patiently(() => door.complete(session.id, options.wishes ?? {}), options);
  memory.removeItem(key);
  return job_id;
}

/** After a cancellation: nothing is kept, here or there. */
export async function forget(
  file: File,
  { door, memory }: Pick<SendOptions, "door" | "memory">,
): Promise<void> {
  const key = fingerprint(file);
  const id = memory.getItem(key);
  memory.removeItem(key);
  if (id) await door.abandon(id);
}

async function patiently<T>(attempt: () => Promise<T>, options: SendOptions): Promise<T> {
  const { signal, progress, sleep = wait } = options;
  for (let seconds = 1; ; seconds = Math.min(WAIT_SECONDS_MAX, seconds * 2)) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof RefusedError || signal.aborted) throw error;
      progress.waiting(seconds);
      await sleep(seconds, signal);
    }
  }
}

function wait(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
