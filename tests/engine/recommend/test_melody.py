import re
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from engine.errors import LimitExceededError, OutOfRangeError
from engine.io import progression
from engine.recommend import melody, melody_stream
from engine.recommend.lead_chords import chords_of, key_of, setting_of
from engine.recommend.lead_events import Event, Listener, pitch_of, shift_of_key, token_of
from engine.recommend.melody_stream import Live, Steering, character, next_bar
from engine.score import MeterMark, Note, Score, make_part
from engine.weights import tensors

FOUR = "| C | Am | F | G7 |"


def chords(text=FOUR, **more) -> Score:
    return progression.to_score(progression.parse(text, **more))


def melodies(score, seed=1, count=1, **values):
    return list(melody.propose(score, seed=seed, count=count, values=values))


def tune(proposal):
    return proposal.score.parts[0].notes


def test_the_same_seed_writes_alike_and_another_does_not():
    first, again, other = (melodies(chords(), seed=seed) for seed in (4, 4, 5))

    assert first == again
    assert tune(first[0]) != tune(other[0])


def test_a_version_is_the_same_however_many_are_asked_for():
    assert melodies(chords(), count=3)[1] == melodies(chords(), count=2)[1]


def test_one_note_sounds_at_a_time_and_none_after_the_chords():
    for proposal in melodies(chords(FOUR * 2), count=4):
        notes = tune(proposal)

        assert all(before.offset <= after.onset for before, after in pairwise(notes))
        assert all(note.offset <= 32 for note in notes)


def test_the_chords_are_named_and_still_sound():
    given = chords()

    (proposal,) = melodies(given)

    assert [symbol for _, symbol in proposal.chords] == ["C", "Am", "F", "G7"]
    assert proposal.score.parts[1] == given.parts[0]
    assert proposal.score.meters == given.meters
    assert proposal.score.tempos == given.tempos


@pytest.mark.parametrize(("register", "low", "high"), [("low", 48, 69), ("high", 62, 84)])
def test_the_range_is_kept(register, low, high):
    notes = [note for proposal in melodies(chords(FOUR * 2), count=3, register=register) for note in tune(proposal)]

    assert notes
    assert all(low <= note.pitch_midi <= high for note in notes)


def test_the_range_is_kept_in_a_far_key():
    notes = tune(melodies(chords("| F# | D#m | B | C#7 |" * 2), register="middle")[0])

    assert all(53 <= note.pitch_midi <= 77 for note in notes)


def test_busy_has_more_notes_than_sparse():
    counts = {
        density: sum(len(tune(one)) for one in melodies(chords(FOUR * 4), count=3, density=density))
        for density in ("sparse", "medium", "busy")
    }

    assert counts["sparse"] < counts["medium"] < counts["busy"]


def test_the_pull_of_the_chords_is_felt_on_beats():
    def share(pull):
        inside = total = 0
        for proposal in melodies(chords(FOUR * 2), count=4, chord_pull_milli=pull):
            for note in tune(proposal):
                if note.onset.denominator == 1:
                    total += 1
                    bar = int(note.onset // 4) % 4
                    inside += note.pitch_midi % 12 in [{0, 4, 7}, {9, 0, 4}, {5, 9, 0}, {7, 11, 2, 5}][bar]
        return inside / max(total, 1)

    assert share(4000) > 0.95
    assert share(4000) > share(0)


def test_a_bar_at_a_time_gives_what_all_at_once_gives():
    given = chords()
    setting, shift = setting_of(given, chords_of(given))
    live, events = Live(seed=9), []
    steering = melody.steering_of(melody.CAPABILITY.read({}), shift, character(9, 0))

    for _ in range(4):
        new, live = next_bar(live, setting, steering)
        events += new

    assert melody.notes_of(events, shift, given.end) == list(tune(melodies(given, seed=9)[0]))


def test_the_next_bar_follows_the_chord_that_is_played_now():
    (c_major, shift), (e_major, _) = (
        setting_of(each, chords_of(each)) for each in (chords("| C | C |"), chords("| C | E |"))
    )
    first, live = next_bar(Live(seed=2), c_major)

    stays, _ = next_bar(live, c_major)
    turns, _ = next_bar(live, replace(c_major, harmonies=(*c_major.harmonies, *e_major.harmonies[-1:])))

    assert shift == 0
    assert first
    assert stays != turns
    assert next_bar(live, c_major)[0] == stays


def test_what_a_live_melody_remembers_stays_small():
    setting, _ = setting_of(chords("| C |"), chords_of(chords("| C |")))
    live = Live(seed=3)

    for _ in range(40):
        _, live = next_bar(live, setting)

    assert live.step == 640
    assert len(live.recent) < 7 * 16


def test_waltzes_and_pickups_of_meter_are_written():
    (proposal,) = melodies(chords("| C | F | G | C |", meter=(3, 4)))

    assert all(note.offset <= 12 for note in tune(proposal))


def test_what_cannot_be_written_over_is_refused():
    tune_only = Score(parts=(make_part([Note(onset=Fraction(0), duration=Fraction(1), pitch_midi=60)]),))

    with pytest.raises(OutOfRangeError, match="no chord could be named"):
        melodies(tune_only)
    with pytest.raises(OutOfRangeError, match="no chord could be named"):
        melodies(Score())
    with pytest.raises(LimitExceededError, match="257 bars"):
        melodies(chords("| C | F " * 128 + "| G |"))
    with pytest.raises(OutOfRangeError, match="7/4"):
        melodies(replace(chords(), meters=(MeterMark(at=Fraction(0), numerator=7, denominator=4),)))
    with pytest.raises(OutOfRangeError, match="must hold an octave"):
        next_bar(Live(seed=1), setting_of(chords(), chords_of(chords()))[0], Steering(lowest=60, highest=65))


def test_keys_are_moved_the_short_way():
    assert [shift_of_key(tonic, is_minor=False) for tonic in (0, 7, 6, 5)] == [0, 5, -6, -5]
    assert shift_of_key(9, is_minor=True) == 0
    assert key_of(chords("| Am | Dm | E7 | Am |")) == (9, True)


def test_what_sounded_bars_ago_is_told():
    setting, _ = setting_of(chords("| C |"), chords_of(chords("| C |")))
    listener = Listener(setting)
    for step in range(0, 32, 4):
        listener.heard(Event(step, token_of(60 + step // 4), 4))

    told = listener.tell(32)

    assert [pitch_of(token) if token < 38 else None for token, _ in told.past] == [64, 60, None]
    assert told.last_pitch == token_of(67)


def test_the_card_names_the_weights_it_describes():
    card = tensors.path_of(melody_stream.MODEL).with_suffix(".md").read_text()

    assert re.findall(r"\b[0-9a-f]{64}\b", card) == [tensors.hash_of(melody_stream.MODEL)]
