"""`repair IN OUT --hum --clicks --clipping --gate`: faults of a recording mended."""

import argparse
from typing import Final

from engine import console
from engine.console import UsageError

SUMMARY: Final = "mend hum, clicks, clipped peaks and noisy pauses of a recording"
_REPAIRS: Final = {
    "clicks": "fill clicks with what stands around them",
    "clipping": "draw peaks that were cut off again",
    "hum": "notch out mains hum and its overtones",
    "gate": "turn pauses down",
}
_SETTINGS: Final = (
    ("sensitivity", "clicks", "X", "0 takes only what is plain, 1 crackle, too (0.5)"),
    ("mains", "hum", "HZ", "50 or 60; both are tried if it is not given"),
    ("threshold", "gate", "DB", "peak level at which the gate opens; found by itself if not given"),
    ("range", "gate", "DB", "how far pauses are turned down (24)"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take a source, a target, the repairs and their settings."""
    console.add_source(parser, "WAV, AIFF, FLAC, Ogg Vorbis or MP3")
    console.add_target(parser, "a .wav, .flac, .ogg or .mp3 file")
    for name, text in _REPAIRS.items():
        parser.add_argument(f"--{name}", action="store_true", help=text)
    for name, repair, unit, text in _SETTINGS:
        parser.add_argument(f"--{name}", type=float, metavar=unit, help=f"with --{repair}: {text}")
    parser.add_argument(
        "--strength", type=float, default=1.0, metavar="X", help="of hum, clicks and clipping: 0 changes nothing"
    )


def run(options: argparse.Namespace) -> None:
    """Write the target, whole or not at all, and print what was mended as JSON."""
    from engine.convert import form_of_name
    from engine.denoise.repair_files import Settings, repair_file

    repairs = [name for name in _REPAIRS if getattr(options, name)]
    if not repairs:
        raise UsageError(f"say what is to be mended: {', '.join(f'--{name}' for name in _REPAIRS)}")
    for name, repair, _, _ in _SETTINGS:
        if getattr(options, name) is not None and repair not in repairs:
            raise UsageError(f"--{name} goes with --{repair}")
    asked = {"sensitivity": options.sensitivity, "mains_hz": options.mains, "range_db": options.range}
    settings = Settings(
        strength=options.strength,
        threshold_db=options.threshold,
        **{name: value for name, value in asked.items() if value is not None},
    )
    form = form_of_name(options.target.name)
    tell = console.progress_of("repair", "steps")
    with console.written_aside(options.target, options.source) as aside:
        report = repair_file(options.source, aside, repairs, settings, form=form, tell=tell)
    console.print_json(
        {
            "sample_rate_hz": report.sample_rate_hz,
            "channels": report.channels,
            "duration_s": round(report.samples / report.sample_rate_hz, 3),
            "repairs": [
                {
                    "name": each.name,
                    "found": each.found,
                    "changed_db": None if each.changed_db == float("-inf") else round(each.changed_db, 2),
                }
                for each in report.repairs
            ],
            "lowered_db": round(report.lowered_db, 2),
        }
    )
