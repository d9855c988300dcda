"""`methods`: the ways of taking out noise, as JSON."""

import argparse
from typing import Final

from engine import console

SUMMARY: Final = "print the methods of noise reduction and the estimators of noise, as JSON"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take nothing."""


def run(options: argparse.Namespace) -> None:
    """Print one JSON object: every method with what it is, and the names of the estimators."""
    from engine import denoise

    methods = []
    for name in denoise.METHODS:
        about = denoise.describe(name)
        methods.append(
            {
                "name": name,
                "title": about.title,
                "source": about.source,
                "good_for": about.good_for,
                "text": about.text,
            }
        )
    console.print_json({"methods": methods, "estimators": denoise.ESTIMATORS})
