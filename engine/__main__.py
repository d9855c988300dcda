"""`python -m engine describe IN`, `convert IN OUT`, `render IN.mid OUT.wav`: exit 0, or 2 with one plain line."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.convert import SUFFIXES, AudioForm, NoteForm, convert
from engine.describe import describe
from engine.errors import EngineError, UnsupportedFormatError
from engine.io import audio, notes
from engine.timbre import sampler

_RATE_HZ = 44_100


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        data = options.source.read_bytes()
        if options.command == "describe":
            print(json.dumps(describe(data).as_json(), ensure_ascii=False, allow_nan=False))
        elif options.command == "convert":
            options.target.write_bytes(convert(data, _form(options.target)))
        else:
            _render(data, options.target, options.bank)
    except EngineError as error:
        print(f"{options.source}: {error.message}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _render(data: bytes, target: Path, bank: Path | None) -> None:
    form = _form(target)
    if form not in ("wav", "flac", "ogg", "mp3"):
        raise UnsupportedFormatError(f"a rendering cannot be written as {target.suffix}")
    signal = sampler.render(notes.read(data), sample_rate_hz=_RATE_HZ, bank=bank)
    target.write_bytes(audio.write(signal, sample_rate_hz=_RATE_HZ, format=form))


def _form(target: Path) -> NoteForm | AudioForm:
    try:
        return SUFFIXES[target.suffix.lower()]
    except KeyError:
        raise UnsupportedFormatError(f"cannot write {target.name}: use one of {', '.join(SUFFIXES)}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m engine", description="Describe, convert and render music files.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("describe", "print what a file holds as JSON"),
        ("convert", "write notes or sound in the form that the target's name asks for"),
        ("render", "play notes with the library's instruments"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("source", type=Path)
        if name != "describe":
            command.add_argument("target", type=Path)
        if name == "render":
            command.add_argument("--bank", type=Path, help="a SoundFont in place of the library's")
    return parser


if __name__ == "__main__":
    sys.exit(main())
