"""Mixes stems: hears what each is, and proposes level, place, equaliser, compressor and reverb for it, with reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from engine.arrays import Doubles, Signal
from engine.dsp import loudness
from engine.errors import SilenceError
from engine.mixing import auto_tracks, listening
from engine.mixing.auto_places import positions
from engine.mixing.auto_reference import Refined, Wanted, refine
from engine.mixing.auto_tracks import Share, Track, Treated
from engine.mixing.mix import Mix
from engine.mixing.routing import mixdown
from engine.mixing.styles import decay_s
from engine.recommend.capability import Tell, silent

MIX_LUFS: Final = -18.0  # with headroom for a master
PEAK_DBFS: Final = -1.0
_SEND_LEAST_DB: Final = -38.0
_FADER_DB: Final = (-60.0, 30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """How a mix leans away from what was heard: dB on roles, dB on all sends, a factor on distances from the middle."""

    words: str = ""
    roles_db: tuple[tuple[str, float], ...] = ()
    sends_db: float = 0.0
    wide: float = 1.0


IN_FULL: Final = Share()
PLAIN: Final = Taste()


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoMix:
    """A proposed mix.

    sound : (2, samples) float32, what `document` (a mix, version 1) makes of the stems
    levels_lu : (tracks,) loudness of each track that sounds against their mean, as intended
    """

    sound: Signal
    document: dict[str, Any]
    levels_lu: Doubles
    integrated_lufs: float
    sample_peak_dbfs: float
    remarks: tuple[str, ...]


class Session:
    """The stems of one song, looked at once for any number of mixes."""

    def __init__(self, stems: Sequence[tuple[str, Signal]], *, sample_rate_hz: int, tell: Tell = silent) -> None:
        self.rate = sample_rate_hz
        self.names = [name for name, _ in stems]
        self.sources = dict(stems)
        self.tracks: list[Track] = []
        for index, (name, signal) in enumerate(stems):
            tell(index / len(stems), f"listening to {name}")
            track = auto_tracks.look(name, signal, sample_rate_hz=sample_rate_hz)
            self.tracks += [track] if track is not None else []
        if not self.tracks:
            raise SilenceError("all stems are silent")

    def mix(
        self,
        genre: str,
        *,
        share: Share = IN_FULL,
        taste: Taste = PLAIN,
        wanted: Wanted | None = None,
        heard: listening.Heard | None = None,
        seed: int = 1,
        tell: Tell = silent,
    ) -> AutoMix:
        """Propose one mix: in the manner of a genre, and near a reference where one is `wanted`.

        heard : what the tracks that sound are, in place of what the network hears
        """
        tell(0.0, "hearing what each track is")
        heard = heard or listening.listen([track.powers for track in self.tracks], genre)
        treated = []
        for index, track in enumerate(self.tracks):
            tell(0.05 + 0.35 * index / len(self.tracks), f"working on {track.name}")
            treated.append(auto_tracks.treat(track, heard, index, genre, share))
        level, away = heard.level_lu, _away(self.tracks, heard.away)
        refined = None
        if wanted is not None:
            balances = np.stack([one.balance_db for one in treated])
            refined = refine(level, away, balances, wanted, seed=seed)
            level, away = refined.level_lu, away * refined.wide
        level = level + _lean(treated, taste)
        place = positions(np.clip(away * taste.wide * share.pan, 0, 1))
        plan = _Plan(self, genre, heard, treated, level, place, share, taste)
        tell(0.45, "playing the mix")
        document, sound = _played(self, plan.document())
        tell(0.95, "the measures")
        lufs = loudness.integrated_lufs(sound, sample_rate_hz=self.rate)
        return AutoMix(
            sound=sound, document=document, levels_lu=level - level.mean(), integrated_lufs=lufs,
            sample_peak_dbfs=_peak_db(sound), remarks=plan.remarks(refined),
        )  # fmt: skip


def added(stems: Sequence[tuple[str, Signal]]) -> Signal:
    """The stems simply added, (2, samples): what a mix is compared with."""
    total = np.zeros((2, max(signal.shape[1] for _, signal in stems)), np.float32)
    for _, signal in stems:
        total[:, : signal.shape[1]] += signal
    return total


class _Plan:
    """Everything decided; as a document, and in words."""

    def __init__(
        self, session: Session, genre: str, heard: listening.Heard, treated: list[Treated], level: Doubles,
        place: Doubles, share: Share, taste: Taste,
    ) -> None:  # fmt: skip
        self._session, self._genre, self._heard, self._treated = session, genre, heard, treated
        self._place, self._share = place, share
        now = np.array([one.level_db for one in treated])
        kept = (1 - share.level) * (np.array([track.level_db for track in session.tracks]) - _mean_of(session.tracks))
        wanted = share.level * level + kept
        whole = 10 * np.log10(np.sum(10 ** (wanted / 10)))  # as if all sounded at once
        self._gains = np.clip(MIX_LUFS + 0.691 - 3.01 - whole + wanted - now, *_FADER_DB)
        self._sends = heard.send_db + taste.sends_db
        self._bus = _free_name("Reverb", session.names)

    def document(self) -> dict[str, Any]:
        """A mix of version 1; a silent track keeps an untouched strip."""
        strips, has_sends = {}, False
        for index, track in enumerate(self._session.tracks):
            strip: dict[str, Any] = {
                "name": track.name,
                "gain_db": round(float(self._gains[index]), 2),
                "position": round(float(self._place[index]), 2),
                "plugins": list(self._treated[index].plugins),
            }
            if self._is_sent(index):
                strip["sends"] = [{"to": self._bus, "gain_db": self._send(index)}]
                has_sends = True
            strips[track.name] = strip
        room = {"type": "reverb", "decay_s": decay_s(self._genre), "mix": 1.0}
        buses = [{"name": self._bus, "plugins": [room]}] if has_sends else []
        tracks = [strips.get(name, {"name": name}) for name in self._session.names]
        return {"version": 1, "tracks": tracks, "buses": buses, "master": {"gain_db": 0.0}}

    def remarks(self, refined: Refined | None) -> tuple[str, ...]:
        """A sentence on each track, and on the reference."""
        said = []
        for index, track in enumerate(self._session.tracks):
            moves = [auto_tracks.heard_as(self._heard, index), f"fader {self._gains[index]:+.1f} dB"]
            place = float(self._place[index])
            if abs(place) >= 0.05:
                moves.append(f"{abs(place):.0%} to the {'right' if place > 0 else 'left'}")
            elif track.is_wide:
                moves.append("stereo already, so left in the middle")
            moves += self._treated[index].words
            if self._is_sent(index):
                moves.append(f"{self._send(index):.0f} dB to the reverb")
            said.append(f"{track.name}: {', '.join(moves)}.")
        sounding = {track.name for track in self._session.tracks}
        said += [f"{name}: silent, left as it is." for name in self._session.names if name not in sounding]
        if refined is not None:
            said.append(
                f"Faders and places were moved towards the reference: distance {refined.before_db:.1f} dB before, "
                f"{refined.after_db:.1f} dB after."
            )
        return tuple(said)

    def _is_sent(self, index: int) -> bool:
        return self._share.reverb > 0 and self._send(index) > _SEND_LEAST_DB

    def _send(self, index: int) -> float:
        faded = 20 * np.log10(max(self._share.reverb, 0.01))
        return round(float(np.clip(self._sends[index] + faded, -60, 0)), 1)


def _played(session: Session, document: dict[str, Any]) -> tuple[dict[str, Any], Signal]:
    """The mix as sound, its master fader set so that it is as loud as is meant and nothing is clipped."""
    sound = mixdown(Mix.from_settings(document), session.sources, sample_rate_hz=session.rate)
    lufs = loudness.integrated_lufs(sound, sample_rate_hz=session.rate)
    wanted = MIX_LUFS - lufs if np.isfinite(lufs) else 0.0
    gain = round(float(np.clip(min(wanted, PEAK_DBFS - _peak_db(sound)), *_FADER_DB)), 2)
    document = {**document, "master": {"gain_db": gain}}
    return document, sound * np.float32(10 ** (gain / 20))


def _peak_db(sound: Signal) -> float:
    return float(20 * np.log10(max(float(np.abs(sound).max(initial=0.0)), 1e-7)))


def _away(tracks: list[Track], away: Doubles) -> Doubles:
    return np.where([track.is_wide for track in tracks], 0.0, away)


def _lean(treated: list[Treated], taste: Taste) -> Doubles:
    by_role = dict(taste.roles_db)
    return np.array([by_role.get(one.role, 0.0) for one in treated])


def _mean_of(tracks: list[Track]) -> float:
    return float(np.mean([track.level_db for track in tracks]))


def _free_name(wanted: str, names: list[str]) -> str:
    name, number = wanted, 2
    while name in names:
        name, number = f"{wanted} {number}", number + 1
    return name
