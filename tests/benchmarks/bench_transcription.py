"""How well recordings are written down as notes: python -m tests.benchmarks.bench_transcription [--songs 5]

Excerpts of 30 s from held-out songs of POP909 (numbers ending in 5), played by a bank that nothing was trained on:
TimGM6mb (Debian: timgm6mb-soundfont), used here for measuring alone. Scores are those of mir_eval: onset within 50 ms
and the same pitch; "with offset" also the end within the greater of 50 ms and a fifth of the note: our offsets against
the note as it sounds (pedal included), our releases against the note as its key was held (Basic Pitch has one end).
Rows whose data is absent are left out, and said so.
"""

import argparse
import csv
import logging
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from unittest.mock import MagicMock

import mir_eval
import numpy as np

from engine.io import audio
from engine.score import Score
from engine.training import note_data, rendered_notes
from engine.transcription import pitch_track, transcribe
from engine.transcription.posteriors import RATE_HZ, posteriors
from tests.helpers.shared import SHARED

BANK = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
START_S, LENGTH_S = 40.0, 30.0
INSTRUMENTS = {"electric piano": 4, "harpsichord": 6, "nylon guitar": 24, "strings": 48, "brass": 61}
Notes = np.ndarray  # rows of onset_s, offset_s, pitch (MIDI, may be broken)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A recording with the notes that sound in it, and as the keys were held."""

    name: str
    mono: np.ndarray
    heard: Notes
    held: Notes


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=int, default=5)
    parser.add_argument("--bank", type=Path, default=BANK)
    parser.add_argument("--shared", type=Path, default=SHARED)
    options = parser.parse_args()
    voice(options.shared / "data" / "audio" / "vocadito")
    folder = options.shared / "data" / "pop909"
    if not options.bank.is_file() or not folder.is_dir():
        print(f"polyphonic rows left out: {options.bank if folder.is_dir() else folder} is absent")
        return
    polyphony(note_data.songs(folder, "test")[: options.songs], options.bank)


def voice(folder: Path) -> None:
    """Pitch and notes of a sung recording."""
    if not folder.is_dir():
        print(f"sung rows left out: {folder} is absent")
        return
    signal, rate = audio.read((folder / "Audio" / "vocadito_1.wav").read_bytes())
    names = ("F0/vocadito_1_f0", "Notes/vocadito_1_notesA1", "Notes/vocadito_1_notesA2")
    f0, *notes = (_table(folder / "Annotations" / f"{name}.csv") for name in names)
    low = audio_at(signal.mean(axis=0), rate, pitch_track.RATE_HZ)
    started = time.perf_counter()
    track = pitch_track.track(low)
    spent = time.perf_counter() - started
    hz = np.where(track.voiced, track.pitch_hz, -track.pitch_hz)
    scores = mir_eval.melody.evaluate(f0[:, 0], f0[:, 1], track.times_s, hz)
    print(
        f"sung line: overall accuracy {scores['Overall Accuracy']:.3f}, raw pitch {scores['Raw Pitch Accuracy']:.3f}",
        end="",
    )
    print(f", voicing recall {scores['Voicing Recall']:.3f}, {spent / (len(low) / 16000):.3f} times real time")
    annotators = [np.c_[a[:, 0], a[:, 0] + a[:, 2], 69 + 12 * np.log2(a[:, 1] / 440)] for a in notes]
    heard = transcribe(signal, sample_rate_hz=rate, texture="mono").notes
    ours = np.array([(n.onset_s, n.offset_s, n.pitch_exact_midi) for n in heard])
    low = audio_at(signal.mean(axis=0), rate, RATE_HZ)
    rows = {"annotator 2": annotators[1], "ours": ours}
    if (decode := basic_pitch_decoder()) is not None:
        rows["Basic Pitch"] = decode(low)
    for name, found in rows.items():
        against = annotators[:1] if name == "annotator 2" else annotators
        marks = "; ".join(f"against annotator {i + 1} {_marks(score(a, found))}" for i, a in enumerate(against))
        print(f"  notes, {name}: {marks}")


def polyphony(songs: list[Path], bank: Path) -> None:
    """The table of notes, kind of music by kind of music."""
    decode = basic_pitch_decoder()
    if decode is None:
        print("rows of Basic Pitch left out: the package basic-pitch is absent")
    print(f"{len(songs)} songs, {LENGTH_S:.0f} s each, {bank.name}")
    print(f"{'music':30}{'by':14}{'P':>7}{'R':>7}{'F':>7}{'with offset':>13}{'as held':>9}{'x real time':>13}")
    for kind, pieces in _kinds(songs, bank):
        hearers: dict[str, Callable[[np.ndarray], Notes]] = {"ours": _ours}
        if decode is not None:
            hearers["Basic Pitch"] = decode
        for name, hear in hearers.items():
            started = time.perf_counter()
            found = [hear(piece.mono) for piece in pieces]
            pace = (time.perf_counter() - started) / sum(len(piece.mono) / RATE_HZ for piece in pieces)
            rows = [
                (*score(p.heard, f[:, :3]), score(p.held, f[:, [0, -1, 2]] if f.shape[1] > 3 else f)[3])
                for p, f in zip(pieces, found, strict=True)
            ]
            mean = np.mean(rows, axis=0)
            print(f"{kind:30}{name:14}" + "".join(f"{v:7.3f}" for v in mean[:3]), end="")
            print(f"{mean[3]:13.3f}{mean[4]:9.3f}{pace:13.3f}", flush=True)
    print(f"first notes of a minute of music after {first_result_s(pieces):.2f} s (networks already loaded)")


def _kinds(songs: list[Path], bank: Path) -> Iterator[tuple[str, list[Piece]]]:
    excerpts = [rendered_notes.excerpt(rendered_notes.read_song(path), START_S, LENGTH_S) for path in songs]
    pianos = [replace(each, parts=tuple(p for p in each.parts if p.name == "PIANO")) for each in excerpts]
    yield "piano part", [_piece(each, bank) for each in pianos]
    yield "whole arrangement", [_piece(each, bank) for each in excerpts]
    for name, program in INSTRUMENTS.items():
        yield f"piano part, {name}", [_piece(_with_program(each, program), bank) for each in pianos]


def _with_program(score_: Score, program: int) -> Score:
    return replace(score_, parts=tuple(replace(part, program=program) for part in score_.parts))


def _piece(excerpt: Score, bank: Path) -> Piece:
    mono = rendered_notes.play(excerpt, bank, sample_rate_hz=RATE_HZ)[: int(LENGTH_S * RATE_HZ)]
    clock = excerpt.clock()
    held = [(clock.seconds(n.onset), clock.seconds(n.offset), n.pitch_midi) for n in excerpt.notes()]
    heard = [(n.onset_s, n.offset_s, n.pitch_midi) for n in rendered_notes.heard_notes(excerpt)]
    inside = LENGTH_S - 0.1
    # What goes on after the recording's end cannot be heard: there it ends.
    held, heard = ([(on, min(off, LENGTH_S), pitch) for on, off, pitch in rows] for rows in (held, heard))
    return Piece(
        name=excerpt.title,
        mono=mono,
        heard=np.array([row for row in heard if row[0] < inside]),
        held=np.array([row for row in held if row[0] < inside]),
    )


def _ours(mono: np.ndarray) -> Notes:
    notes = transcribe(mono, sample_rate_hz=RATE_HZ, texture="poly").notes
    return np.array([(n.onset_s, n.offset_s, n.pitch_midi, n.written_end_s) for n in notes]).reshape(-1, 4)


def first_result_s(pieces: list[Piece]) -> float:
    """Seconds until the first notes of a minute of music are told."""
    minute = np.concatenate([piece.mono for piece in pieces])[: 60 * RATE_HZ]
    told: list[float] = []
    started = time.perf_counter()
    transcribe(
        minute, sample_rate_hz=RATE_HZ, texture="poly", heard=lambda _: told.append(time.perf_counter() - started)
    )
    return told[0] if told else float("nan")


def basic_pitch_decoder() -> Callable[[np.ndarray], Notes] | None:
    """Basic Pitch with the package's own decoding and its default settings, on our framing of its network.

    The decoding needs none of the package's heavy imports, so stand-ins take the place of those that are absent.
    """
    logging.disable(logging.WARNING)
    for name in ("librosa", "pretty_midi", "resampy"):
        if name not in sys.modules and find_spec(name) is None:
            sys.modules.setdefault(name, MagicMock())
    try:
        from basic_pitch.note_creation import output_to_notes_polyphonic
    except (ImportError, AttributeError):
        return None

    def decode(mono: np.ndarray) -> Notes:
        found = posteriors(np.asarray(mono, np.float32))
        # The package's defaults: basic_pitch.inference.predict.
        notes = output_to_notes_polyphonic(
            found.note.copy(), found.onset.copy(), onset_thresh=0.5, frame_thresh=0.3, min_note_len=11,
            infer_onsets=True, max_freq=None, min_freq=None, melodia_trick=True,
        )  # fmt: skip
        return np.array([(start * 256 / RATE_HZ, end * 256 / RATE_HZ, pitch) for start, end, pitch, _ in notes])

    return decode


def score(reference: Notes, found: Notes) -> tuple[float, float, float, float]:
    """Precision, recall and F1 of onsets, and F1 with offsets."""
    if not len(found):
        return 0.0, 0.0, 0.0, 0.0
    spans = [np.c_[rows[:, 0], np.maximum(rows[:, 1], rows[:, 0] + 0.01)] for rows in (reference, found)]
    pitches = [440 * 2 ** ((rows[:, 2] - 69) / 12) for rows in (reference, found)]
    measure = mir_eval.transcription.precision_recall_f1_overlap
    onset = measure(spans[0], pitches[0], spans[1], pitches[1], offset_ratio=None)[:3]
    return (*onset, measure(spans[0], pitches[0], spans[1], pitches[1])[2])


def audio_at(mono: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    """Another sampling rate."""
    from engine.dsp.resample import resample

    return resample(mono[np.newaxis], from_hz=from_hz, to_hz=to_hz)[0]


def _marks(values: tuple[float, float, float, float]) -> str:
    return f"F {values[2]:.3f} (P {values[0]:.3f}, R {values[1]:.3f}), with offset {values[3]:.3f}"


def _table(path: Path) -> np.ndarray:
    return np.array([[float(cell) for cell in row] for row in csv.reader(path.open())])


if __name__ == "__main__":
    main()
