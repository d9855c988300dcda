"""What a repair gives back."""

from dataclasses import dataclass

from engine.arrays import Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What is left and what was taken away; together they are what came in, to float32 precision.

    signal, residual : (channels, samples) float32
    found : how many faults were mended: hum partials, clicks, clipped samples, or times the gate opened
    """

    signal: Signal
    residual: Signal
    found: int


def repaired(before: Signal, after: Signal, *, found: int, strength: float = 1.0) -> Repaired:
    """Put a repair together; `strength` below 1 leaves part of the fault."""
    signal = after if strength == 1 else (before + (after - before) * strength).astype(before.dtype)
    return Repaired(signal=signal, residual=before - signal, found=found)
