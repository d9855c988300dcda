/** Notes under review on the server: read once, saved a moment after each change, one save at a time. */
import { csrfToken } from "../shared/dom";
import { type EditNote, type Row, toRows } from "./editing";

export interface Told {
  revision: number;
  notes: Row[];
  heard: { seconds: number; beats_s: number[]; chords: [number, number, string][]; notes: Row[] };
}

export type Saving = "saving" | "saved" | "failed";

export class Draft {
  private revision = 0;
  private wanted: readonly EditNote[] | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private under: Promise<void> | null = null;

  /** `tell` hears how saving goes, with the server's words where it refused. */
  constructor(
    private readonly address: string,
    private readonly tell: (state: Saving, words: string) => void,
    private readonly pause_ms = 500,
  ) {}

  async load(): Promise<Told> {
    const answer = await fetch(this.address, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const told = (await answer.json()) as Told;
    this.revision = told.revision;
    return told;
  }

  /** Whether something was changed that the server does not have yet. */
  get isOpen(): boolean {
    return this.wanted !== null || this.under !== null;
  }

  change(notes: readonly EditNote[]): void {
    this.wanted = notes;
    clearTimeout(this.timer);
    this.tell("saving", "");
    this.timer = setTimeout(() => void this.flush(), this.pause_ms);
  }

  /** Save what is open now; resolves once nothing is, or the server refused. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    while (this.isOpen) {
      this.under ??= this.save().finally(() => {
        this.under = null;
      });
      await this.under;
    }
  }

  private async save(): Promise<void> {
    const notes = this.wanted ?? [];
    this.wanted = null;
    try {
      const answer = await fetch(this.address, {
        method: "PUT",
        headers: { "content-type": "application/json", "X-CSRFToken": csrfToken() },
        body: JSON.stringify({ revision: this.revision, notes: toRows(notes) }),
      });
      const body = (await answer.json().catch(() => ({}))) as { revision?: number; message?: string };
      if (!answer.ok) throw new Error(body.message);
      this.revision = body.revision ?? this.revision;
      this.tell("saved", "");
    } catch (error) {
      this.tell("failed", error instanceof Error ? error.message : "");
    }
  }
}
