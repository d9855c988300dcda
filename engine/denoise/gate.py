"""A noise gate that finds its threshold: what lies only a little over the quietest moments is turned down."""

from typing import Final

import numpy as np

from engine.arrays import Doubles, Signal, as_signal
from engine.denoise.repaired import Repaired, repaired
from engine.denoise.stream import check_stream
from engine.dsp.dynamics import FLOOR_DB, FallingEnvelope, Gliding, fall_db_per_sample, is_open, keep_per_sample
from engine.errors import OutOfRangeError

_QUIETEST: Final = 0.1  # the share of the recording that counts as noise alone
_OVER_DB: Final = 9.0  # how far over that the gate opens
_HYSTERESIS_DB: Final = 4.0
_BLOCK_S: Final = 0.02
_DETECTOR_MS: Final = 12.0
_ATTACK_MS: Final = 2.0
_RELEASE_MS: Final = 80.0
_HOLD_S: Final = 0.06
_LOOK_AHEAD_S: Final = 0.005


def gate(signal: Signal, *, sample_rate_hz: int, threshold_db: float | None = None, range_db: float = 24.0) -> Repaired:
    """Turn pauses down by `range_db`; all channels together, so that nothing moves from side to side.

    Parameters
    ----------
    signal : (channels, samples) float32
    threshold_db : peak level at which the gate opens, dB re full scale; found by itself if not given
    range_db : 0..80

    Returns
    -------
    `found` is how often the gate opened. The gain opens 5 ms before the sound, so attacks are whole.

    Raises
    ------
    OutOfRangeError
        If an argument is outside its range.
    """
    checked = as_signal(signal)
    check_stream(sample_rate_hz, checked.shape[0])
    if not 0 <= range_db <= 80:
        raise OutOfRangeError(f"the range of a gate is 0 to 80 dB, not {range_db}")
    if checked.shape[1] == 0:
        return repaired(checked, checked.copy(), found=0)
    peaks = np.abs(checked).max(axis=0).astype(np.float64)
    level_db = 20 * np.log10(np.maximum(peaks, 10 ** (FLOOR_DB / 20)))
    level_db = FallingEnvelope(fall_db_per_sample(_DETECTOR_MS, sample_rate_hz)).run(level_db)
    opens = threshold_of(level_db, sample_rate_hz) if threshold_db is None else threshold_db
    state, _ = is_open(
        level_db,
        opens_db=np.array(opens),
        closes_db=np.array(opens - _HYSTERESIS_DB),
        hold_samples=int(_HOLD_S * sample_rate_hz),
        was_open=False,
        quiet_samples=0,
    )
    early = int(_LOOK_AHEAD_S * sample_rate_hz)
    state = np.concatenate([state[early:], np.repeat(state[-1:], min(early, len(state)))])[: len(state)]
    glide = Gliding(
        keep_per_sample(_ATTACK_MS, sample_rate_hz), keep_per_sample(_RELEASE_MS, sample_rate_hz), start=-range_db
    )
    gain_db = glide.run(state, np.array([0.0]), np.array([-range_db]))
    opened = int((np.diff(state.astype(np.int8), prepend=0) == 1).sum())
    return repaired(checked, np.asarray(checked * 10 ** (gain_db / 20), dtype=np.float32), found=opened)


def threshold_of(level_db: Doubles, sample_rate_hz: int) -> float:
    """9 dB over the level of the quietest tenth, digital silence left out."""
    size = max(int(_BLOCK_S * sample_rate_hz), 1)
    blocks = np.array([level_db[start : start + size].max() for start in range(0, len(level_db), size)])
    heard = blocks[blocks > FLOOR_DB + 1]
    return float(np.quantile(heard, _QUIETEST)) + _OVER_DB if len(heard) else FLOOR_DB
