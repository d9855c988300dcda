"""`render IN OUT`: notes played with the library's instruments, mixed where a mix is given."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from engine import console
from engine.errors import UnsupportedFormatError

if TYPE_CHECKING:
    from engine.arrays import Signal
    from engine.score import Score

SUMMARY: Final = "play notes with the library's instruments and write the sound"
_RATE_HZ: Final = 44_100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take notes, a target, a bank of instruments, a mix and a folder for stems."""
    console.add_source(parser, "MIDI, MusicXML or a chord progression")
    console.add_target(parser, "a .wav (24 bit), .flac (24 bit), .ogg or .mp3 file")
    parser.add_argument("--sounds", "--bank", type=Path, metavar="SF2", help="a SoundFont in place of the library's")
    parser.add_argument("--mix", type=Path, metavar="JSON", help="a mix, or a mix setting for the whole")
    parser.add_argument("--stems", type=Path, metavar="FOLDER", help="write each track and bus there as well, as WAV")
    parser.add_argument("--bits", type=int, choices=(16, 24), default=24, help="of WAV and FLAC; 24 if not said")


def run(options: argparse.Namespace) -> None:
    """Render at 44.1 kHz in stereo, and print what came out as JSON."""
    from engine.convert import form_of_name
    from engine.io import notes
    from engine.mixing import export

    form = form_of_name(options.target.name)
    if form not in ("wav", "flac", "ogg", "mp3"):
        raise UnsupportedFormatError(f"a rendering cannot be written as {options.target.suffix}")
    console.check_target(options.target, options.source, options.sounds, options.mix)
    score = notes.read(console.read(options.source))
    signal, stems = _played(score, options)
    held_back_db = _held_back_db(signal)
    signal = signal * signal.dtype.type(10 ** (held_back_db / 20))
    data = export(signal, sample_rate_hz=_RATE_HZ, format=form, bits=options.bits)
    console.write(options.target, data, options.source, options.sounds, options.mix)
    console.print_json(_report(signal, held_back_db, stems))


def _played(score: "Score", options: argparse.Namespace) -> "tuple[Signal, list[str]]":
    from engine.mixing import Mix, export, mixdown
    from engine.mixing.mix import read
    from engine.timbre import sampler

    if options.mix is None and options.stems is None:
        return sampler.render(score, sample_rate_hz=_RATE_HZ, bank=options.sounds), []
    names = sampler.part_names(score)
    mix = (Mix() if options.mix is None else read(console.read(options.mix))).with_tracks(names)
    written: list[str] = []

    def source(index: int) -> "Signal":
        return sampler.stem(score, index, sample_rate_hz=_RATE_HZ, bank=options.sounds)

    def keep(name: str, signal: "Signal") -> None:
        path = options.stems / f"{len(written) + 1:02}-{_safe(name)}.wav"
        console.write(path, export(_fitting(signal), sample_rate_hz=_RATE_HZ, bits=options.bits))
        written.append(path.name)

    if options.stems is not None:
        options.stems.mkdir(parents=True, exist_ok=True)
    sources = {name: (lambda index=index: source(index)) for index, name in enumerate(names)}
    signal = mixdown(mix, sources, sample_rate_hz=_RATE_HZ, keep_stem=keep if options.stems is not None else None)
    return signal, written


def _held_back_db(signal: "Signal") -> float:
    """By how much a mix must be lowered so that no sample is clipped; 0 if it fits."""
    import numpy as np

    peak = float(np.abs(signal).max(initial=0.0))
    return 0.0 if peak <= 1.0 else float(20 * np.log10(0.98 / peak))


def _fitting(signal: "Signal") -> "Signal":
    import numpy as np

    return np.zeros((2, 1), dtype=np.float32) if signal.shape[1] == 0 else signal


def _report(signal: "Signal", held_back_db: float, stems: list[str]) -> dict[str, Any]:
    import numpy as np

    from engine.dsp import loudness

    peak = float(np.abs(signal).max(initial=0.0))
    lufs = loudness.integrated_lufs(signal, sample_rate_hz=_RATE_HZ)
    return {
        "duration_s": round(signal.shape[1] / _RATE_HZ, 3),
        "sample_rate_hz": _RATE_HZ,
        "channels": signal.shape[0],
        "integrated_lufs": round(lufs, 2) if np.isfinite(lufs) else None,
        "sample_peak_dbfs": round(float(20 * np.log10(peak)), 2) if peak > 0 else None,
        "held_back_db": round(held_back_db, 2),
        "stems": stems,
    }


def _safe(name: str) -> str:
    """A name that is fit for a file: letters, digits, spaces, dots and dashes."""
    kept = "".join(letter if letter.isalnum() or letter in " .-_" else "-" for letter in name).strip(" .")
    return kept[:80] or "track"
