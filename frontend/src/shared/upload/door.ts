/** The upload endpoints over fetch. Other answers than 5xx and 429 are final and carry words for people. */
import { csrfToken } from "../dom";
import { type Door, RefusedError, type Session } from "./sender";

const JSON_TYPE = { "content-type": "application/json" };

async function ask(address: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("accept", "application/json");
  headers.set("X-CSRFToken", csrfToken());
  const answer = await fetch(address, { ...init, headers });
  if (answer.status >= 500 || answer.status === 429) throw new Error(`${address} answered ${answer.status}`);
  return answer;
}

/** The body, or a refusal with the server's own words. */
async function accepted<T>(answer: Response): Promise<T> {
  const body = (await answer.json().catch(() => ({}))) as T & { message?: string; detail?: string };
  if (!answer.ok) throw new RefusedError(body.message ?? body.detail ?? "");
  return body;
}

export const httpDoor: Door = {
  async begin(name, size) {
    const body = JSON.stringify({ name, size });
    return accepted<Session>(await ask("/api/uploads/", { method: "POST", body, headers: JSON_TYPE }));
  },

  async offset(id) {
    const answer = await ask(`/api/uploads/${id}/`, {});
    if (answer.status === 404 || answer.status === 410) return null;
    return accepted<Session>(answer);
  },

  async chunk(id, offset, bytes, signal) {
    const answer = await ask(`/api/uploads/${id}/`, {
      method: "PATCH",
      body: bytes,
      signal,
      headers: { "Upload-Offset": String(offset), "content-type": "application/octet-stream" },
    });
    if (answer.status === 409) return ((await answer.json()) as Session).offset;
    if (!answer.ok) await accepted(answer);
    return Number(answer.headers.get("Upload-Offset"));
  },

  async complete(id, wishes) {
    const init = { method: "POST", body: JSON.stringify(wishes), headers: JSON_TYPE };
    return accepted<{ job_id: string }>(await ask(`/api/uploads/${id}/complete/`, init));
  },

  async abandon(id) {
    await ask(`/api/uploads/${id}/`, { method: "DELETE" });
  },
};
