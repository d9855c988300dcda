"""One call that says what a file is and how it sounds: all that a listing shows and a search finds."""

from dataclasses import asdict, dataclass
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import Any, Final

from engine.analysis import fingerprint, hearing, key, meter, motifs, peaks, statistics, tempo
from engine.analysis.motifs import Motifs
from engine.analysis.statistics import Statistics
from engine.arrays import to_mono
from engine.dsp import loudness
from engine.errors import EngineError
from engine.io import audio, mix_setting, notes, progression, soundfont
from engine.io.recording import AUDIO_MEDIA, media_of, open_recording, read_small
from engine.io.sniff import Media
from engine.mixing import mix
from engine.picture import Picture, of_levels, of_notes, of_setting, of_signal
from engine.score import Part, Score
from engine.theory.names import key_name_of_fifths, pitch_class

ROLL_NOTES_MAX: Final = 6_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RollNote:
    """A note as the piano roll draws it; times in seconds, `part` is the index of its part."""

    onset_s: float
    duration_s: float
    pitch_midi: int
    velocity: int
    part: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a file holds; a field that does not apply to its media is None or empty.

    media : one of `engine.io.sniff.Media`
    element_kinds : kinds of element it can be, the likeliest first
        (midi, progression, melody, wave, sound, mix_setting)
    duration_s, tempo_bpm, integrated_lufs, true_peak_dbtp, sample_rate_hz : units in their names; loudness is None for
        silence
    key : such as "C major" or "F# minor"; time_signature : such as "6/8"
    contour : Parsons code of the melody, such as "*ruurd"; progression : the chords counted from the key's tonic
    statistics : what the notes are made of; motifs : what of them is searched
    peaks : 800 pairs of least and greatest value, full scale 1.0
    roll : at most 6,000 notes, in order of onset; note_count is the true number
    fingerprint : sketch for `engine.analysis.fingerprint.similarity`; compare only equal fingerprint_kind
    picture : what the cover draws
    """

    media: Media
    element_kinds: tuple[str, ...]
    title: str = ""
    duration_s: float | None = None
    tempo_bpm: float | None = None
    key: str | None = None
    time_signature: str | None = None
    integrated_lufs: float | None = None
    true_peak_dbtp: float | None = None
    sample_rate_hz: int | None = None
    channels: int | None = None
    note_count: int | None = None
    part_names: tuple[str, ...] = ()
    pitch_low: int | None = None
    pitch_high: int | None = None
    chords: tuple[str, ...] = ()
    contour: str = ""
    progression: str = ""
    statistics: Statistics | None = None
    motifs: Motifs | None = None
    presets: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    peaks: tuple[tuple[float, float], ...] = ()
    roll: tuple[RollNote, ...] = ()
    fingerprint_kind: str = ""
    fingerprint: tuple[int, ...] = ()
    picture: Picture

    def as_json(self) -> dict[str, Any]:
        """The description as plain JSON values (every number finite, every hash below 2**53)."""
        return asdict(self)


def describe(source: bytes | Path, *, tell: audio.Tell | None = None) -> Description:
    """Read a file of any kind the library takes and describe it, from its bytes or, in bounded memory, from disk.

    tell : is called with the seconds heard and the seconds in all of a recording that is too long to be held at once

    Raises
    ------
    EngineError
        As `engine.io.sniff.sniff` and the reader of the file's kind.
    """
    media = media_of(source)
    if media in AUDIO_MEDIA:
        return _recording(source, tell)
    data = read_small(source)
    if media in notes.MEDIA:
        chords = progression.read(data) if media == "progression" else None
        return of_score(notes.read(data), media=media, chords=chords)
    if media in ("sf2", "sf3"):
        return _sound(soundfont.read(data), data)
    return _mix(mix.read(data)) if mix.is_mix(data) else _setting(mix_setting.read(data))


def of_score(score: Score, *, media: Media = "midi", chords: progression.Progression | None = None) -> Description:
    """Describe notes that are already read."""
    pitches = [note.pitch_midi for part in score.parts if not part.is_drums for note in part.notes]
    symbols = tuple(chord.symbol for chord in chords.chords) if chords else _chords(score)
    found = _key(score)
    return Description(
        media=media,
        element_kinds=_note_kinds(score, is_progression=chords is not None),
        title=score.title or (chords.title if chords else ""),
        duration_s=round(score.duration_s, 3),
        tempo_bpm=tempo.of_score(score),
        key=found,
        time_signature=meter.of_score(score),
        note_count=score.note_count,
        part_names=tuple(dict.fromkeys(part.name for part in score.parts if part.name and part.notes))[:64],
        pitch_low=min(pitches, default=None),
        pitch_high=max(pitches, default=None),
        chords=symbols,
        contour=statistics.parsons_code(statistics.melody(score)),
        progression=statistics.progression_key(symbols, pitch_class(found.split()[0])) if found else "",
        statistics=statistics.of_score(score),
        motifs=motifs.of_score(score, key=found, chords=chords),
        roll=_roll(score),
        fingerprint_kind="notes",
        fingerprint=fingerprint.of_score(score),
        picture=of_notes(score, key=found),
    )


def _recording(source: bytes | Path, tell: audio.Tell | None) -> Description:
    with open_recording(source) as recording:
        heard = hearing.of_signal(recording) if recording.fits_memory else hearing.of_stream(recording, tell=tell)
        return Description(
            media=recording.media,
            element_kinds=("wave",),
            duration_s=round(heard.frames / recording.sample_rate_hz, 3),
            tempo_bpm=heard.tempo_bpm,
            key=heard.key,
            integrated_lufs=_finite(heard.integrated_lufs),
            true_peak_dbtp=_finite(heard.true_peak_dbtp),
            sample_rate_hz=recording.sample_rate_hz,
            channels=recording.channels,
            peaks=heard.peaks,
            fingerprint_kind="audio",
            fingerprint=heard.fingerprint,
            picture=heard.picture,
        )


def _sound(info: soundfont.SoundFontInfo, data: bytes) -> Description:
    from engine import preview  # late: it renders, which describing notes need not load

    heard = preview.signal(data)
    mono = to_mono(heard)
    return Description(
        media=info.media,
        element_kinds=("sound",),
        title=info.name,
        duration_s=round(heard.shape[1] / 44_100, 3),
        integrated_lufs=_finite(loudness.integrated_lufs(heard, sample_rate_hz=44_100)),
        true_peak_dbtp=_finite(loudness.true_peak_dbtp(heard, sample_rate_hz=44_100)),
        pitch_low=info.presets[0].key_low,
        pitch_high=info.presets[0].key_high,
        presets=tuple(preset.name for preset in info.presets)[:512],
        peaks=peaks.peaks(heard),
        fingerprint_kind="samples",
        fingerprint=fingerprint.of_bytes(soundfont.sample_bytes(data)),
        picture=of_signal(mono, sample_rate_hz=44_100, key=None),
    )


def _setting(setting: dict[str, Any]) -> Description:
    return Description(
        media="mix_setting",
        element_kinds=("mix_setting",),
        title=setting.get("name", ""),
        plugins=tuple(plugin["type"] for plugin in setting["plugins"]),
        fingerprint_kind="setting",
        fingerprint=fingerprint.of_bytes(mix_setting.facets(setting)),
        picture=of_setting(setting),
    )


def _mix(found: mix.Mix) -> Description:
    setting = mix.as_setting(found)
    strips = (*found.tracks, *found.buses, found.master)
    kinds = dict.fromkeys(str(plugin["type"]) for strip in strips for plugin in strip.plugins)
    return Description(
        media="mix_setting",
        element_kinds=("mix_setting",),
        title="",
        part_names=tuple(strip.name for strip in found.tracks),
        plugins=tuple(kinds),
        fingerprint_kind="setting",
        fingerprint=fingerprint.of_bytes(mix_setting.facets(setting)),
        picture=of_levels([strip.gain_db for strip in found.tracks]),
    )


def _note_kinds(score: Score, *, is_progression: bool) -> tuple[str, ...]:
    sounding = [part for part in score.parts if part.notes]
    if is_progression:
        return ("progression", "midi")
    if len(sounding) != 1 or sounding[0].is_drums:
        return ("midi",)
    if _is_monophonic(sounding[0]):
        return ("melody", "midi")
    if progression.chord_part(score) is not None:
        return ("progression", "midi")
    return ("midi",)


def _is_monophonic(part: Part) -> bool:
    """One note at a time; overlaps of less than a sixteenth are a player's legato."""
    for earlier, later in zip(part.notes, part.notes[1:], strict=False):
        if earlier.offset - later.onset > Fraction(1, 4) or earlier.onset == later.onset:
            return False
    return True


def _key(score: Score) -> str | None:
    """The key the notes are in; where they cannot tell, the key signature."""
    found = key.of_score(score)
    if found is None and score.keys:
        return key_name_of_fifths(score.keys[0].fifths, score.keys[0].mode)
    return found


def _chords(score: Score) -> tuple[str, ...]:
    if progression.chord_part(score) is None or len([part for part in score.parts if part.notes]) > 1:
        return ()
    try:
        found = progression.from_score(score)
    except EngineError:
        return ()
    return tuple(chord.symbol for chord in found.chords)[:512]


def _roll(score: Score) -> tuple[RollNote, ...]:
    clock = score.clock()
    drawn = sorted(
        ((note, index) for index, part in enumerate(score.parts) for note in part.notes),
        key=lambda pair: (pair[0].onset, pair[0].pitch_midi, pair[1]),
    )[:ROLL_NOTES_MAX]
    roll = []
    for note, index in drawn:
        start = clock.seconds(note.onset)
        roll.append(
            RollNote(
                onset_s=round(start, 4),
                duration_s=round(clock.seconds(note.offset) - start, 4),
                pitch_midi=note.pitch_midi,
                velocity=note.velocity,
                part=index,
            )
        )
    return tuple(roll)


def _finite(value: float) -> float | None:
    return round(float(value), 2) if isfinite(value) else None
