"""Writes the lower voices of a chorale under a melody, one draw at a time, within the rules.

Ranges, silence and the order of the voices are kept by masks: what would break them has no weight at all. Parallel
fifths and octaves are made a hundred and fifty times less likely instead, since Bach, too, allows one now and then, and
an empty choice must not be possible.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from engine.recommend.chorale_grid import FIRST_PITCH, HOLD, LOWER_VOICES, RANGES, REST, SOPRANO, TOKENS
from engine.recommend.chorale_network import ExactNetwork
from engine.recommend.draws import LOGIT_UNITS_PER_NAT, draw, log_probability_milli, random_word, weights_of
from engine.recommend.melody_grid import MelodyGrid
from engine.recommend.voice_leading import PERFECT_INTERVALS

PARALLEL_PENALTY = 5 * LOGIT_UNITS_PER_NAT
_IMPOSSIBLE = -(1 << 40)

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One harmonisation on the grid.

    pitches : (4, steps) int64, soprano alto tenor bass, MIDI numbers, 0 for silence
    onsets : (4, steps) bool
    log_likelihood_milli : 1000 ln P of the lower voices given the melody, by the model alone: no temperature, no masks
    """

    pitches: Ints
    onsets: NDArray[np.bool_]
    log_likelihood_milli: int


def write(
    network: ExactNetwork, grid: MelodyGrid, *, seed: int, places: list[tuple[int, int]], temperature_milli: int
) -> list[Draft]:
    """One draft for each of `places` = (variant, attempt); a draft depends on its own place only."""
    rows, steps = len(places), len(grid.pitches)
    pitches = np.zeros((rows, 4, steps), np.int64)
    onsets = np.zeros((rows, 4, steps), np.bool_)
    pitches[:, SOPRANO], onsets[:, SOPRANO] = grid.pitches, grid.onsets
    likelihood = [Decimal(0)] * rows
    reading = network.read_melody(grid.pitches, grid.onsets, grid.levels)
    state = network.first_state(rows)
    previous = np.zeros((rows, 4), np.int64)
    for step in range(steps):
        chord = pitches[:, :, step]  # a view: what is drawn here is written there
        known = network.know(reading, step, [previous[:, voice] for voice in LOWER_VOICES])
        state = network.advance(reading, step, known, state)
        for rank, voice in enumerate(LOWER_VOICES):
            logits = network.logits(reading, step, known, state, [chord[:, drawn] for drawn in LOWER_VOICES[:rank]])
            bounded = logits * 1000 // temperature_milli + _bounds(grid, step, voice, previous, chord)
            plain = weights_of(logits, coarse=network.coarse, fine=network.fine)
            weights = weights_of(bounded, coarse=network.coarse, fine=network.fine)
            for row, place in enumerate(places):
                token = draw(weights[row], random_word(seed, *place, step, rank))
                likelihood[row] += log_probability_milli(logits[row], plain[row], token)
                chord[row, voice] = _pitch(token, voice, int(previous[row, voice]))
                onsets[row, voice, step] = token != HOLD
        previous = chord
    return [
        Draft(pitches=pitches[row], onsets=onsets[row], log_likelihood_milli=int(likelihood[row].to_integral_value()))
        for row in range(rows)
    ]


def _pitch(token: int, voice: int, previous: int) -> int:
    if token == HOLD:
        return previous
    return 0 if token == REST else token - FIRST_PITCH + RANGES[voice][0]


def _bounds(grid: MelodyGrid, step: int, voice: int, previous: Ints, chord: Ints) -> Ints:
    """What to add to the logits of `voice`: 0, a penalty, or so little that nothing is left. (rows, tokens) int64.

    previous : (rows, 4), what sounded one step ago
    chord : (rows, 4), this step: the soprano and the voices already drawn, 0 elsewhere
    """
    rows, tune = len(chord), int(grid.pitches[step])
    bounds = np.full((rows, TOKENS[voice]), _IMPOSSIBLE)
    if tune == 0:
        # All voices keep the melody's long rests: they fall silent once, and stay so.
        bounds[:, REST] = np.where(previous[:, voice] > 0, 0, _IMPOSSIBLE)
        bounds[:, HOLD] = np.where(previous[:, voice] > 0, _IMPOSSIBLE, 0)
        return bounds
    low, high = RANGES[voice]
    floor = chord[:, voice + 1] if voice + 1 < 4 else np.zeros(rows, np.int64)
    candidates = np.arange(low, high + 1)
    fits = (candidates >= floor[:, None]) & (candidates <= min(tune, high))
    held = previous[:, voice]
    can_hold = (held > 0) & (held >= floor) & (held <= tune)
    bounds[:, HOLD] = np.where(can_hold, 0, _IMPOSSIBLE)
    moves = fits & (bool(grid.may_move[step]) | ~can_hold[:, None])
    penalty = -PARALLEL_PENALTY * _parallels(voice, candidates, previous, chord)
    bounds[:, FIRST_PITCH:] = np.where(moves, penalty, _IMPOSSIBLE)
    return bounds


def _parallels(voice: int, candidates: Ints, previous: Ints, chord: Ints) -> Ints:
    """(rows, candidates) int64: with how many voices already placed each candidate would move in parallel."""
    count = np.zeros((len(chord), len(candidates)), np.int64)
    was = previous[:, voice, None]
    for other in range(4):
        other_was, other_now = previous[:, other, None], chord[:, other, None]
        sung = (other != voice) & (was > 0) & (other_was > 0) & (other_now > 0)
        moved = sung & (other_was != other_now) & (candidates != was)
        for interval in PERFECT_INTERVALS:
            upper_first = other < voice
            before = (other_was - was) % 12 if upper_first else (was - other_was) % 12
            after = (other_now - candidates) % 12 if upper_first else (candidates - other_now) % 12
            count += moved & (before == interval) & (after == interval)
    return count
