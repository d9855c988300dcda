"""The kinds of file that an element can be: what each is called, ends in, and can be used as."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One kind of file: `name` is what `engine.io.sniff` says of its bytes; `element_kinds` has the likeliest first."""

    name: str
    media_type: str
    extension: str
    words: str
    element_kinds: tuple[str, ...]


_NOTES = ("midi", "progression", "melody")
_AUDIO = ("wave", "sound")

MEDIA: dict[str, Media] = {
    media.name: media
    for media in (
        Media(name="midi", media_type="audio/midi", extension="mid", words="Standard MIDI", element_kinds=_NOTES),
        Media(
            name="musicxml",
            media_type="application/vnd.recordare.musicxml+xml",
            extension="musicxml",
            words="MusicXML",
            element_kinds=_NOTES,
        ),
        Media(
            name="mxl",
            media_type="application/vnd.recordare.musicxml",
            extension="mxl",
            words="compressed MusicXML",
            element_kinds=_NOTES,
        ),
        Media(name="wav", media_type="audio/wav", extension="wav", words="WAV audio", element_kinds=_AUDIO),
        Media(name="aiff", media_type="audio/aiff", extension="aiff", words="AIFF audio", element_kinds=_AUDIO),
        Media(name="flac", media_type="audio/flac", extension="flac", words="FLAC audio", element_kinds=_AUDIO),
        Media(name="ogg", media_type="audio/ogg", extension="ogg", words="Ogg audio", element_kinds=_AUDIO),
        Media(name="mp3", media_type="audio/mpeg", extension="mp3", words="MP3 audio", element_kinds=_AUDIO),
        Media(name="sf2", media_type="audio/x-sf2", extension="sf2", words="SoundFont 2", element_kinds=("sound",)),
        Media(name="sf3", media_type="audio/x-sf3", extension="sf3", words="SoundFont 3", element_kinds=("sound",)),
        Media(
            name="mix_setting",
            media_type="application/vnd.ledgerline.mix-setting+json",
            extension="json",
            words="mix setting",
            element_kinds=("mix_setting",),
        ),
        Media(
            name="progression",
            media_type="application/vnd.ledgerline.progression",
            extension="chords",
            words="chord progression",
            element_kinds=("progression",),
        ),
    )
}

BY_TYPE: dict[str, Media] = {media.media_type: media for media in MEDIA.values()}


def of_type(media_type: str) -> Media:
    """The kind of file with this media type; KeyError if it is none of ours."""
    return BY_TYPE[media_type]
