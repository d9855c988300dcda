"""`describe IN`: all that the library finds in a file, as JSON."""

import argparse
from typing import Final

from engine import console

_TOLD_FROM_S: Final = 60.0  # shorter recordings are done before anybody wonders
SUMMARY: Final = "print what a file holds and how it sounds, as JSON"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take one file of any kind."""
    console.add_source(parser)


def run(options: argparse.Namespace) -> None:
    """Print one JSON object, the keys of `engine.describe.Description`."""
    from engine.describe import describe

    console.print_json(
        describe(options.source, tell=console.progress_of("describe", "s", least=_TOLD_FROM_S)).as_json()
    )
