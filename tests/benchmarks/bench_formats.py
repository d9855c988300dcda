"""How many files keep their notes from form to form: python -m tests.benchmarks.bench_formats [--each 20]

Ours beside music21. A file keeps its notes if what is written of it and read again has the same multiset of (onset,
sounding pitch, duration), grace notes with the duration 0. "XML" is a way over MusicXML and back, "MIDI" one over a
MIDI file and back. music21's notes are compared with music21's own, ties joined, chords note by note, to the 960th of
a quarter note; its MIDI way is compared by onset and pitch, since it rounds durations. Broken files of the vectors may
be refused: what refuses counts as not opened.

Sets: the 72 files of jazz-soft's MIDI tests, the 166 of the unofficial MusicXML test suite, Bach, Monteverdi and
Palestrina of the package music21 (Palestrina is **kern there: music21 writes it as MusicXML first), POP909. Of the last
four `--each` files are drawn evenly, 0 for all. Rows whose data is absent are left out, and said so.
"""

import argparse
import logging
import signal
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.io import midi, musicxml, notes
from engine.score import Score
from tests.helpers.shared import SHARED

COMPOSERS = ("bach", "monteverdi", "palestrina")
FORMS = (".mid", ".midi", ".xml", ".musicxml", ".mxl")
PATIENCE_S = 15.0  # of processor time for one step of music21
COLUMNS = ("opened", "XML", "MIDI")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=20)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--without-music21", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'set':24}{'files':>6}" + "".join(f"{'ours ' + name:>14}" for name in COLUMNS), end="")
        print("" if options.without_music21 else "".join(f"{'music21 ' + name:>17}" for name in COLUMNS))
        for name, paths in _sets(options.shared, options.each, Path(folder)):
            if not paths:
                print(f"{name:24}left out: its data is absent", flush=True)
                continue
            print(f"{name:24}{len(paths):6}" + "".join(f"{count:14}" for count in counted(paths, ours)), end="")
            if not options.without_music21:
                print("".join(f"{count:17}" for count in counted(paths, music21s)), end="")
            print(flush=True)


def counted(paths: list[Path], judge: Callable[[Path], tuple[bool, bool, bool]]) -> list[int]:
    """For how many files each of the three holds."""
    rows = [judge(path) for path in paths]
    return [sum(row[column] for row in rows) for column in range(len(COLUMNS))]


def ours(path: Path) -> tuple[bool, bool, bool]:
    """Opened, kept over MusicXML, kept over MIDI."""
    try:
        score = notes.read(path.read_bytes())
    except EngineError:
        return False, False, False
    return True, _is_kept(score, musicxml.write, musicxml.read), _is_kept(score, midi.write, midi.read)


def _is_kept(score: Score, write: Callable[[Score], bytes], read: Callable[[bytes], Score]) -> bool:
    try:
        return read(write(score)).note_multiset() == score.note_multiset()
    except EngineError:
        return False


def music21s(path: Path) -> tuple[bool, bool, bool]:
    """The same of music21; whatever it raises is a no, and so is what takes it more than `PATIENCE_S`."""
    try:
        with _patience():
            before = _parsed(path)
    except Exception:
        return False, False, False
    return True, _goes_through(before, "musicxml", exact=True), _goes_through(before, "midi", exact=False)


def _goes_through(before: Any, form: str, *, exact: bool) -> bool:
    try:
        with tempfile.TemporaryDirectory() as folder, _patience():
            again = _parsed(Path(before.write(form, fp=f"{folder}/again.{'mid' if form == 'midi' else 'xml'}")))
        return _notes_of(before, exact=exact) == _notes_of(again, exact=exact)
    except Exception:
        return False


@contextmanager
def _patience() -> Iterator[None]:
    def over(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, over)
    # Again every second: what is raised may be caught on its way.
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE_S, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _parsed(path: Path) -> Any:
    from music21 import converter

    return converter.parse(str(path), forceSource=True)


def _notes_of(score: Any, *, exact: bool) -> Counter[tuple[Fraction, int, Fraction | None]]:
    found: Counter[tuple[Fraction, int, Fraction | None]] = Counter()
    for each in score.stripTies().flatten().notes:
        if "ChordSymbol" in each.classes:
            continue
        for pitch in each.pitches:
            length = _rounded(each.duration.quarterLength) if exact else None
            found[(_rounded(each.offset), pitch.midi, length)] += 1
    return found


def _rounded(quarters: float | Fraction) -> Fraction:
    return Fraction(round(Fraction(quarters) * 960), 960)


def _sets(shared: Path, each: int, folder: Path) -> Iterator[tuple[str, list[Path]]]:
    for name in ("midi", "musicxml"):
        yield f"{name} vectors", _files(shared / "vectors" / name)
    for composer in COMPOSERS:
        yield f"music21, {composer}", [_readable(path, folder) for path in _drawn(_corpus(composer), each)]
    yield "POP909", _drawn(sorted((shared / "data" / "pop909").glob("[0-9][0-9][0-9]/[0-9][0-9][0-9].mid")), each)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in FORMS)


def _corpus(composer: str) -> list[Path]:
    from music21 import corpus

    kern = (".krn", ".xml", ".mxl", ".musicxml")
    return sorted(Path(path) for path in corpus.getComposer(composer) if Path(path).suffix.lower() in kern)


def _drawn(paths: list[Path], each: int) -> list[Path]:
    return paths if not each or len(paths) <= each else [paths[index * len(paths) // each] for index in range(each)]


def _readable(path: Path, folder: Path) -> Path:
    """The file, or what music21 makes of a form that we do not read."""
    if path.suffix.lower() in FORMS:
        return path
    target = folder / f"{path.stem}.xml"
    if not target.exists():
        _parsed(path).write("musicxml", fp=str(target))
    return target


if __name__ == "__main__":
    main()
