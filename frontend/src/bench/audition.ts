/** Asking the server for an audition: a process on a section, and waiting for what comes of it. */
import { csrfToken } from "../shared/dom";
import type { Audition } from "./loudness";

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

/** The finished audition. Throws RefusedError with the server's words; resolves to null where `signal` gave it up. */
export async function askAudition(
  element: string,
  wish: Wish,
  signal: AbortSignal,
  onBegun: () => void = () => undefined,
): Promise<Audition | null> {
  try {
    const begun = await told<{ audition_id: string }>(
      await fetch(`/api/elements/${element}/auditions/`, {
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
      const audition = await told<Audition>(await fetch(`/api/auditions/${begun.audition_id}/`, { signal }));
      if (audition.state === "refused") throw new RefusedError(audition.refusal ?? "");
      if (audition.state === "done") return audition;
    }
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}
