"""What every conversion keeps, checked by a reader that shares nothing with the engine's, and the W3C's schema."""

from collections import Counter
from fractions import Fraction
from pathlib import Path

import music21
import pytest
from lxml import etree

from engine.io import midi, musicxml
from engine.score import Note, Score, make_part
from tests.helpers.musicxml_walk import schema, walk
from tests.helpers.shared import SHARED

VALIDATOR = schema()
CONFORMANCE = sorted((SHARED / "vectors" / "musicxml").glob("*.[xm][mx]l"))
F = Fraction


def check(data: bytes, expected: dict | None = None) -> Score:
    """Both conversions keep what the second reader finds in `data`, and what they write is valid."""
    found = walk(data)
    score = musicxml.read(data)
    as_xml = musicxml.write(score)
    as_midi = midi.read(midi.write(score))
    by_midi = musicxml.write(as_midi)

    assert walk(as_xml) == found
    assert walk(by_midi) == found
    for written in (as_xml, by_midi):
        assert VALIDATOR.validate(etree.fromstring(written)), VALIDATOR.error_log[0]
    if expected is not None:
        assert {(n.onset, n.sounding_midi, n.duration) for n in score.written_notes()} == set(expected)
    return score


@pytest.mark.skipif(not CONFORMANCE, reason="shared/vectors/musicxml is not beside this checkout")
def test_every_conformance_file_is_kept_by_both_conversions_and_written_validly():
    for path in CONFORMANCE:
        check(path.read_bytes())

    assert len(CONFORMANCE) == 166


def test_chorales_of_bach_are_kept():
    for path in bach()[::40]:
        check(Path(path).read_bytes())


def bach() -> list[Path]:
    return sorted(path for path in music21.corpus.getComposer("bach") if path.suffix == ".mxl")


def n(step: str, duration: int | str, *before: str, octave: int = 4, after: str = "", alter: str = "") -> str:
    altered = f"<alter>{alter}</alter>" if alter else ""
    length = f"<duration>{duration}</duration>" if duration else ""
    pitch = f"<pitch><step>{step}</step>{altered}<octave>{octave}</octave></pitch>"
    return f"<note>{''.join(before)}{pitch}{length}{after}</note>"


def a(inner: str = "", divisions: int = 2) -> str:
    return f"<attributes><divisions>{divisions}</divisions>{inner}</attributes>"


def score_of(*parts: str, head: str = "") -> bytes:
    names = "".join(f'<score-part id="P{i}"><part-name>{i}</part-name></score-part>' for i in range(1, len(parts) + 1))
    body = "".join(f'<part id="P{i}">{part}</part>' for i, part in enumerate(parts, 1))
    return f'{head}<score-partwise version="4.0"><part-list>{names}</part-list>{body}</score-partwise>'.encode()


def m(*inner: str, attributes: str = "") -> str:
    return f"<measure number='1' {attributes}>{''.join(inner)}</measure>"


back = "<backup><duration>{}</duration></backup>".format
ahead = "<forward><duration>{}</duration></forward>".format
G, C = "<grace/>", "<chord/>"

ADVERSARIAL = {
    "nested tuplets": (
        score_of(m(a(divisions=45), n("C", 10), n("D", 2), n("E", 2), n("F", 6), n("G", 25))),
        {(F(0), 60, F(2, 9)), (F(2, 9), 62, F(2, 45)), (F(4, 15), 64, F(2, 45)), (F(14, 45), 65, F(2, 15)),
         (F(4, 9), 67, F(5, 9))},
    ),
    "a chord whose notes differ in length": (
        score_of(m(a(), n("C", 4), n("E", 2, C), n("G", 8, C), n("D", 4))),
        {(0, 60, 2), (0, 64, 1), (0, 67, 4), (2, 62, 2)},
    ),
    "backup and forward gaps": (
        score_of(m(a(), ahead(3), n("C", 5), back(8), n("E", 1), ahead(6), n("G", 1), back(2), n("A", 2))),
        {(F(3, 2), 60, F(5, 2)), (0, 64, F(1, 2)), (F(7, 2), 67, F(1, 2)), (3, 69, 1)},
    ),
    "a backup before the bar begins": (score_of(m(a(), n("C", 2), back(99), n("E", 2))), {(0, 60, 1), (0, 64, 1)}),
    "clef, key and transposition changed inside a bar": (
        score_of(
            m(
                a("<key><fifths>0</fifths></key><transpose><chromatic>-2</chromatic></transpose>"), n("D", 2),
                "<attributes><key><fifths>3</fifths></key><clef><sign>F</sign><line>4</line></clef>"
                "<transpose><diatonic>-5</diatonic><chromatic>-9</chromatic><octave-change>-1</octave-change></transpose>"
                "</attributes>", n("D", 2),
            )
        ),
        {(0, 60, 1), (1, 41, 1)},
    ),
    "an upbeat and an implicit bar": (
        score_of(
            m(a("<time><beats>3</beats><beat-type>4</beat-type></time>"), n("G", 2), attributes="implicit='yes'")
            + m(n("C", 6)) + m(n("D", 4)) + m(n("E", 2), attributes="implicit='yes'") + m(n("F", 6))
        ),
        {(0, 67, 1), (1, 60, 3), (4, 62, 2), (6, 64, 1), (7, 65, 3)},
    ),
    "cues and clusters of grace notes": (
        score_of(
            m(a(), n("F", 0, G), n("A", 0, G, C), n("E", 0, G), n("C", 2, after="<voice>1</voice>"),
              n("B", 2, "<cue/>"), n("D", 0, G), n("E", 4))
        ),
        {(0, 65, 0), (0, 69, 0), (0, 64, 0), (0, 60, 1), (1, 71, 1), (2, 62, 0), (2, 64, 2)},
    ),
    "microtones, with ties": (
        score_of(
            m(a(), n("C", 8, alter="0.5", after='<tie type="start"/>'))
            + m(n("C", 2, alter="0.5", after='<tie type="stop"/>'), n("D", 2, alter="-1.25"), n("E", 2, alter="0.333"))
        ),
        {(0, F(121, 2), 5), (5, F(243, 4), 1), (6, F(64333, 1000), 1)},
    ),
    "pitches beyond the keys of MIDI": (
        score_of(m(a(), n("C", 2, octave=9), n("A", 2, octave=9), n("C", 2, octave=0, alter="-12"))),
        {(0, 120, 1), (1, 129, 1), (2, 0, 1)},
    ),
    "an octave-shift, which says how it is printed": (
        score_of(m(a(), '<direction><direction-type><octave-shift type="down" size="8"/></direction-type></direction>',
                   n("C", 2, octave=6))),
        {(0, 84, 1)},
    ),
    "two staves, a voice that crosses them, and each staff transposed by itself": (
        score_of(
            m(
                a('<staves>2</staves><transpose number="2"><chromatic>-12</chromatic></transpose>'),
                n("C", 2, after="<voice>1</voice><staff>1</staff>"),
                n("E", 2, after="<voice>1</voice><staff>2</staff>"),
                back(4), n("C", 4, after="<voice>5</voice><staff>2</staff>"),
            )
        ),
        {(0, 60, 1), (1, 52, 1), (0, 48, 2)},
    ),
    "huge divisions": (
        score_of(m(a(divisions=9_999_991), n("C", 1), n("D", 9_999_990))),
        {(0, 60, F(1, 9_999_991)), (F(1, 9_999_991), 62, F(9_999_990, 9_999_991))},
    ),
    "one pitch in two voices, the longer begun first": (
        score_of(m(a(), n("C", 8, after="<voice>1</voice>"), back(6), n("C", 2, after="<voice>2</voice>"))),
        {(0, 60, 4), (1, 60, 1)},
    ),
    "ties that end in another voice, and one that never ends": (
        score_of(
            m(a(), n("C", 8, after='<tie type="start"/><voice>1</voice>'))
            + m(n("E", 4, after='<tie type="start"/><voice>1</voice>'), n("F", 4), back(8),
                n("C", 4, after='<tie type="stop"/><voice>2</voice>'))
        ),
        {(0, 60, 6), (4, 64, 2), (6, 65, 2)},
    ),
    "a bar that is overfull in one part only": (
        score_of(m(a(), n("C", 12)) + m(n("D", 2)), m(a(), n("E", 8)) + m(n("F", 2))),
        {(0, 60, 6), (6, 62, 1), (0, 64, 4), (6, 65, 1)},
    ),
    "septuplets and quintuplets": (
        score_of(m(a(divisions=35), *(n("C", 5) for _ in range(7)), *(n("D", 7) for _ in range(5)))),
        {*((F(i, 7), 60, F(1, 7)) for i in range(7)), *((1 + F(i, 5), 62, F(1, 5)) for i in range(5))},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ADVERSARIAL)
def test_odd_notation_is_kept(case: str):
    check(*ADVERSARIAL[case])


def test_timewise_utf_16_without_a_document_type_and_with_a_namespace_are_read():
    partwise = score_of(m(a(), n("C", 2)) + m(n("D", 2)), m(a(), n("E", 2)) + m(n("F", 2))).decode()
    names = partwise[partwise.index("<part-list>") : partwise.index('<part id="P1">')]
    timewise = (
        f"<score-timewise>{names}<measure><part id='P1'>{a()}{n('C', 2)}</part><part id='P2'>{a()}{n('E', 2)}</part>"
        f"</measure><measure><part id='P1'>{n('D', 2)}</part><part id='P2'>{n('F', 2)}</part></measure>"
        "</score-timewise>"
    )
    spaced = partwise.replace("<score-partwise ", '<score-partwise xmlns="urn:x" ')
    wide = ("<?xml version='1.0' encoding='UTF-16'?>" + partwise).encode("utf-16")
    wanted = {(F(0), 60, F(1)): 1, (F(1), 62, F(1)): 1, (F(0), 64, F(1)): 1, (F(1), 65, F(1)): 1}

    for data in (partwise.encode(), timewise.encode(), spaced.encode(), wide):
        assert check(data).note_multiset() == wanted


def test_tempo_inside_a_bar_stands_where_it_sounds():
    measure = m(a(), n("C", 2), '<sound tempo="90"/>', n("D", 6), '<sound tempo="60"><offset>-2</offset></sound>')

    score = check(score_of(measure))

    assert [(mark.at, round(mark.bpm)) for mark in score.tempos] == [(1, 90), (3, 60)]


def test_bars_voices_staves_spelling_and_runs_of_grace_notes_survive_both_forms():
    data = score_of(
        m(a("<staves>2</staves><time><beats>4</beats><beat-type>4</beat-type></time>"), n("G", 2),
          attributes='implicit="yes"')
        + m(n("B", 0, G), n("A", 0, G), n("G", 4, alter="-1", after="<voice>2</voice>"), n("C", 4, alter="2"),
            back(8), n("E", 8, octave=2, after="<voice>5</voice><staff>2</staff>"))
    )  # fmt: skip

    score = musicxml.read(data)

    assert score.bars[:1] == (F(1),)
    assert [note.grace_index for note in score.notes() if not note.duration] == [2, 1]
    assert {note.spelling for note in score.notes()} == {"", "Gb4", "C##4"}
    for again in (musicxml.read(musicxml.write(score)), midi.read(midi.write(score))):
        assert (again.bars, list(again.notes())) == (score.bars, list(score.notes()))


def test_a_moved_note_forgets_the_exact_time_that_its_remark_says():
    """A program that shifts notes leaves the remarks of others as they are."""
    exact = Score(parts=(make_part([Note(onset=F(1, 40_009), duration=F(1), pitch_midi=60)]),))
    written = midi.write(exact)
    at = written.index(b"\xff\x7f")

    moved = midi.read(written[: at - 1] + b"\x40" + written[at:])

    assert midi.read(written).note_multiset() == exact.note_multiset()
    assert next(moved.notes()).onset == F(64, 960)


def test_music21_hears_what_we_write_where_it_can():
    """music21 1/10,080 of a quarter; grace notes and cues have no length there."""
    for path in bach()[5::80]:
        data = Path(path).read_bytes()
        assert heard(musicxml.write(musicxml.read(data))) == Counter(
            {key: count for key, count in walk(data).items() if key[2]}
        )


def heard(data: bytes) -> Counter:
    stream = music21.converter.parseData(data.decode(), format="musicxml").stripTies()
    return Counter(
        (F(element.getOffsetInHierarchy(stream)), F(round(100 * pitch.ps)), F(element.quarterLength))
        for element in stream.recurse().notes
        for pitch in element.pitches
        if element.quarterLength
    )
