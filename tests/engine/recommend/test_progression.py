from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from engine.errors import LimitExceededError, OutOfRangeError, UnreadableFileError
from engine.io import progression as symbols
from engine.recommend import progression, registry, song_memory
from engine.recommend.chord_reading import Key, read_given
from engine.recommend.chord_tokens import NO_CHORD, QUALITIES, TOKENS, Change, moved, symbol_of, token_of, tones_of
from engine.recommend.functions import roman
from engine.recommend.progression_model import load
from engine.recommend.progression_network import Piece, ProgressionNetwork, as_batch
from engine.recommend.progression_phrases import BLUES, PHRASES, STYLES, bars_of
from engine.recommend.voicing import voiced
from engine.score import Note, Score, make_part


@pytest.fixture(scope="module")
def given():
    return symbols.to_score(symbols.parse("C | Am | F | G | C | Am | F | G"))


def proposed(given, seed=1, count=1, **values):
    return list(progression.propose(given, seed=seed, count=count, values=values))


def test_a_symbol_and_its_token_are_the_same_chord():
    for token in range(TOKENS):
        assert token_of(symbol_of(token)) == token
    assert symbol_of(token_of("C9/E")) == "C7"
    assert tones_of(token_of("Dm7")) == (2, 5, 9, 0)


def test_the_network_hears_the_same_in_every_key_and_never_looks_ahead():
    import torch

    network = ProgressionNetwork().eval()
    chords = [Change(token=token_of(name), beats=4) for name in ("C", "Am", "F", "G7", "Em", "Am")]
    higher = [Change(token=moved(change.token, 5), beats=4) for change in chords]
    pieces = [Piece(changes=tuple(each), tonic=tonic) for each, tonic in ((chords, 0), (higher, 5), (chords[:3], 0))]

    with torch.no_grad():
        rows = network(as_batch(pieces)).numpy()

    turned = [moved(token, 5) for token in range(TOKENS)]
    assert rows[1][:, turned] == pytest.approx(rows[0], abs=1e-4)
    assert rows[2, :4] == pytest.approx(rows[0, :4], abs=1e-4)
    assert np.exp(rows[0]).sum(1) == pytest.approx(1, abs=1e-3)


def test_a_song_recalls_what_followed_only_from_what_has_been():
    changes = tuple(Change(token=token, beats=4) for token in (1, 2, 3, 1, 2, 4))

    recalled = list(song_memory.recall(Piece(changes=changes)))

    assert recalled[0] == recalled[1] == {}
    assert recalled[5][1] == {3: 1}
    assert recalled[4][0] == {2: 1}


def test_the_model_gives_probabilities_and_expects_what_was_repeated(given):
    rows = load().probabilities(read_given(given).piece)

    assert rows.shape == (9, TOKENS)
    assert rows.sum(1) == pytest.approx(1, abs=1e-3)
    assert symbol_of(int(rows[-1].argmax())) == "C"


def test_the_same_call_gives_the_same_chords_and_another_seed_others(given):
    first, again, other = (proposed(given, seed=seed, count=2, surprise=1400) for seed in (1, 1, 2))

    assert first == again
    assert first[0] != first[1]
    assert [p.chords for p in first] != [p.chords for p in other]
    assert proposed(given, seed=1, count=1, surprise=1400)[0] == first[0]


@pytest.mark.parametrize("bars", [1, 5, 16])
@pytest.mark.parametrize("style", STYLES)
def test_there_are_as_many_new_bars_as_asked_for(given, bars, style):
    [proposal] = proposed(given, bars=bars, style=style, include="new")

    assert proposal.score.end == 4 * bars
    assert proposal.log_likelihood_milli < 0
    assert proposal.remarks[0].startswith("In C major: ")


def test_the_given_chords_stay_before_the_new_ones(given):
    [proposal] = proposed(given, bars=2)

    assert [symbol for _, symbol in proposal.chords[:8]] == ["C", "Am", "F", "G"] * 2
    assert proposal.score.end == 40
    assert proposal.score.tempos == given.tempos


@pytest.mark.parametrize("style", STYLES)
def test_a_progression_that_ends_at_home_ends_on_the_tonic(style):
    [proposal] = proposed(Score(), task="new", key="E", mode="minor", style=style, ending="home", bars=4)

    assert token_of(proposal.chords[-1][1]) // len(QUALITIES) == 4


def test_chords_change_as_often_as_is_asked(given):
    slow, fast = (proposed(given, rhythm=rhythm, include="new")[0] for rhythm in ("two_bars", "half"))

    assert {note.duration for note in slow.score.notes()} == {Fraction(8)}
    assert {note.duration for note in fast.score.notes()} == {Fraction(2)}


def test_less_surprise_is_likelier_and_a_fresh_one_repeats_less(given):
    safe, bold = (
        sum(p.log_likelihood_milli / len(p.chords) for p in proposed(given, count=4, surprise=surprise, include="new"))
        for surprise in (200, 1600)
    )
    [fresh] = proposed(given, surprise=200, memory="fresh", rhythm="bar", include="new")

    assert safe > bold
    assert [symbol for _, symbol in fresh.chords[:4]] != ["C", "Am", "F", "G"]


def test_blues_goes_on_in_the_bar_of_its_chorus_where_the_chords_stopped():
    given = symbols.to_score(symbols.parse("C7 | F7 | C7 | C7"))

    [proposal] = proposed(given, style="blues", bars=1, include="new")

    assert proposal.chords[0][1] in ("F7", "Gm7")


def test_every_written_phrase_is_of_known_chords_in_whole_bars():
    for forms in BLUES.values():
        assert {len(bars_of(form)) for form in forms} == {12}
    for book in PHRASES.values():
        for kind in (book.opening, book.middle, book.closing):
            assert {len(bars_of(text)) for text in kind} == {2}


def test_spacing_and_bass_do_what_they_say():
    tokens = [token_of(name) for name in ("C", "Am7", "Dm", "G7", "C")]
    close, opened, drop2 = (voiced(tokens, spacing=name, bass="none") for name in ("close", "open", "drop2"))

    assert all(chord[-1] - chord[0] < 12 for chord in close)
    assert all(chord[-1] - chord[0] > 12 for chord in opened)
    assert all(len(chord) >= 4 for chord in drop2)
    roots = voiced(tokens, bass="root")
    assert [chord[0] % 12 for chord in roots] == [0, 9, 2, 7, 0]
    smooth = voiced(tokens, bass="smooth")
    assert leaps([chord[0] for chord in smooth]) <= leaps([chord[0] for chord in roots])


def leaps(line):
    return sum(abs(after - before) for before, after in pairwise(line))


def test_voices_move_less_than_with_every_chord_in_root_position():
    tokens = [token_of(name) for name in ("C", "F", "G", "Am", "Dm", "G", "C")]

    moved_by = sum(leaps(line) for line in zip(*voiced(tokens, bass="none"), strict=True))

    root_positions = [
        [60 + (token // 13) % 12 + step for step in ((0, 3, 7) if token % 13 else (0, 4, 7))] for token in tokens
    ]
    assert moved_by < sum(leaps(line) for line in zip(*root_positions, strict=True)) / 2


def test_silence_between_chords_is_heard_and_not_voiced():
    assert voiced([token_of("C"), NO_CHORD, token_of("F")])[1] == ()


@pytest.mark.parametrize(
    ("symbol", "key", "numeral"),
    [
        ("Dm7", Key(tonic=0, is_minor=False), "ii7"),
        ("A7", Key(tonic=0, is_minor=False), "V7/ii"),
        ("Bb", Key(tonic=0, is_minor=False), "bVII"),
        ("Bm7b5", Key(tonic=9, is_minor=True), "iiø7"),
        ("E7", Key(tonic=9, is_minor=True), "V7"),
        ("D", Key(tonic=9, is_minor=True), "IV"),
        ("G7", Key(tonic=0, is_minor=False), "V7"),
        ("D", Key(tonic=0, is_minor=False), "V/V"),
    ],
)
def test_chords_are_named_by_their_function(symbol, key, numeral):
    assert roman(token_of(symbol), key) == numeral


def test_what_cannot_be_gone_on_from_is_refused(given):
    with pytest.raises(UnreadableFileError, match="no chord to go on from"):
        proposed(Score())
    melody = Score(parts=(make_part([Note(onset=Fraction(0), duration=Fraction(1), pitch_midi=60)]),))
    with pytest.raises(UnreadableFileError, match="no chord could be named"):
        proposed(melody)
    endless = Score(parts=(make_part([Note(onset=Fraction(0), duration=Fraction(40_000), pitch_midi=60)]),))
    with pytest.raises(LimitExceededError, match="at most 4096"):
        proposed(endless)
    with pytest.raises(OutOfRangeError, match="bars is 17"):
        proposed(given, bars=17)
    with pytest.raises(OutOfRangeError, match="style is 'polka'"):
        proposed(given, style="polka")


def test_whoever_is_told_of_progress_can_stop_the_work(given):
    def stop(share, words):
        if share > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(progression.propose(given, seed=1, count=2, values={}, tell=stop))


def test_the_registry_knows_it():
    assert registry.capability("progression").propose is progression.propose


def test_chords_without_lengths_are_weighed_by_a_trust_of_their_own():
    model = load()
    even = replace(model, trust=np.zeros_like(model.trust))
    symbols_alone = tuple(Change(token=token_of(symbol)) for symbol in ("C", "F", "G", "C", "F", "G", "C"))
    timed = tuple(replace(change, beats=4) for change in symbols_alone)

    assert np.array_equal(*(one.probabilities(Piece(changes=symbols_alone, beats_per_bar=0)) for one in (model, even)))
    assert not np.allclose(*(one.probabilities(Piece(changes=timed)) for one in (model, even)))
