import * as Turbo from "@hotwired/turbo";
import { LLRoll } from "../shared/ll-roll";
import { LLToasts } from "../shared/ll-toasts";
import { LLWaveform } from "../shared/ll-waveform";
import { LLPlayer } from "../shared/player/ll-player";
import { player } from "../shared/player/player";
import { startRows } from "../shared/player/rows";
import { startTheme } from "../shared/theme";

const ELEMENTS: Record<string, CustomElementConstructor> = {
  "ll-player": LLPlayer,
  "ll-toasts": LLToasts,
  "ll-waveform": LLWaveform,
  "ll-roll": LLRoll,
};

function startTurbo(): void {
  // Forms are the browser's own unless one asks with data-turbo="true": checkout leaves the site, refusals answer 200.
  Turbo.config.forms.mode = "optin";
  Turbo.start();
}

export function start(): void {
  startTurbo();
  for (const [name, element] of Object.entries(ELEMENTS)) customElements.define(name, element);
  startTheme();
  startRows();
  player.restore();
  window.addEventListener("pagehide", () => player.keep());
}
