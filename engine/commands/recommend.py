"""`recommend CAPABILITY IN OUT`: proposals for notes, written as files, and what is known of them as JSON."""

import argparse
from pathlib import Path
from typing import Final

from engine import console
from engine.recommend import registry
from engine.recommend.capability import COUNT_MAX, Capability, Proposal, Value

SUMMARY: Final = "propose harmonies, chords, melodies, variations or performances for notes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take a capability, the notes to start from, where proposals go, and how they are steered."""
    parser.add_argument(
        "capability", choices=sorted(registry.NOTES), metavar="CAPABILITY", help=", ".join(registry.NOTES)
    )
    console.add_source(parser, "MIDI, MusicXML or a progression")
    console.add_target(parser, "MIDI or MusicXML, by its ending; with --count, a number is put before the ending")
    parser.add_argument("--seed", type=int, default=1, help="the same seed proposes the same notes (default 1)")
    parser.add_argument("--count", type=int, default=1, help=f"how many proposals, 1 to {COUNT_MAX} (default 1)")
    parser.add_argument("--style", help="for capabilities that know styles; a wrong one lists them")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a knob of the capability; can be repeated"
    )


def run(options: argparse.Namespace) -> None:
    """Write the proposals and print one JSON object, its keys listed in docs/command-line.md."""
    from engine.io import notes

    capability = registry.of_notes(options.capability)
    values = capability.read(_values(capability, options))
    targets = [_target(options.target, index, options.count) for index in range(options.count)]
    for target in targets:
        console.check_target(target, options.source)
    given = notes.read(console.read(options.source))
    progress = console.Progress(capability.title.lower(), 100, "percent")
    proposals = capability.propose(
        given, seed=options.seed, count=options.count, values=values, tell=lambda share, _: progress.reach(100 * share)
    )
    found = []
    for target, proposal in zip(targets, proposals, strict=True):
        _write(target, proposal, options.source)
        found.append(_as_json(target, proposal))
    console.print_json(
        {
            "capability": capability.name,
            "model": capability.model,
            "weights_sha256": capability.weights_hash(),
            "schema": capability.schema,
            "seed": options.seed,
            "values": values,
            "proposals": found,
        }
    )


def _values(capability: Capability, options: argparse.Namespace) -> dict[str, Value]:
    said: dict[str, Value] = {} if options.style is None else {"style": options.style}
    kinds = {knob.name: bool(knob.choices) for knob in capability.knobs}
    for words in options.set:
        name, equals, value = words.partition("=")
        if not equals:
            raise console.UsageError(f"--set {words}: write NAME=VALUE")
        if name not in kinds:
            raise console.UsageError(f"--set {words}: {capability.name} has {', '.join(kinds) or 'nothing to set'}")
        said[name] = value if kinds[name] else _whole(name, value)
    if "style" in said and "style" not in kinds:
        raise console.UsageError(f"{capability.name} knows no styles")
    return said


def _whole(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise console.UsageError(f"--set {name}={value}: {value!r} is no whole number") from None


def _target(target: Path, index: int, count: int) -> Path:
    return target if count == 1 else target.with_name(f"{target.stem}-{index + 1}{target.suffix}")


def _write(target: Path, proposal: Proposal, source: Path) -> None:
    from engine.convert import NOTE_FORMS, form_of_name, written

    form = form_of_name(target.name)
    if form not in NOTE_FORMS:
        raise console.UsageError(f"{target}: notes are written as MIDI, MusicXML or a progression, not as sound")
    console.write(target, written(proposal.score, form), source)


def _as_json(target: Path, proposal: Proposal) -> dict[str, object]:
    return {
        "file": str(target),
        "note_count": proposal.score.note_count,
        "duration_s": round(proposal.score.duration_s, 3),
        "log_likelihood_nats": proposal.log_likelihood_milli / 1000,
        "chords": [{"onset_quarters": str(at), "symbol": symbol} for at, symbol in proposal.chords],
        "remarks": list(proposal.remarks),
    }
