"""The demo's music: every recipe makes what it says, twice the same, and nothing but what its parents allow."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.io import midi, soundfont
from engine.io.sniff import sniff
from production.samples import arrange, instruments, mixes, pieces
from production.samples.making import make
from production.samples.plan import samples


def test_there_are_eighty_samples_of_all_six_kinds() -> None:
    kinds = Counter(sample.kind for sample in samples().values())

    assert sum(kinds.values()) >= 80
    assert set(kinds) == {"midi", "progression", "melody", "wave", "sound", "mix_setting"}
    assert min(kinds.values()) >= 8


def test_what_comes_from_a_collection_names_its_encoder() -> None:
    for piece in (*pieces.TUNES, *pieces.CHORALES):
        assert piece.encoder in samples()[piece.slug].description
        assert piece.source.collection in ("bach", "ryansMammoth", "oneills1850")


@pytest.mark.parametrize("piece", [*pieces.TUNES, *pieces.CHORALES], ids=lambda piece: piece.slug)
def test_every_piece_is_eight_whole_bars(piece: pieces.Piece) -> None:
    score = piece.score()

    assert score.note_count >= 30
    assert score.end <= 8 * score.meters[0].bar
    assert score.end > 7 * score.meters[0].bar


@pytest.mark.parametrize("slug", ["fire-fly", "fire-fly-band", "night-bus", "warm-tape", "glass-harp"])
def test_a_recipe_gives_the_same_bytes_again(slug: str) -> None:
    recipe = samples()[slug].recipe

    assert recipe() == recipe()


@pytest.mark.parametrize("slug", sorted(instruments.INSTRUMENTS))
def test_our_instruments_are_sound_fonts_with_one_preset_over_all_keys(slug: str) -> None:
    font = soundfont.read(instruments.font(slug))

    assert [preset.name for preset in font.presets] == [instruments.INSTRUMENTS[slug].title]
    assert (font.presets[0].key_low, font.presets[0].key_high) == (0, 127)
    assert len(font.samples) == 5


@pytest.mark.parametrize("slug", sorted(mixes.MIXES))
def test_our_mix_settings_follow_the_schema(slug: str) -> None:
    ready = make(slug)

    assert ready.examined.element_kinds == ("mix_setting",)
    assert sniff(ready.rendered.files["preview.ogg"]) == "ogg"


def test_harmony_begins_and_ends_on_the_tonic_and_fills_every_bar() -> None:
    score = next(piece for piece in pieces.TUNES if piece.slug == "liverpool-jacks").score()

    chords = arrange.harmony(score)

    assert chords[0][2] == chords[-1][2] == "F"
    assert sum(length for _, length, _ in chords) == 8 * score.meters[0].bar


def test_a_band_keeps_every_note_of_the_tune() -> None:
    tune = midi.read(samples()["fire-fly"].recipe())
    band = midi.read(samples()["fire-fly-band"].recipe())

    assert tune.note_multiset() <= band.note_multiset()
