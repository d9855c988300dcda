"""`convert IN OUT`: notes to another form of notes, a recording to another coding."""

import argparse
from typing import Final

from engine import console

_TOLD_FROM_S: Final = 60.0  # shorter recordings are done before anybody wonders
SUMMARY: Final = "write notes or sound in the form that the target's name asks for"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take a source and a target."""
    console.add_source(parser)
    console.add_target(parser)


def run(options: argparse.Namespace) -> None:
    """Write the target, whole or not at all."""
    from engine.convert import convert_file, form_of_name

    form = form_of_name(options.target.name)
    options.source.open("rb").close()  # an OSError says what is wrong with the source before anything is written
    with console.written_aside(options.target, options.source) as aside:
        convert_file(options.source, aside, form, tell=console.progress_of("convert", "s", least=_TOLD_FROM_S))
