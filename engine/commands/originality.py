"""`originality IN`: what notes share with what the models learned from, or with a folder: melody, chords, rhythm."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine import console

if TYPE_CHECKING:
    from engine.originality.compare import Passage
    from engine.originality.figures import Shared
    from engine.originality.known import KnownMusic
    from engine.originality.whole import Known

SUMMARY: Final = "what notes share with known music: passages, progressions, rhythms"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take notes, and what they are compared with."""
    console.add_source(parser, "MIDI, MusicXML or a progression")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="FOLDER",
        help="compare with the notes in this folder, not with the training music",
    )
    parser.add_argument(
        "--declared", type=Path, action="append", default=[], metavar="FILE", help="what it is openly made from"
    )


def run(options: argparse.Namespace) -> None:
    """Print one JSON object, its keys listed in docs/command-line.md."""
    from engine.io import notes
    from engine.originality import compare as comparing
    from engine.originality import known, whole

    score = notes.read(console.read(options.source))
    declared = [notes.read(console.read(path)) for path in options.declared]
    music = whole.training()
    skipped: list[dict[str, str]] = []
    if options.against is not None:
        music, skipped = _of_folder(options.against, music.melody)
    report = whole.compare_whole(score, music, declared=declared)
    console.print_json(
        {
            "against": str(options.against) if options.against else known.MODEL,
            "pieces": len(music.melody.names),
            "threshold": {
                "notes": comparing.STEPS_NOTES_MIN,
                "notes_with_rhythm": comparing.TUNE_NOTES_MIN,
                "bits": comparing.BITS_MIN,
                "bits_with_rhythm": comparing.TUNE_BITS_MIN,
                "chords": whole.CHORDS_MIN,
                "chord_bits": whole.CHORD_BITS_MIN,
            },
            "copied": bool(report.melody.copies),
            "passages": [_as_json(one) for one in report.melody.neighbours],
            "progressions": [
                {**_figure(one), "chords": one.count + 1, "telling": whole.is_telling(one)} for one in report.chords
            ],
            "rhythms": [{**_figure(one), "notes": one.count + 2} for one in report.rhythm],
            "skipped": skipped,
        }
    )


def _of_folder(folder: Path, like: "KnownMusic") -> "tuple[Known, list[dict[str, str]]]":
    from engine.errors import EngineError
    from engine.io import notes
    from engine.originality.known import Piece, index_of
    from engine.originality.lines import lines_of
    from engine.originality.whole import known_of

    if not folder.is_dir():
        raise console.UsageError(f"{folder}: this is no folder")
    pieces, skipped = [], []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            pieces.append((str(path.relative_to(folder)), notes.read(path.read_bytes())))
        except EngineError as error:
            skipped.append({"file": str(path.relative_to(folder)), "reason": error.message})
    if not pieces:
        raise console.UsageError(f"{folder}: no file in it holds notes")
    melodies = [Piece(name=name, lines=tuple(lines_of(score))) for name, score in pieces]
    return known_of(pieces, index_of(melodies, like=like)), skipped


def _figure(one: "Shared") -> dict[str, object]:
    return {"piece": one.name, "bits": round(one.bits, 1)}


def _as_json(one: "Passage") -> dict[str, object]:
    return {
        "piece": one.name,
        "free_to_use": one.is_free,
        "notes": one.notes,
        "start_quarters": round(one.start, 3),
        "stop_quarters": round(one.stop, 3),
        "with_rhythm": one.with_rhythm,
        "bits": round(one.bits, 1),
        "rhythm_bits": round(one.rhythm_bits, 1),
        "copy": one.is_copy,
    }
