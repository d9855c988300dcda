"""`convert IN OUT`: notes to another form of notes, a recording to another coding."""

import argparse
from typing import Final

from engine import console

SUMMARY: Final = "write notes or sound in the form that the target's name asks for"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take a source and a target."""
    console.add_source(parser)
    console.add_target(parser)


def run(options: argparse.Namespace) -> None:
    """Write the target, whole or not at all."""
    from engine.convert import convert, form_of_name

    form = form_of_name(options.target.name)
    console.check_target(options.target, options.source)
    console.write(options.target, convert(console.read(options.source), form), options.source)
