"""`render IN OUT`: notes played with the library's instruments, or with a SoundFont."""

import argparse
from pathlib import Path
from typing import Final

from engine import console
from engine.errors import UnsupportedFormatError

SUMMARY: Final = "play notes with the library's instruments and write the sound"
_RATE_HZ: Final = 44_100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take notes, a target and a bank of instruments."""
    console.add_source(parser, "MIDI, MusicXML or a chord progression")
    console.add_target(parser, "a .wav, .flac, .ogg or .mp3 file")
    parser.add_argument("--bank", type=Path, metavar="SF2", help="a SoundFont in place of the library's")


def run(options: argparse.Namespace) -> None:
    """Render at 44.1 kHz in stereo."""
    from engine.convert import form_of_name
    from engine.io import audio, notes
    from engine.timbre import sampler

    form = form_of_name(options.target.name)
    if form not in ("wav", "flac", "ogg", "mp3"):
        raise UnsupportedFormatError(f"a rendering cannot be written as {options.target.suffix}")
    console.check_target(options.target, options.source, options.bank)
    score = notes.read(console.read(options.source))
    signal = sampler.render(score, sample_rate_hz=_RATE_HZ, bank=options.bank)
    data = audio.write(signal, sample_rate_hz=_RATE_HZ, format=form)
    console.write(options.target, data, options.source, options.bank)
