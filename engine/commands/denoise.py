"""`denoise IN OUT --method NAME`: noise taken out of a recording of any length."""

import argparse
from typing import Final

from engine import console
from engine.console import UsageError

SUMMARY: Final = "take noise out of a recording"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take a source, a target, a method and how much of it."""
    console.add_source(parser, "WAV, AIFF, FLAC, Ogg Vorbis or MP3")
    console.add_target(parser, "a .wav, .flac, .ogg or .mp3 file")
    parser.add_argument("--method", required=True, metavar="NAME", help="one that `methods` prints")
    parser.add_argument(
        "--strength",
        type=float,
        default=1.0,
        metavar="X",
        help="0 changes nothing, 1 is the method as published",
    )
    parser.add_argument("--noise", metavar="START-END", help="seconds of a region with noise alone, such as 0.5-1.2")
    parser.add_argument("--estimator", metavar="NAME", help="what finds the noise where no region is given")
    parser.add_argument(
        "--each-channel",
        action="store_true",
        help="hear every channel alone, as for channels that are different recordings",
    )


def run(options: argparse.Namespace) -> None:
    """Write the target, whole or not at all, and print what was taken out as JSON."""
    from engine.convert import form_of_name
    from engine.denoise import denoise_file

    noise = None if options.noise is None else _seconds(options.noise)
    form = form_of_name(options.target.name)

    with console.written_aside(options.target, options.source) as aside:
        report = denoise_file(
            options.source,
            aside,
            method=options.method,
            strength=options.strength,
            noise=noise,
            estimator=options.estimator,
            is_linked=not options.each_channel,
            form=form,
            tell=console.progress_of("denoise", "s"),
        )
    removed_db = None if report.removed_db == float("-inf") else round(report.removed_db, 2)
    console.print_json(
        {
            "method": options.method,
            "strength": options.strength,
            "sample_rate_hz": report.sample_rate_hz,
            "channels": report.channels,
            "duration_s": round(report.samples / report.sample_rate_hz, 3),
            "removed_db": removed_db,
        }
    )


def _seconds(text: str) -> tuple[float, float]:
    start, dash, end = text.partition("-")
    try:
        return float(start), float(end) if dash else float("nan")
    except ValueError:
        raise UsageError(f"--noise is START-END in seconds, such as 0.5-1.2, not {text!r}") from None
