"""The plugins of a mix setting, played over a whole signal: what its preview sounds like."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np
from scipy import ndimage
from scipy import signal as filters

from engine.arrays import Doubles, Signal, as_signal

Plugin: TypeAlias = dict[str, Any]  # one entry of `plugins` in a checked mix setting
_Effect: TypeAlias = Callable[[Doubles, Plugin, int], Doubles]

_HOP: Final = 32  # samples between two gain values of the dynamics
_FLOOR: Final = 1e-7
_ECHO_FLOOR: Final = 1e-3
_LOOK_AHEAD_S: Final = 0.002


def apply_chain(signal: Signal, setting: dict[str, Any], *, sample_rate_hz: int) -> Signal:
    """Pass `signal` through the plugins of a mix setting in order.

    Parameters
    ----------
    signal : (channels, samples) float32; mono is made stereo first
    setting : as `engine.io.mix_setting.read` returns it

    Returns
    -------
    (2, samples) float32, same length: tails are cut where the input ends
    """
    checked = as_signal(signal)
    wet = np.asarray(np.repeat(checked, 2, axis=0) if checked.shape[0] == 1 else checked[:2], dtype=np.float64)
    for plugin in setting["plugins"]:
        if not plugin.get("bypass", False):
            wet = _EFFECTS[plugin["type"]](wet, plugin, sample_rate_hz)
    return np.asarray(wet, dtype=np.float32)


def eq_sections(bands: list[dict[str, Any]], *, sample_rate_hz: int) -> Doubles:
    """Second-order sections, one a band, (bands, 6) float64; bands above 0.49 of the sampling rate are left out.

    Source: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients".
    """
    kept = [band for band in bands if band["frequency_hz"] < 0.49 * sample_rate_hz]
    return np.array([_biquad(band, sample_rate_hz) for band in kept], dtype=np.float64).reshape(-1, 6)


def response_db(setting: dict[str, Any], frequencies_hz: Doubles, *, sample_rate_hz: int = 48_000) -> Doubles:
    """Gain of the chain's equalisers and gains at each frequency, dB: the curve a cover shows."""
    total = np.zeros(len(frequencies_hz))
    for plugin in setting["plugins"]:
        if plugin.get("bypass", False):
            continue
        if plugin["type"] == "eq":
            for section in eq_sections(plugin["bands"], sample_rate_hz=sample_rate_hz):
                _, gain = filters.freqz(section[:3], section[3:], worN=frequencies_hz, fs=sample_rate_hz)
                total += 20 * np.log10(np.maximum(np.abs(gain), _FLOOR))
        elif plugin["type"] == "gain":
            total += plugin["gain_db"]
    return total


def _biquad(band: dict[str, Any], rate: int) -> list[float]:
    omega = 2 * np.pi * band["frequency_hz"] / rate
    alpha, cos = np.sin(omega) / (2 * band.get("q", 0.7071)), np.cos(omega)
    root = 10 ** (band.get("gain_db", 0.0) / 40)
    shelf, side = 2 * np.sqrt(root) * alpha, root - 1
    plus, shape = root + 1, band["shape"]
    if shape == "peak":
        b, a = (1 + alpha * root, -2 * cos, 1 - alpha * root), (1 + alpha / root, -2 * cos, 1 - alpha / root)
    elif shape == "low_shelf":
        b = (root * (plus - side * cos + shelf), 2 * root * (side - plus * cos), root * (plus - side * cos - shelf))
        a = (plus + side * cos + shelf, -2 * (side + plus * cos), plus + side * cos - shelf)
    elif shape == "high_shelf":
        b = (root * (plus + side * cos + shelf), -2 * root * (side + plus * cos), root * (plus + side * cos - shelf))
        a = (plus - side * cos + shelf, 2 * (side - plus * cos), plus - side * cos - shelf)
    else:
        b = {
            "low_cut": ((1 + cos) / 2, -(1 + cos), (1 + cos) / 2),
            "high_cut": ((1 - cos) / 2, 1 - cos, (1 - cos) / 2),
            "notch": (1.0, -2 * cos, 1.0),
        }[shape]
        a = (1 + alpha, -2 * cos, 1 - alpha)
    return [value / a[0] for value in (*b, *a)]


def _eq(wet: Doubles, plugin: Plugin, rate: int) -> Doubles:
    sections = eq_sections(plugin["bands"], sample_rate_hz=rate)
    return np.asarray(filters.sosfilt(sections, wet, axis=1)) if len(sections) else wet


def _gain(wet: Doubles, plugin: Plugin, rate: int) -> Doubles:
    return np.asarray(wet * _linear(plugin["gain_db"]))


def _pan(wet: Doubles, plugin: Plugin, rate: int) -> Doubles:
    angle = (plugin["position"] + 1) * np.pi / 4
    return np.asarray(wet * (np.sqrt(2) * np.array([[np.cos(angle)], [np.sin(angle)]])))


def _width(wet: Doubles, plugin: Plugin, rate: int) -> Doubles:
    mid, side = (wet[0] + wet[1]) / 2, (wet[0] - wet[1]) / 2 * plugin["width"]
    return np.stack([mid + side, mid - side])


def _compressor(wet: Doubles, plugin: Plugin, rate: int) -> Doubles:
    level = _hop_peaks_db(wet)
    over, knee = level - plugin["threshold_db"], plugin.get("knee_db", 6.0)
    slope = 1 / plugin["ratio"] - 1
    soft = slope * np.square(np.clip(over + knee / 2, 0, knee)) / (2 * knee) if knee > 0 else 0.0
    wanted = np.where(over > knee / 2, slope * over, soft)
    smooth = _follow(wanted, plugin.get("attack_ms", 10.0), plugin.get("release_ms", 120.0), rate)
    gain = _linear(_per_sample(smooth, wet.shape[1]) + plugin.get("makeup_db", 0.0))
    mix = plugin.get("mix", 1.0)
    return np.asarray(wet * (1 - mix + mix * gain))


def _limiter(wet: Doubles, plugin: Plugin, rate: int) -> Doubles:
    driven = wet * _linear(plugin.get("gain_db", 0.0))
    ceiling = _linear(plugin["ceiling_db"])
    needed = np.minimum(1.0, ceiling / np.maximum(np.abs(driven).max(axis=0), _FLOOR))
    span = max(int(_LOOK_AHEAD_S * rate), 1)
    # The least gain around each sample, then a mean over the same span: smooth, and never above what is needed.
    held = ndimage.minimum_filter1d(needed, 2 * span + 1, mode="nearest")
    release = max(int(plugin.get("release_ms", 80.0) * rate / 1000), 1)
    eased = np.minimum(held, ndimage.uniform_filter1d(held, release, mode="nearest", origin=(release - 1) // 2))
    held = ndimage.minimum_filter1d(eased, 2 * span + 1, mode="nearest")
    return np.asarray(driven * ndimage.uniform_filter1d(held, 2 * span + 1, mode="nearest"))


def _reverb(wet: Doubles, plugin: Plugin, rate: int) -> Doubles:
    decay_s, damping_hz = plugin["decay_s"], plugin.get("damping_hz", 6000.0)
    count = min(int(decay_s * rate), 12 * rate)
    fall = 10 ** (-3 * np.arange(count) / max(count, 1))
    # The room is noise that dies away, the same one every time: the seed is fixed on purpose.
    room = np.random.default_rng(1).standard_normal((2, count)) * fall
    room = filters.sosfilt(filters.butter(1, min(damping_hz, 0.49 * rate), fs=rate, output="sos"), room, axis=1)
    room /= np.sqrt(np.square(room).sum(axis=1, keepdims=True)) + _FLOOR
    room = np.pad(room, ((0, 0), (int(plugin.get("pre_delay_ms", 10.0) * rate / 1000), 0)))
    echo = filters.oaconvolve(wet, room, axes=1)[:, : wet.shape[1]]
    return np.asarray((1 - plugin["mix"]) * wet + plugin["mix"] * echo)


def _delay(wet: Doubles, plugin: Plugin, rate: int) -> Doubles:
    step, feedback = max(int(plugin["time_ms"] * rate / 1000), 1), plugin.get("feedback", 0.3)
    echo, level, source = np.zeros_like(wet), 1.0, wet
    for start in range(step, wet.shape[1], step):
        source = source[::-1] if plugin.get("ping_pong", False) else source
        echo[:, start:] += level * source[:, : wet.shape[1] - start]
        level *= feedback
        if level < _ECHO_FLOOR:
            break
    return np.asarray((1 - plugin["mix"]) * wet + plugin["mix"] * echo)


def _linear(db: float | Doubles) -> Doubles:
    return np.asarray(10 ** (np.asarray(db, dtype=np.float64) / 20))


def _hop_peaks_db(wet: Doubles) -> Doubles:
    peaks = np.abs(wet).max(axis=0)
    padded = np.pad(peaks, (0, -len(peaks) % _HOP)).reshape(-1, _HOP).max(axis=1)
    return np.asarray(20 * np.log10(np.maximum(padded, _FLOOR)))


def _follow(wanted: Doubles, attack_ms: float, release_ms: float, rate: int) -> Doubles:
    """One-pole smoothing that falls with the attack and rises with the release."""
    attack, release = (float(np.exp(-_HOP / (ms / 1000 * rate))) for ms in (attack_ms, release_ms))
    smooth, now = np.empty(len(wanted)), 0.0
    for index, target in enumerate(wanted.tolist()):
        keep = attack if target < now else release
        now = keep * now + (1 - keep) * target
        smooth[index] = now
    return smooth


def _per_sample(hops: Doubles, count: int) -> Doubles:
    return np.asarray(np.interp(np.arange(count), np.arange(len(hops)) * _HOP, hops))


_EFFECTS: Final[dict[str, _Effect]] = {
    "eq": _eq,
    "compressor": _compressor,
    "limiter": _limiter,
    "reverb": _reverb,
    "delay": _delay,
    "gain": _gain,
    "pan": _pan,
    "width": _width,
}
