/** Follow one job to its end: the truth on start, on every (re)connection and on a slow beat; hints in between. */
import { hasEnded, type Job, type Message, pause, UNKNOWN, withMessage } from "./job";

/** The server's word for "no such job, or not yours". */
const REFUSED = 4404;

export interface Follower {
  stop(): void;
  /** Ask at once, e.g. after a cancellation. */
  ask(): void;
}

export function follow(id: string, show: (job: Job) => void): Follower {
  let job = UNKNOWN;
  let asked = 0;
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let socket: WebSocket | null = null;

  function set(next: Job): void {
    job = next;
    show(job);
    if (hasEnded(job)) stop();
  }

  async function ask(): Promise<void> {
    clearTimeout(timer);
    try {
      const answer = await fetch(`/api/jobs/${id}/`, { headers: { accept: "application/json" } });
      if (stopped) return;
      if (answer.ok) set({ ...UNKNOWN, ...((await answer.json()) as Partial<Job>) });
    } catch {
      // The server is away for a moment; the next beat asks again.
    }
    asked += 1;
    if (!stopped) timer = setTimeout(ask, pause(asked, socket?.readyState === WebSocket.OPEN) * 1000);
  }

  function listen(): void {
    if (stopped) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/ws/jobs/${id}/`);
    socket.addEventListener("open", () => void ask());
    socket.addEventListener("message", (event) => {
      if (!stopped) set(withMessage(job, JSON.parse(String(event.data)) as Message));
    });
    // After a refusal there is no use in knocking again; the slow beat of questions goes on.
    socket.addEventListener("close", (event) => {
      if (event.code !== REFUSED) setTimeout(listen, 3000);
    });
  }

  function stop(): void {
    stopped = true;
    clearTimeout(timer);
    socket?.close();
  }

  void ask();
  listen();
  return { stop, ask: () => void ask() };
}

export async function cancel(id: string, token: string): Promise<boolean> {
  const answer = await fetch(`/api/jobs/${id}/cancel/`, {
    method: "POST",
    headers: { "X-CSRFToken": token },
  });
  return answer.ok;
}
