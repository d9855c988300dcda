import zipfile
from fractions import Fraction
from io import BytesIO

import music21
import pytest
from hypothesis import given, settings

from engine.errors import EngineError, LimitExceededError, UnreadableFileError, UnsupportedFormatError
from engine.io import midi, musicxml
from engine.score import Score, make_part
from tests.engine.strategies import scores
from tests.helpers.music_files import note, tune


def xml(measures: str, *, part_list: str = "", head: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<score-partwise version="4.0"><part-list>'
        f'<score-part id="P1"><part-name>Part</part-name>{part_list}</score-part></part-list>'
        f'<part id="P1">{measures}</part></score-partwise>'
    ).encode()


def pitched(step: str, duration: int, extra: str = "", *, alter: str = "", octave: int = 4) -> str:
    altered = f"<alter>{alter}</alter>" if alter else ""
    return (
        f"<note>{extra}<pitch><step>{step}</step>{altered}<octave>{octave}</octave></pitch>"
        f"<duration>{duration}</duration></note>"
    )


DIVISIONS = "<attributes><divisions>2</divisions></attributes>"
DOCTYPE = '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">'


def found(data: bytes) -> list[tuple[Fraction, Fraction, int]]:
    return [(n.onset, n.duration, n.pitch_midi) for n in musicxml.read(data).notes()]


def test_chords_backup_and_forward_place_notes_in_time():
    measure = (
        f"<measure>{DIVISIONS}{pitched('C', 4)}{pitched('E', 4, '<chord/>')}"
        f"<backup><duration>4</duration></backup><forward><duration>2</duration></forward>{pitched('G', 2)}</measure>"
    )

    assert found(xml(measure)) == [(0, 2, 60), (0, 2, 64), (1, 1, 67)]


def test_ties_over_a_bar_line_join_into_one_note():
    first = pitched("C", 8).replace("</note>", '<tie type="start"/></note>')
    second = pitched("C", 4).replace("</note>", '<tie type="stop"/></note>')

    assert found(xml(f"<measure>{DIVISIONS}{first}</measure><measure>{second}</measure>")) == [(0, 6, 60)]


def test_a_transposing_instrument_is_read_as_it_sounds():
    clarinet = "<attributes><divisions>2</divisions><transpose><chromatic>-2</chromatic></transpose></attributes>"

    assert found(xml(f"<measure>{clarinet}{pitched('D', 2)}</measure>")) == [(0, 1, 60)]


def test_a_metronome_mark_of_a_dotted_quarter_sets_the_tempo():
    mark = (
        "<direction><direction-type><metronome><beat-unit>quarter</beat-unit><beat-unit-dot/>"
        "<per-minute>80</per-minute></metronome></direction-type></direction>"
    )

    score = musicxml.read(xml(f"<measure>{DIVISIONS}{mark}{pitched('C', 2)}</measure>"))

    assert score.tempos[0].bpm == 120


def test_a_short_part_keeps_step_with_the_longest_one():
    parts = (
        f'<part id="P1"><measure>{DIVISIONS}{pitched("C", 2)}</measure><measure>{pitched("D", 8)}</measure></part>'
        f'<part id="P2"><measure>{DIVISIONS}{pitched("C", 8)}</measure><measure>{pitched("E", 8)}</measure></part>'
    )

    notes = found(f"<score-partwise>{parts}</score-partwise>".encode())

    assert (4, 4, 62) in notes
    assert (4, 4, 64) in notes


def test_a_document_type_of_musicxml_is_accepted_and_not_fetched():
    assert found(xml(f"<measure>{DIVISIONS}{pitched('C', 2)}</measure>", head=DOCTYPE)) == [(0, 1, 60)]


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE score-partwise [<!ENTITY a "b">]>',
        '<!DOCTYPE score-partwise [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE score-partwise [<!ENTITY % a SYSTEM "http://example.org/x"> %a;]>',
        '<!DOCTYPE score-partwise SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE lolz [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://www.w3.org/x.dtd">',
    ],
)
def test_entities_and_external_references_are_refused(head: str):
    with pytest.raises(UnreadableFileError):
        musicxml.read(xml(f"<measure>{pitched('C', 1)}</measure>", head=head))


def test_an_undefined_entity_is_refused():
    with pytest.raises(UnreadableFileError):
        musicxml.read(xml(f"<measure>{pitched('&x;', 1)}</measure>", head=DOCTYPE))


@pytest.mark.parametrize(
    ("measures", "error"),
    [
        ("<a>" * 100 + "</a>" * 100, LimitExceededError),
        (f"<measure>{DIVISIONS}<note><duration>{'9' * 40}</duration></note></measure>", UnreadableFileError),
        ("<measure><attributes><divisions>0</divisions></attributes></measure>", UnreadableFileError),
        (f"<measure>{pitched('H', 1)}</measure>", UnreadableFileError),
        (f"<measure>{pitched('C', 99_999_999)}</measure>", UnreadableFileError),
        ("", UnreadableFileError),
    ],
)
def test_absurd_scores_are_refused(measures: str, error: type[EngineError]):
    with pytest.raises(error):
        musicxml.read(xml(measures))


def test_other_xml_is_refused():
    with pytest.raises(UnsupportedFormatError):
        musicxml.read(b"<html><body/></html>")


@given(scores)
@settings(max_examples=60, deadline=None)
def test_midi_to_musicxml_to_midi_keeps_every_note(score: Score):
    heard = midi.read(midi.write(score))

    again = midi.read(midi.write(musicxml.read(musicxml.write(heard))))

    assert again.note_multiset() == heard.note_multiset()
    assert sorted(n.velocity for n in again.notes()) == sorted(n.velocity for n in heard.notes())


def test_title_names_programs_tempo_key_and_meter_survive_both_forms():
    for data in (musicxml.write(tune()), musicxml.write_mxl(tune())):
        again = musicxml.read(data)

        assert again == tune()


def test_drums_keep_their_pitches():
    drums = Score(parts=(make_part([note(0, 1, 36), note(1, 1, 38)], name="Kit", is_drums=True),))

    again = musicxml.read(musicxml.write(drums))

    assert again.parts[0].is_drums
    assert again.note_multiset() == drums.note_multiset()


def test_equal_scores_give_equal_archives():
    assert musicxml.write_mxl(tune()) == musicxml.write_mxl(tune())


def test_music21_hears_the_same_notes_in_what_we_write():
    score = Score(
        parts=(make_part([note(0, "3/2", 60), note(0, "3/2", 64), note("1/2", "9/2", 67), note("16/3", "1/3", 70)]),)
    )

    stream = music21.converter.parseData(musicxml.write(score).decode(), format="musicxml").stripTies()

    heard = {
        (Fraction(element.getOffsetInHierarchy(stream)), Fraction(element.quarterLength), pitch.midi)
        for element in stream.recurse().notes
        for pitch in element.pitches
    }
    assert heard == {(n.onset, n.duration, n.pitch_midi) for n in score.notes()}


def archive(**entries: bytes) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, body in entries.items():
            opened.writestr(name, body)
    return target.getvalue()


def index_of(path: str) -> bytes:
    return f'<container><rootfiles><rootfile full-path="{path}"/></rootfiles></container>'.encode()


def test_a_zip_bomb_is_refused_before_it_grows():
    data = archive(**{"META-INF/container.xml": index_of("a.xml"), "a.xml": b"<" + b" " * 30_000_000})

    with pytest.raises(LimitExceededError, match="grows beyond"):
        musicxml.read(data)


def test_an_archive_that_names_a_place_outside_itself_is_refused():
    data = archive(**{"META-INF/container.xml": index_of("a.xml"), "../../a.xml": b"<x/>"})

    with pytest.raises(UnreadableFileError, match="outside"):
        musicxml.read(data)


@pytest.mark.parametrize(
    "entries",
    [
        {"a.xml": b"<score-partwise/>"},
        {"META-INF/container.xml": index_of("absent.xml")},
        {"META-INF/container.xml": b"<container/>"},
        {"META-INF/container.xml": index_of("../../etc/passwd")},
    ],
)
def test_an_archive_without_its_index_or_score_is_refused(entries: dict[str, bytes]):
    with pytest.raises(UnreadableFileError):
        musicxml.read(archive(**entries))


def test_an_archive_of_too_many_files_is_refused():
    with pytest.raises(LimitExceededError):
        musicxml.read(archive(**{f"{number}.xml": b"" for number in range(300)}))
