"""Names of notes, keys and chords."""

from typing import Final

from engine.errors import OutOfRangeError, UnreadableFileError

_SHARPS: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLATS: Final = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
STEPS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_MAJOR_TONICS: Final = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR_TONICS: Final = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")

# Chord qualities by their symbol: semitones above the root. The first symbol of a set of notes is the one we write.
CHORDS: Final[dict[str, tuple[int, ...]]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "sus4": (0, 5, 7),
    "sus2": (0, 2, 7),
    "5": (0, 7),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "mmaj7": (0, 3, 7, 11),
    "m7b5": (0, 3, 6, 10),
    "dim7": (0, 3, 6, 9),
    "aug7": (0, 4, 8, 10),
    "7sus4": (0, 5, 7, 10),
    "7b5": (0, 4, 6, 10),
    "add9": (0, 4, 7, 14),
    "madd9": (0, 3, 7, 14),
    "9": (0, 4, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14),
    "m9": (0, 3, 7, 10, 14),
    "7b9": (0, 4, 7, 10, 13),
    "7#9": (0, 4, 7, 10, 15),
    "11": (0, 4, 7, 10, 14, 17),
    "m11": (0, 3, 7, 10, 14, 17),
    "13": (0, 4, 7, 10, 14, 21),
    "6/9": (0, 4, 7, 9, 14),
    "m6/9": (0, 3, 7, 9, 14),
    "maj7#5": (0, 4, 8, 11),
    "maj7#11": (0, 4, 7, 11, 18),
    "7#11": (0, 4, 7, 10, 18),
    "9sus4": (0, 5, 7, 10, 14),
    "maj13": (0, 4, 7, 11, 14, 21),
    "m13": (0, 3, 7, 10, 14, 17, 21),
}
_ALIASES: Final = {
    "maj": "", "M": "", "min": "m", "-": "m", "o": "dim", "°": "dim", "+": "aug", "sus": "sus4", "M7": "maj7",
    "Δ": "maj7", "Δ7": "maj7", "j7": "maj7", "min7": "m7", "-7": "m7", "ø": "m7b5", "ø7": "m7b5", "min7b5": "m7b5",
    "-7b5": "m7b5", "o7": "dim7", "°7": "dim7", "+7": "aug7", "7#5": "aug7", "mM7": "mmaj7", "m(maj7)": "mmaj7",
    "minmaj7": "mmaj7", "min6": "m6", "M9": "maj9", "min9": "m9", "-9": "m9", "dom7": "7",
}  # fmt: skip


def note_name(pitch_midi: int, *, flats: bool = False) -> str:
    """Name with octave: 60 is "C4", 69 is "A4".

    Raises
    ------
    OutOfRangeError
        If the pitch is not in 0..127.
    """
    if not 0 <= pitch_midi <= 127:
        raise OutOfRangeError(f"{pitch_midi} is no MIDI pitch (0..127)")
    return f"{pitch_class_name(pitch_midi % 12, flats=flats)}{pitch_midi // 12 - 1}"


def pitch_class_name(pitch_class: int, *, flats: bool = False) -> str:
    """Name without octave: 0 is "C", 1 is "C#" or "Db"."""
    return (_FLATS if flats else _SHARPS)[pitch_class % 12]


def pitch_class(name: str) -> int:
    """Pitch class of a letter with accidentals: "C" is 0, "Bb" 10, "F##" 7."""
    if not name or name[0] not in STEPS or set(name[1:]) - set("#b♯♭"):
        raise UnreadableFileError(f"{name[:20]!r} is no note")
    sharps = sum(name.count(sign) for sign in "#♯")
    flats = sum(name[1:].count(sign) for sign in "b♭")
    return (STEPS[name[0]] + sharps - flats) % 12


def key_name(tonic: int, mode: str) -> str:
    """Usual name of a key: (1, "major") is "Db major", (6, "minor") is "F# minor"."""
    return f"{(_MINOR_TONICS if mode == 'minor' else _MAJOR_TONICS)[tonic % 12]} {mode}"


def key_name_of_fifths(fifths: int, mode: str) -> str:
    """Name of a key signature: (-3, "minor") is "C minor", (7, "major") is "C# major"."""
    line = "FCGDAEB"
    place = fifths + (1 if mode == "major" else 4)
    return f"{line[place % 7]}{'#' * (place // 7) if place >= 0 else 'b' * -(place // 7)} {mode}"


def chord_name(pitches_midi: tuple[int, ...]) -> str | None:
    """Symbol of a chord from its notes, the bass after a slash if it is not the root; None if it is not known.

    The lowest note is tried as the root first; (60, 64, 67) is "C", (64, 67, 72) is "C/E".
    """
    if not pitches_midi:
        return None
    bass = min(pitches_midi) % 12
    classes = frozenset(pitch % 12 for pitch in pitches_midi)
    for turn in range(12):
        root = (bass + turn) % 12
        quality = _QUALITY_OF.get(frozenset((each - root) % 12 for each in classes))
        if quality is not None and root in classes:
            flats = root in (3, 5, 8, 10)
            name = pitch_class_name(root, flats=flats) + quality
            return name if root == bass else f"{name}/{pitch_class_name(bass, flats=flats)}"
    return None


def parse_chord(symbol: str) -> tuple[int, tuple[int, ...], int]:
    """Root class, semitones above the root, and bass class of a symbol such as "Am7", "F#m7b5" or "C/E".

    Raises
    ------
    UnreadableFileError
        If the symbol is not known.
    """
    head, slash, bass_name = symbol.strip().partition("/")
    if slash and bass_name == "9":  # "6/9"
        head, slash = symbol.strip(), ""
    length = 1
    while length < len(head) and head[length] in "#b♯♭":
        length += 1
    root = pitch_class(head[:length])
    quality = head[length:].replace("♭", "b").replace("♯", "#")
    intervals = CHORDS.get(_ALIASES.get(quality, quality))
    if intervals is None:
        raise UnreadableFileError(f"the chord {symbol[:20]!r} is not known")
    return root, intervals, pitch_class(bass_name) if slash else root


def _qualities() -> dict[frozenset[int], str]:
    found: dict[frozenset[int], str] = {}
    for quality, intervals in CHORDS.items():
        found.setdefault(frozenset(interval % 12 for interval in intervals), quality)
    return found


_QUALITY_OF: Final = _qualities()
