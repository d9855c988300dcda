"""`describe IN`: all that the library finds in a file, as JSON."""

import argparse
from typing import Final

from engine import console

SUMMARY: Final = "print what a file holds and how it sounds, as JSON"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take one file of any kind."""
    console.add_source(parser)


def run(options: argparse.Namespace) -> None:
    """Print one JSON object, the keys of `engine.describe.Description`."""
    from engine.describe import describe

    console.print_json(describe(options.source).as_json())
