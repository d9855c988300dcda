"""Notes edited in a piano roll: what is moved is moved, what is not touched stays, and the ledger can do it again."""

from __future__ import annotations

from fractions import Fraction
from uuid import UUID

import pytest

from engine.io import midi, midi_writer, notes
from engine.score import Control, Note, Score, TempoMark, make_part
from ledger import selectors as ledger
from production import selectors
from production.errors import BadParameterError
from production.processes.note_edits import edited, places_of, read_edits
from production.services import process_replay
from production.stores import content
from tests.production import music
from tests.production.test_downloads import grant
from tests.production.test_workbench import apply

PIECE = Score(
    parts=(
        make_part(
            [Note(onset=Fraction(i), duration=Fraction(1, 3), pitch_midi=60 + i, velocity=70) for i in range(4)],
            name="Lead",
            program=5,
            controls=[Control(at=Fraction(1), controller=64, value=127)],
        ),
        make_part([Note(onset=Fraction(0), duration=Fraction(4), pitch_midi=40)], name="Bass"),
    ),
    tempos=(TempoMark(at=Fraction(0), us_per_quarter=500_000), TempoMark(at=Fraction(2), us_per_quarter=1_000_000)),
)
"""A quarter lasts half a second, and from the third on a whole one."""


def test_notes_are_numbered_as_the_roll_draws_them():
    from engine.describe import describe

    roll = describe(midi_writer.write(PIECE)).roll

    assert [(one.part, one.pitch_midi) for one in roll] == [
        (part, PIECE.parts[part].notes[index].pitch_midi) for part, index in places_of(PIECE)
    ]


def test_what_is_not_touched_stays_exactly_as_it_is():
    made = edited(PIECE, read_edits({"changed": [[1, 0.0, round(1 / 6, 4), 72, 70]]}), per_quarter=0)

    lead, bass = made.parts
    assert lead.notes[0] == Note(onset=Fraction(0), duration=Fraction(1, 3), pitch_midi=72, velocity=70)
    assert lead.notes[1:] == PIECE.parts[0].notes[1:]
    assert (lead.controls, lead.program, bass, made.tempos) == (
        PIECE.parts[0].controls,
        5,
        PIECE.parts[1],
        PIECE.tempos,
    )


def test_moved_added_and_deleted_notes_follow_the_tempo_map():
    edits = {"changed": [[2, 1.5, 0.5, 61, 99]], "removed": [0, 3], "added": [[2.0, 1.0, 50, 90, 1]]}

    lead, bass = edited(PIECE, read_edits(edits), per_quarter=0).parts

    assert [(n.onset, n.pitch_midi, n.velocity) for n in lead.notes] == [
        (0, 60, 70),
        (Fraction(5, 2), 61, 99),
        (3, 63, 70),
    ]
    assert lead.notes[1].duration == Fraction(1, 2)
    assert [(n.onset, n.duration, n.pitch_midi, n.velocity) for n in bass.notes] == [(3, 1, 50, 90)]


def test_on_the_grid_moved_notes_begin_and_end_on_it():
    edits = {"changed": [[2, 0.56, 0.31, 61, 70]], "added": [[0.2, 0.01, 50, 90, 0]]}

    lead = edited(PIECE, read_edits(edits), per_quarter=4).parts[0]

    assert [(n.onset, n.duration) for n in lead.notes if n.pitch_midi in (61, 50)] == [
        (Fraction(1, 2), Fraction(1, 4)),
        (Fraction(1), Fraction(3, 4)),
    ]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (None, "Nothing was changed"),
        ({}, "Nothing was changed"),
        ([], "Edits are an object"),
        ({"other": []}, "Edits are an object"),
        ({"removed": 3}, "are lists"),
        ({"removed": [9]}, "There is no note 9"),
        ({"removed": [-1]}, "A removed note is a whole number"),
        ({"added": [[0, 1, 60, 80, 7]]}, "There is no part 7"),
        ({"added": [[0, 1, 60, 80]]}, "A note is five numbers"),
        ({"added": [[0, 1, 160, 80, 0]]}, "A pitch is a whole number from 0 to 127"),
        ({"added": [[-1, 1, 60, 80, 0]]}, "A time in seconds lies between 0 and"),
        ({"added": [[float("nan"), 1, 60, 80, 0]]}, "A time in seconds"),
        ({"changed": [[0, 0, 1, 60, 0]]}, "A strength is a whole number from 1 to 127"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_and_where(wrong, words):
    with pytest.raises(BadParameterError, match=words):
        edited(PIECE, read_edits(wrong), per_quarter=0)


@pytest.mark.django_db
def test_editing_makes_the_next_version_that_replays_to_the_byte(ana, upload, in_process, client_of, work_off):
    loop = UUID(upload(ana, music.midi(), "loop.mid")["result"]["element_id"])
    edits = {"changed": [[0, 0.0, 0.25, 72, 100]], "removed": [1]}

    asked = apply(client_of(ana), loop, "notes.edited", {"edits": edits, "grid": "none"})
    work_off("process")

    assert asked.status_code == 202, asked.content
    element = selectors.element(loop)
    made = notes.read(content.get(element.version.content_hash))
    assert element.version.number == 2
    assert [note.pitch_midi for note in made.notes()] == [72, *music.MELODY[2:]]
    assert ledger.processings(loop)[2].process == "notes.edited"
    assert process_replay.replay(loop, 2).same
    assert midi.read(content.get(element.version.content_hash)).note_count == len(music.MELODY) - 1


@pytest.mark.django_db
def test_somebody_elses_notes_become_an_element_of_ones_own_with_its_parent(
    ana, ben, upload, in_process, client_of, work_off
):
    from production.models import Version

    loop = UUID(upload(ana, music.midi(), "loop.mid")["result"]["element_id"])
    grant(ben, Version.objects.get(element_id=loop))

    asked = apply(client_of(ben), loop, "notes.edited", {"edits": {"removed": [0]}, "grid": "none"})
    work_off("process")

    job = client_of(ben).get(f"/api/jobs/{asked.json()['job_id']}/").json()
    made = UUID(job["result"]["element_id"])
    assert made != loop
    assert [edge.parent_id for edge in ledger.parents_of(made)] == [loop]
