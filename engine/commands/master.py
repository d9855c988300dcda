"""`master IN OUT`: a recording mastered to a genre, to references or to a loudness, and the chain that does it."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from engine import console
from engine.console import UsageError
from engine.errors import EngineError, UnreadableFileError, UnsupportedFormatError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.recommend.audio_capability import AudioCapability, AudioProposal, Given, Sound
    from engine.recommend.capability import Value

SUMMARY: Final = "master a recording to a genre, to references or to a loudness"
_STAGES: Final = ("equaliser", "dynamics", "width", "limiter")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take a recording, a target, what to master to, and how much of it."""
    console.add_source(parser, "WAV, AIFF, FLAC, Ogg Vorbis or MP3, one or two channels")
    console.add_target(parser, "a .wav (24 bit), .flac (24 bit), .ogg or .mp3 file; with --count, numbered")
    parser.add_argument("--genre", help="pop (the default), rock, electronic, acoustic, jazz, orchestral, none")
    parser.add_argument("--reference", type=Path, nargs="+", default=[], metavar="FILE", help="music to come near to")
    parser.add_argument("--preset", type=Path, metavar="JSON", help="references analysed before (--keep-preset)")
    parser.add_argument("--keep-preset", type=Path, metavar="JSON", help="write what was heard of the references there")
    parser.add_argument("--lufs", type=float, help="integrated loudness; else the reference's or the genre's")
    parser.add_argument("--ceiling", type=float, default=-1.0, help="true peak that is never passed, dBTP (default -1)")
    parser.add_argument(
        "--amount", nargs="+", default=[], metavar="PERCENT | STAGE=PERCENT",
        help="0 to 100, of everything or of equaliser, dynamics, width, limiter",
    )  # fmt: skip
    parser.add_argument("--curve", action="store_true", help="aim at the genre's own curve, not at the learned balance")
    parser.add_argument("--setting", type=Path, metavar="JSON", help="write the chain there, as a mix setting")
    parser.add_argument("--seed", type=int, default=1, help="the same seed proposes the same masters (default 1)")
    parser.add_argument("--count", type=int, default=1, help="how many proposals, 1 to 8 (default 1)")


def run(options: argparse.Namespace) -> None:
    """Write the masters and print one JSON object, its keys listed in docs/command-line.md."""
    from engine.mastering.capability import CAPABILITY
    from engine.recommend.audio_capability import Given

    values = CAPABILITY.read(_values(options))
    targets = [numbered(options.target, index, options.count) for index in range(options.count)]
    settings = [numbered(options.setting, index, options.count) for index in range(options.count)]
    for path in (*targets, *settings, options.keep_preset):
        if path is not None:
            console.check_target(path, options.source, *options.reference, options.preset)
    given = Given(
        sounds=(read_sound(options.source),),
        references=tuple(read_sound(path) for path in options.reference),
        preset=None if options.preset is None else _preset(options.preset),
    )
    if options.keep_preset is not None:
        _keep_preset(options.keep_preset, given)
    progress = console.Progress("master", 100, "percent")
    proposals = CAPABILITY.propose(
        given, seed=options.seed, count=options.count, values=values, tell=lambda share, _: progress.reach(100 * share)
    )
    found = []
    for target, setting, proposal in zip(targets, settings, proposals, strict=True):
        write_sound(target, proposal)
        if setting is not None:
            _write_setting(setting, proposal)
        found.append(as_json(target, setting, proposal))
    console.print_json(report(CAPABILITY, options.seed, values, found))


def report(capability: "AudioCapability", seed: int, values: "Mapping[str, Value]", found: list[Any]) -> dict[str, Any]:
    """What is printed: what was asked of what, and the proposals."""
    return {
        "capability": capability.name,
        "model": capability.model,
        "weights_sha256": capability.weights_hash(),
        "schema": capability.schema,
        "seed": seed,
        "values": dict(values),
        "proposals": found,
    }


def read_sound(path: Path) -> "Sound":
    """A recording from a file; a refusal names the file."""
    from engine.io import audio
    from engine.recommend.audio_capability import Sound

    try:
        signal, rate = audio.read(path)
    except EngineError as error:
        raise type(error)(f"{path.name}: {error.message}") from None
    return Sound(name=path.stem, signal=signal, sample_rate_hz=rate)


def write_sound(target: Path, proposal: "AudioProposal") -> None:
    """The proposal's sound as the target's ending has it."""
    from engine.convert import form_of_name
    from engine.mixing import export

    form = form_of_name(target.name)
    if form not in ("wav", "flac", "ogg", "mp3"):
        raise UnsupportedFormatError(f"{target.name}: sound is written as .wav, .flac, .ogg or .mp3")
    console.write(target, export(proposal.sound, sample_rate_hz=proposal.sample_rate_hz, format=form))


def as_json(target: Path, setting: Path | None, proposal: "AudioProposal") -> dict[str, Any]:
    """What is printed of a proposal."""
    return {
        "file": str(target),
        "setting_file": None if setting is None else str(setting),
        "duration_s": round(proposal.sound.shape[1] / proposal.sample_rate_hz, 3),
        **{name: value / 1000 for name, value in proposal.figures_milli.items()},
        "before_gain_db": round(proposal.before_gain_db, 3),
        "after_gain_db": round(proposal.after_gain_db, 3),
        "setting": proposal.setting,
        "remarks": list(proposal.remarks),
    }


def numbered(target: Path | None, index: int, count: int) -> Any:
    """`OUT.wav` as `OUT-2.wav`, where there are several."""
    return target if target is None or count == 1 else target.with_name(f"{target.stem}-{index + 1}{target.suffix}")


def _values(options: argparse.Namespace) -> "dict[str, Value]":
    values: dict[str, Value] = {"ceiling": round(1000 * options.ceiling)}
    if options.genre is not None:
        values["genre"] = options.genre
    elif options.lufs is not None and not options.reference and options.preset is None:
        values["genre"] = "none"
    if options.lufs is not None:
        values |= {"aim": "exact", "loudness": round(1000 * options.lufs)}
    if options.curve:
        values["tonality"] = "curve"
    for words in options.amount:
        values |= amount(words, _STAGES)
    return values


def amount(words: str, names: tuple[str, ...]) -> "Mapping[str, Value]":
    """`50` or `limiter=50` as knobs and their values."""
    name, _, number = words.rpartition("=")
    if (name and name not in names) or not number.isdigit():
        raise UsageError(f"--amount {words}: write 0 to 100, or one of {', '.join(names)}, then =, then 0 to 100")
    return dict.fromkeys([name] if name else names, int(number))


def _preset(path: Path) -> Any:
    try:
        value = json.loads(console.read(path))
    except ValueError:
        raise UnreadableFileError(f"{path.name}: this is no JSON") from None
    if not isinstance(value, dict):
        raise UnreadableFileError(f"{path.name}: a preset is a JSON object")
    return value


def _keep_preset(path: Path, given: "Given") -> None:
    from engine.mastering.profile import analyse, as_json, mean

    if not given.references:
        raise UsageError("--keep-preset keeps what was heard of --reference, and there is none")
    heard = mean([analyse(sound.signal, sample_rate_hz=sound.sample_rate_hz) for sound in given.references])
    names = ", ".join(sound.name for sound in given.references)
    console.write(path, (json.dumps(as_json(heard, name=names), indent=2) + "\n").encode())


def _write_setting(path: Path, proposal: "AudioProposal") -> None:
    from engine.io import mix_setting

    console.write(path, mix_setting.write(dict(proposal.setting)))
