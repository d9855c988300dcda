/** What is known of one job. The truth is asked for; what the socket says in between is a hint. */
import { t } from "../words";

export type JobState = "requested" | "finished" | "failed" | "cancelled";

export interface Job {
  state: JobState;
  /** Older open jobs; 0 is next. Null once it runs or has ended. */
  queue_place: number | null;
  /** 0 to 1, null where unknown. */
  fraction: number | null;
  /** What it is doing, or why it failed, in words for people. */
  words: string;
  /** What it made, by name: `element_id`, `version_id`, ... */
  result: Record<string, unknown> | null;
  /** Why it failed. */
  error: { code: string; message: string } | null;
}

/** A message on the socket: a hint of progress, or the whole truth again. */
export type Message = { hint: true; fraction: number; words: string } | (Partial<Job> & { hint?: false });

export const UNKNOWN: Job = {
  state: "requested",
  queue_place: null,
  fraction: null,
  words: "",
  result: null,
  error: null,
};

export function hasEnded(job: Job): boolean {
  return job.state !== "requested";
}

/** A hint moves progress on, never back, and never ends a job: only the truth does. */
export function withMessage(job: Job, message: Message): Job {
  if (!message.hint) return { ...UNKNOWN, ...message };
  if (hasEnded(job)) return job;
  const fraction = Math.max(job.fraction ?? 0, message.fraction);
  return { ...job, queue_place: null, fraction, words: message.words || job.words };
}

/** True while it waits for its turn, or nobody has said yet how far it is. */
export function isWaiting(job: Job): boolean {
  return !hasEnded(job) && !job.fraction;
}

export function wordsOf(job: Job): string {
  if (job.state === "finished") return job.words || t("job_finished");
  if (job.state === "failed") return job.error?.message || job.words || t("job_failed");
  if (job.state === "cancelled") return t("job_cancelled");
  if (isWaiting(job) && job.queue_place === 0) return t("job_next");
  if (isWaiting(job) && job.queue_place) return t("job_queued", { place: job.queue_place + 1 });
  return job.words || t("job_running");
}

/** The address of what it made: names in braces are filled from the result; null where one is missing. */
export function madeAt(job: Job, pattern: string): string | null {
  if (job.state !== "finished") return null;
  let whole = true;
  const address = pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = job.result?.[name];
    whole &&= typeof value === "string";
    return encodeURIComponent(String(value));
  });
  return whole ? address : null;
}

/** Seconds until the next question: quick at first, then patient; a lively socket makes it rare. */
export function pause(asked: number, socketOpen: boolean): number {
  return socketOpen ? 10 : Math.min(10, 1 + asked * 0.5);
}
