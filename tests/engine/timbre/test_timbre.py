"""New timbres: what a note is made of, what is between two sounds, and instruments that can be played."""

from fractions import Fraction

import numpy as np
import pytest

from engine.errors import OutOfRangeError, SilenceError, TooShortError, UnpitchedError
from engine.io import soundfont
from engine.score import Note, Score, make_part
from engine.timbre import additive, instrument, making, morph, sampler, timbre_map, tone

RATE = tone.RATE_HZ


def note(pitch=60.0, *, partials=(1.0, 0.5, 0.25, 0.125), seconds=2.0, decay_s=None, rate=RATE):
    """A sum of harmonic partials, about -10 dBFS."""
    t = np.arange(int(seconds * rate)) / rate
    wave = sum(
        level * np.sin(2 * np.pi * tone.hz(pitch) * order * t + order) for order, level in enumerate(partials, 1)
    )
    shape = np.exp(-t / decay_s) if decay_s else np.ones(len(t))
    return (0.3 * wave * shape / sum(partials)).astype(np.float32)


def peak_hz(mono, near_hz):
    size = 1 << 18
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono)), size))
    low, high = (int(near_hz * factor * size / RATE) for factor in (0.95, 1.05))
    return (low + int(np.argmax(spectrum[low:high]))) * RATE / size


def test_a_note_is_heard_as_its_partials_and_its_tuning():
    found = tone.analyse(note(60.2), pitch_midi=60)

    assert found.pitch_midi == pytest.approx(60.2, abs=0.01)
    middle = found.partials_db[20]
    assert middle[0] - middle[1] == pytest.approx(6.02, abs=0.3)
    assert middle[0] - middle[3] == pytest.approx(18.06, abs=0.3)
    assert middle[6] < middle[0] - 40


def test_the_stiffness_of_a_string_is_heard():
    order = np.arange(1, 9)
    t = np.arange(2 * RATE) / RATE
    frequencies = 220 * order * np.sqrt(1 + 4e-4 * order**2)
    wave = sum(np.sin(2 * np.pi * hz * t) / k for k, hz in zip(order, frequencies, strict=True))

    found = tone.analyse((0.1 * wave).astype(np.float32), pitch_midi=57)

    assert found.spread == pytest.approx(4e-4, rel=0.1)


def test_noise_is_heard_beside_the_partials_at_its_level():
    draw = np.random.default_rng(3)
    hiss = 0.01 * draw.standard_normal(2 * RATE)
    found = tone.analyse((note(72) + hiss).astype(np.float32), pitch_midi=72)

    power = (10 ** (found.noise_db[25] / 10)).sum()
    heard_share = (20_000 - 60) / (RATE / 2)
    assert 10 * np.log10(power) == pytest.approx(20 * np.log10(0.01 * np.sqrt(heard_share)), abs=1.5)


def test_a_tone_is_played_as_it_was_heard():
    given = note(64, decay_s=0.5)

    again = additive.sound(tone.analyse(given, pitch_midi=64), duration_s=1.5)

    def rms_db(part):
        return 20 * np.log10(np.sqrt((part**2).mean()))

    for start in (0.1, 0.5, 1.0):
        stretch = slice(int(start * RATE), int((start + 0.2) * RATE))
        assert rms_db(again[stretch]) == pytest.approx(rms_db(given[stretch]), abs=0.7)
    assert 1200 * abs(np.log2(peak_hz(again, tone.hz(64)) / tone.hz(64))) < 2


def test_the_same_tone_and_seed_give_the_same_samples_and_another_seed_other_noise():
    known = tone.analyse(note(), pitch_midi=60)
    hissing = tone.of_sheet(known.sheet() + 0, pitch_midi=60, spread=0, duration_s=2)
    hissing.noise_db[:] = -40

    once, again, other = (additive.sound(hissing, duration_s=0.5, seed=seed) for seed in (1, 1, 2))

    assert (once == again).all()
    assert np.abs(once - other).max() > 1e-4


@pytest.mark.parametrize(
    ("signal", "error"),
    [
        (np.zeros(RATE, np.float32), SilenceError),
        (np.zeros(0, np.float32), SilenceError),
        (np.full(1, 0.5, np.float32), TooShortError),
    ],
)
def test_what_holds_no_note_is_refused_in_a_sentence(signal, error):
    with pytest.raises(error, match="sound"):
        tone.analyse(signal, pitch_midi=60)


def test_a_pitch_that_no_piano_has_is_refused():
    with pytest.raises(OutOfRangeError, match=r"21\.\.108"):
        tone.analyse(note(), pitch_midi=120)


def test_noise_has_no_pitch_unless_one_is_told():
    hiss = (0.1 * np.random.default_rng(1).standard_normal((1, RATE))).astype(np.float32)

    with pytest.raises(UnpitchedError, match="say which"):
        making.heard_in(hiss, sample_rate_hz=RATE)
    assert making.heard_in(hiss, sample_rate_hz=RATE, pitch_midi=60.0).timbre.latent.shape == (16,)


def test_the_pitch_of_a_recording_is_heard_at_any_rate():
    found = making.heard_in(note(55, rate=48_000)[np.newaxis], sample_rate_hz=48_000)

    assert found.pitch_midi == pytest.approx(55, abs=0.05)


def test_a_sound_mixed_with_nothing_is_itself_again():
    known = tone.analyse(note(), pitch_midi=60)

    again = morph.timbre_of([known]).tone(pitch_midi=known.pitch_midi)

    difference = again.sheet() - (known.sheet() - morph.level_db(known))
    heard = known.sheet() > morph.level_db(known) - 60
    assert np.abs(difference[heard]).max() < 0.1


def test_a_morph_moves_evenly_from_one_sound_to_the_other():
    bright = morph.timbre_of([tone.analyse(note(partials=(1, 0.9, 0.8, 0.7, 0.6)), pitch_midi=60)])
    dull = morph.timbre_of([tone.analyse(note(partials=(1, 0.1)), pitch_midi=60)])

    steps = [
        morph.mixed([bright, dull], [1 - share, share]).tone(pitch_midi=60).partials_db[20]
        for share in np.linspace(0, 1, 6)
    ]

    tilt = np.array([levels[1] - levels[0] for levels in steps])
    assert (np.diff(tilt) < 0).all()
    assert np.diff(tilt).min() > 2.0 * np.diff(tilt).mean()


@pytest.mark.parametrize("shares", [[1.0], [-1.0, 2.0], [0.0, 0.0]])
def test_shares_that_mix_nothing_are_refused(shares):
    one = morph.Timbre(latent=np.zeros(16, np.float32))

    with pytest.raises(OutOfRangeError, match="share"):
        morph.mixed([one, one], shares)


def test_the_map_has_every_pitched_instrument_of_each_bank_and_finds_it_again():
    places = timbre_map.places()
    cello = making.place_called("cello")

    assert len(places) == 112 * len(timbre_map.BANKS)
    assert all(-1 <= place.x <= 1 and -1 <= place.y <= 1 for place in places)
    assert timbre_map.nearest(cello.latent, 1) == [cello]
    with pytest.raises(OutOfRangeError, match="Cello"):
        making.place_called("celo")


def test_a_held_sound_becomes_an_instrument_that_loops_without_a_click():
    timbre = morph.timbre_of([tone.analyse(note(), pitch_midi=60)])
    made = list(instrument.samples(timbre, seed=1, low=58, high=62, step=5))
    looped = made[-1]

    assert looped.loop is not None
    begin, end = looped.loop
    twice = np.concatenate([looped.sound[:end], looped.sound[begin:end]])
    around = np.abs(np.diff(twice[end - 200 : end + 200]))
    assert around.max() < 1.5 * np.abs(np.diff(twice[end - 2000 : end - 200])).max()


def test_a_sound_that_dies_away_is_not_looped():
    timbre = morph.timbre_of([tone.analyse(note(decay_s=0.25), pitch_midi=60)])

    made = list(instrument.samples(timbre, seed=1, low=58, high=62, step=5))

    assert {one.loop for one in made} == {None}


def test_the_instrument_covers_every_key_and_touch_once_and_plays_in_tune():
    timbre = morph.timbre_of([tone.analyse(note(), pitch_midi=60)])
    made = list(instrument.samples(timbre, seed=1, low=48, high=72))
    data = instrument.soundfont(made, name="Test")

    covered = [(key, touch) for key in range(48, 73) for touch in (20, 100)]
    for key, touch in covered:
        fits = [
            one for one in made if one.key_low <= key <= one.key_high and one.velocity_low <= touch <= one.velocity_high
        ]
        assert len(fits) == 1
    assert [preset.name for preset in soundfont.read(data).presets] == ["Test"]
    for pitch in (50, 61, 70):
        part = make_part([Note(onset=Fraction(0), duration=Fraction(4), pitch_midi=pitch, velocity=100)])
        heard = sampler.render(Score(parts=(part,)), bank=data).mean(axis=0)[: 2 * RATE]
        assert 1200 * abs(np.log2(peak_hz(heard, tone.hz(pitch)) / tone.hz(pitch))) < 5


def test_the_same_call_makes_the_same_bytes():
    timbre = morph.timbre_of([tone.analyse(note(), pitch_midi=60)])

    once, again = (making.made(timbre, "wav", name="x", note=64, seed=4) for _ in range(2))

    assert once == again


def test_an_sfz_archive_names_files_that_are_in_it():
    import io
    import zipfile

    timbre = morph.timbre_of([tone.analyse(note(), pitch_midi=60)])
    data = instrument.sfz(list(instrument.samples(timbre, seed=1, low=58, high=62, step=5)), name="My pad!")

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = archive.read("My-pad.sfz").decode()
        named = [word.removeprefix("sample=") for word in text.split() if word.startswith("sample=")]
        assert named
        assert set(named) < set(archive.namelist())


def test_the_card_names_the_weights_it_describes():
    import re

    from engine.weights import tensors

    card = tensors.path_of(timbre_map.MODEL).with_suffix(".md").read_text(encoding="utf-8")

    assert re.findall(r"\b[0-9a-f]{64}\b", card) == [timbre_map.weights_hash()]
