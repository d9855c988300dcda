"""Scores for property tests."""

from fractions import Fraction

from hypothesis import strategies as st

from engine.score import KeyMark, MeterMark, Note, Score, TempoMark, make_part

GRID = 24  # ticks a quarter note: sixteenths and triplets


def times(most: int) -> st.SearchStrategy[Fraction]:
    return st.integers(0, most * GRID).map(lambda ticks: Fraction(ticks, GRID))


def separate(notes: list[Note]) -> list[Note]:
    """Equal pitches end before they begin again: what one MIDI channel can say."""
    kept: list[Note] = []
    for note in sorted(notes, key=lambda each: (each.pitch_midi, each.onset, each.duration)):
        last = kept[-1] if kept and kept[-1].pitch_midi == note.pitch_midi else None
        if last is None or last.offset <= note.onset:
            kept.append(note)
    return kept


notes = st.builds(
    Note,
    onset=times(24),
    duration=times(6).filter(lambda length: length > 0),
    pitch_midi=st.integers(0, 127),
    velocity=st.integers(1, 127),
)
parts = st.builds(
    lambda members, program, is_drums: make_part(separate(members), name="Part", program=program, is_drums=is_drums),
    st.lists(notes, min_size=1, max_size=24),
    st.integers(0, 127),
    st.booleans(),
)
meters = st.builds(
    MeterMark,
    at=st.integers(0, 24).map(Fraction),
    numerator=st.integers(1, 12),
    denominator=st.sampled_from([2, 4, 8, 16]),
)
tempos = st.builds(TempoMark, at=times(24), us_per_quarter=st.integers(200_000, 2_000_000))
keys = st.builds(KeyMark, at=times(24), fifths=st.integers(-7, 7), mode=st.sampled_from(["major", "minor"]))
scores = st.builds(
    lambda parts, tempos, meters, keys: Score(
        parts=tuple(parts),
        tempos=tuple(sorted(tempos, key=lambda mark: mark.at)),
        meters=tuple(sorted(meters, key=lambda mark: mark.at)),
        keys=tuple(sorted(keys, key=lambda mark: mark.at)),
    ),
    st.lists(parts, min_size=1, max_size=3),
    st.lists(tempos, max_size=3, unique_by=lambda mark: mark.at),
    st.lists(meters, max_size=3, unique_by=lambda mark: mark.at),
    st.lists(keys, max_size=2, unique_by=lambda mark: mark.at),
)
