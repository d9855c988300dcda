/** Asking the server to try a process on a section, and waiting for what comes of it. */
import { csrfToken } from "../shared/dom";
import type { Trial } from "./loudness";

export class RefusedError extends Error {}

export interface Wish {
  process: string;
  parameters: Record<string, unknown>;
  start_s: number;
  seconds: number;
}

async function told<T>(answer: Response): Promise<T> {
  const body = (await answer.json().catch(() => ({}))) as T & { message?: string };
  if (!answer.ok) throw new RefusedError(body.message ?? String(answer.status));
  return body;
}

/** Milliseconds until the next question: quick at first. */
export function pause(asked: number): number {
  return Math.min(150 + asked * 50, 1000);
}

/** The finished trial. Throws RefusedError with the server's words; resolves to null where `signal` gave it up. */
export async function tryIt(
  element: string,
  wish: Wish,
  signal: AbortSignal,
  onBegun: () => void = () => undefined,
): Promise<Trial | null> {
  try {
    const begun = await told<{ trial_id: string }>(
      await fetch(`/api/elements/${element}/trials/`, {
        method: "POST",
        headers: { "content-type": "application/json", "X-CSRFToken": csrfToken() },
        body: JSON.stringify(wish),
        signal,
      }),
    );
    onBegun();
    for (let asked = 0; ; asked += 1) {
      await new Promise((done) => setTimeout(done, pause(asked)));
      if (signal.aborted) return null;
      const trial = await told<Trial>(await fetch(`/api/trials/${begun.trial_id}/`, { signal }));
      if (trial.state === "refused") throw new RefusedError(trial.refusal ?? "");
      if (trial.state === "done") return trial;
    }
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}
