"""`loudness IN`: how loud a recording is, as broadcasters and streaming services measure it."""

import argparse
from math import isfinite
from typing import Final

from engine import console
from engine.console import Progress, UsageError

SUMMARY: Final = "measure loudness, loudness range and true peak (BS.1770-5, EBU R 128)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take a recording, and weights for channels in no usual layout."""
    console.add_source(parser, "WAV, AIFF, FLAC, Ogg Vorbis or MP3 of any length")
    parser.add_argument(
        "--weights", metavar="W,W,...", help="one a channel, such as 1,1,1,0,1.41,1.41 (L R C LFE Ls Rs)"
    )


def run(options: argparse.Namespace) -> None:
    """Print one JSON object; what silence has not is null."""
    from engine.dsp.loudness_file import measure_file

    progress: list[Progress] = []

    def tell(done_s: float, total_s: float) -> None:
        if not progress:
            progress.append(Progress("loudness", total_s, "s"))
        progress[0].reach(done_s)

    weights = None if options.weights is None else _weights(options.weights)
    read, rate, channels = measure_file(options.source, weights=weights, tell=tell)
    levels = {
        "integrated_lufs": read.integrated_lufs,
        "loudness_range_lu": read.loudness_range_lu,
        "true_peak_dbtp": read.true_peak_dbtp,
        "momentary_max_lufs": read.momentary_max_lufs,
        "short_term_max_lufs": read.short_term_max_lufs,
        "sample_peak_dbfs": read.sample_peak_dbfs,
    }
    console.print_json(
        {
            **{name: round(level, 2) if isfinite(level) else None for name, level in levels.items()},
            "duration_s": round(read.duration_s, 3),
            "sample_rate_hz": rate,
            "channels": channels,
        }
    )


def _weights(text: str) -> list[float]:
    try:
        return [float(word) for word in text.split(",")]
    except ValueError:
        raise UsageError(
            f"--weights are numbers with commas between, such as 1,1,1,0,1.41,1.41, not {text!r}"
        ) from None
