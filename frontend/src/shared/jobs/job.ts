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
  /** What it made: an `url` leads there. */
  result: { url?: string } & Record<string, unknown>;
}

export interface Hint {
  fraction?: number;
  words?: string;
  state?: JobState;
}

export const UNKNOWN: Job = { state: "requested", queue_place: null, fraction: null, words: "", result: {} };

export function hasEnded(job: Job): boolean {
  return job.state !== "requested";
}

/** A hint moves progress on, never back, and never ends a job: only the truth does. */
export function withHint(job: Job, hint: Hint): Job {
  if (hasEnded(job)) return job;
  const fraction = Math.max(job.fraction ?? 0, hint.fraction ?? 0);
  return { ...job, queue_place: null, fraction, words: hint.words || job.words };
}

export function wordsOf(job: Job): string {
  if (job.state === "finished") return job.words || t("job_finished");
  if (job.state === "failed") return job.words || t("job_failed");
  if (job.state === "cancelled") return t("job_cancelled");
  if (job.queue_place === 0 && job.fraction === null) return t("job_next");
  if (job.queue_place && job.fraction === null) return t("job_queued", { place: job.queue_place + 1 });
  return job.words || t("job_running");
}

/** Seconds until the next question: quick at first, then patient; a lively socket makes it rare. */
export function pause(asked: number, socketOpen: boolean): number {
  return socketOpen ? 10 : Math.min(10, 1 + asked * 0.5);
}
