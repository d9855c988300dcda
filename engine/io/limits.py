"""Every limit on what comes in from outside, in one place.

A file over a limit is refused with `LimitExceededError`; nothing is cut off silently. The limits are far above what
music needs and far below what a worker of 1 GiB can hold.
"""

from typing import Final

from engine.errors import LimitExceededError

MIB: Final = 1024 * 1024

# Bytes, by media kind (the words of `engine.io.sniff`).
BYTES_MAX: Final[dict[str, int]] = {
    "midi": 8 * MIB,
    "musicxml": 32 * MIB,
    "mxl": 8 * MIB,
    "wav": 256 * MIB,
    "aiff": 256 * MIB,
    "flac": 256 * MIB,
    "ogg": 64 * MIB,
    "mp3": 64 * MIB,
    "sf2": 256 * MIB,
    "sf3": 128 * MIB,
    "mix_setting": 256 * 1024,
    "progression": 256 * 1024,
}

# Audio
AUDIO_SECONDS_MAX: Final = 30 * 60  # longer ones, or those of more samples, are read block by block
AUDIO_SAMPLES_MAX: Final = 64_000_000  # over all channels: 256 MB as float32, 12 minutes of stereo at 44.1 kHz
STREAM_SECONDS_MAX: Final = 6 * 60 * 60
STREAM_SAMPLES_MAX: Final = 4_500_000_000  # three hours of stereo at 192 kHz
SAMPLE_RATE_HZ_MIN: Final = 8_000
SAMPLE_RATE_HZ_MAX: Final = 192_000
CHANNELS_MAX: Final = 8

# Notes
NOTES_MAX: Final = 200_000
TRACKS_MAX: Final = 4_200  # a written file has one track more than parts
MIDI_MESSAGES_MAX: Final = 1_000_000
SCORE_QUARTERS_MAX: Final = 100_000  # about 14 hours at 120 bpm
SCORE_SECONDS_MAX: Final = 4 * 60 * 60
TEMPO_MARKS_MAX: Final = 50_000
MEASURES_MAX: Final = 20_000
PARTS_MAX: Final = 4_096
SCORE_CELLS_MAX: Final = 500_000  # measures x parts, what a written score lays out
RENDER_SECONDS_MAX: Final = 30 * 60

# MusicXML
XML_DEPTH_MAX: Final = 64
XML_NODES_MAX: Final = 2_000_000
XML_TEXT_CHARS_MAX: Final = 64 * 1024  # of one element
DIVISIONS_MAX: Final = 10_000_000
ZIP_ENTRIES_MAX: Final = 256
ZIP_RATIO_MAX: Final = 200

# Soundfonts
SOUNDFONT_PRESETS_MAX: Final = 4_096
SOUNDFONT_ZONES_MAX: Final = 65_535
SOUNDFONT_SAMPLES_MAX: Final = 16_384
RIFF_CHUNKS_MAX: Final = 256

# Mix settings and progressions
JSON_DEPTH_MAX: Final = 16
MIX_PLUGINS_MAX: Final = 32
PROGRESSION_CHORDS_MAX: Final = 2_048


def check_size(data: bytes, media: str) -> None:
    """Refuse `data` that is larger than its kind may be."""
    if len(data) > BYTES_MAX[media]:
        raise LimitExceededError(f"the file has {len(data):,} bytes; a {media} file may have {BYTES_MAX[media]:,}")


def check_count(count: int, count_max: int, what: str) -> None:
    """Refuse more than `count_max` of `what`."""
    if count > count_max:
        raise LimitExceededError(f"too many {what}: {count:,}, at most {count_max:,} are allowed")
