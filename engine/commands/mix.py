"""`mix STEM... OUT`: stems mixed automatically, and the mix that does it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine import console
from engine.commands import master
from engine.console import UsageError

if TYPE_CHECKING:
    from engine.recommend.audio_capability import AudioProposal
    from engine.recommend.capability import Value

SUMMARY: Final = "mix stems: level, place, equaliser, compressor and reverb for each, as a mix that can be edited"
_KINDS: Final = ("level", "equaliser", "compressor", "pan", "reverb")
_SUFFIXES: Final = (".wav", ".aif", ".aiff", ".flac", ".ogg", ".mp3")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take stems or a folder of them, a target, a genre, references and how much of it."""
    parser.add_argument("stems", type=Path, nargs="+", metavar="STEM", help="recordings, or one folder of them")
    console.add_target(parser, "a .wav (24 bit), .flac (24 bit), .ogg or .mp3 file; with --count, numbered")
    parser.add_argument("--genre", help="pop (the default), rock, electronic, acoustic, jazz, orchestral")
    parser.add_argument("--reference", type=Path, action="append", default=[], metavar="FILE", help="can be repeated")
    parser.add_argument(
        "--amount", action="append", default=[], metavar="PERCENT | KIND=PERCENT",
        help="0 to 100, of everything or of level, equaliser, compressor, pan, reverb; can be repeated",
    )  # fmt: skip
    parser.add_argument("--setting", type=Path, metavar="JSON", help="write the mix there (engine/io/mix.schema.json)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed proposes the same mixes (default 1)")
    parser.add_argument("--count", type=int, default=1, help="how many proposals, 1 to 8 (default 1)")


def run(options: argparse.Namespace) -> None:
    """Write the mixes and print one JSON object, its keys listed in docs/command-line.md."""
    from engine.mixing.auto_capability import CAPABILITY
    from engine.recommend.audio_capability import Given

    values: dict[str, Value] = {} if options.genre is None else {"genre": options.genre}
    for words in options.amount:
        values |= master.amount(words, _KINDS)
    values = CAPABILITY.read(values)
    paths = _stems(options.stems)
    targets = [master.numbered(options.target, index, options.count) for index in range(options.count)]
    settings = [master.numbered(options.setting, index, options.count) for index in range(options.count)]
    for path in (*targets, *settings):
        for source in (*paths, *options.reference) if path is not None else ():
            console.check_target(path, source)
    given = Given(
        sounds=tuple(master.read_sound(path) for path in paths),
        references=tuple(master.read_sound(path) for path in options.reference),
    )
    progress = console.Progress("mix", 100, "percent")
    proposals = CAPABILITY.propose(
        given, seed=options.seed, count=options.count, values=values, tell=lambda share, _: progress.reach(100 * share)
    )
    found = []
    for target, setting, proposal in zip(targets, settings, proposals, strict=True):
        master.write_sound(target, proposal)
        if setting is not None:
            _write_mix(setting, proposal)
        found.append(master.as_json(target, setting, proposal))
    console.print_json(master.report(CAPABILITY, options.seed, values, found))


def _stems(given: list[Path]) -> list[Path]:
    if len(given) > 1 or not given[0].is_dir():
        return given
    found = sorted(path for path in given[0].iterdir() if path.suffix.lower() in _SUFFIXES)
    if not found:
        raise UsageError(f"{given[0]}: there are no recordings in this folder")
    return found


def _write_mix(path: Path, proposal: "AudioProposal") -> None:
    from engine.mixing import mix

    console.write(path, mix.write(proposal.setting))
