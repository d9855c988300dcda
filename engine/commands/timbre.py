"""`timbre IN OUT`: a new instrument, or one note of it, from one sound, two sounds, or a place on the map."""

import argparse
from pathlib import Path
from typing import Final

from engine import console

SUMMARY: Final = "morph sounds and make playable instruments of them"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take a recorded note, what it is mixed with, and what is to be made."""
    console.add_source(parser, "a recorded note: WAV, AIFF, FLAC, Ogg or MP3")
    console.add_target(parser, "an instrument (.sf2, or .zip for SFZ), or one note of it (.wav, .flac, .ogg)")
    parser.add_argument("--with", dest="other", type=Path, metavar="FILE", help="a second recorded note to mix with")
    parser.add_argument("--towards", metavar="NAME", help='an instrument of the map to mix with, such as "Cello"')
    parser.add_argument("--share", type=float, default=0.5, help="of the second sound, 0 to 1 (default 0.5)")
    parser.add_argument("--pitch", type=float, help="MIDI pitch of IN; heard if not given")
    parser.add_argument("--other-pitch", type=float, help="MIDI pitch of the second sound; heard if not given")
    parser.add_argument("--note", type=int, help="MIDI pitch of the one note that is written; IN's if not given")
    parser.add_argument("--seed", type=int, default=1, help="of the noise in the sound (default 1)")


def run(options: argparse.Namespace) -> None:
    """Write the instrument or note and print one JSON object, its keys listed in docs/command-line.md."""
    from engine.timbre import making, morph, timbre_map

    if options.other is not None and options.towards is not None:
        raise console.UsageError("a sound is mixed with a file or towards a name, not both")
    form = making.form_of_name(options.target.name)
    console.check_target(options.target, options.source, options.other)
    first = making.heard(console.read(options.source), pitch_midi=options.pitch)
    parts = [(first.timbre, 1.0)]
    if options.other is not None:
        second = making.heard(console.read(options.other), pitch_midi=options.other_pitch)
        parts = [(first.timbre, 1 - options.share), (second.timbre, options.share)]
    elif options.towards is not None:
        place = making.place_called(options.towards)
        parts = [(first.timbre, 1 - options.share), (morph.Timbre(latent=place.latent), options.share)]
    timbre = morph.mixed([one for one, _ in parts], [share for _, share in parts])
    progress = console.Progress("playing samples", 100, "percent")
    name = options.target.stem
    note = round(first.pitch_midi) if options.note is None else options.note
    made = making.made(
        timbre, form, name=name, note=note, seed=options.seed, tell=lambda share, _: progress.reach(100 * share)
    )
    console.write(options.target, made, options.source, options.other)
    console.print_json(
        {
            "model": timbre_map.MODEL,
            "weights_sha256": timbre_map.weights_hash(),
            "schema": timbre_map.SCHEMA,
            "seed": options.seed,
            "pitch_midi": round(first.pitch_midi, 2),
            "shares": [round(share, 4) for _, share in parts],
            "nearest": [{"name": place.name, "bank": place.bank} for place in timbre_map.nearest(timbre.latent)],
        }
    )
