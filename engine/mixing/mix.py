"""A mix as a document: a strip for each track, buses that tracks send to, and the master."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.errors import EngineError, RoutingError, UnreadableFileError
from engine.io import limits, mix_setting, strict_json
from engine.mixing.parameters import Json, Number
from engine.mixing.plugins.gain import Gain
from engine.mixing.plugins.pan import Pan
from engine.mixing.schema import breakpoints, schema

VERSION: Final = 1
MASTER: Final = "master"
STRIPS_MAX: Final = 128
_SENDS_MAX: Final = 32
_GAIN, _POSITION = (plugin.parameters[0] for plugin in (Gain, Pan))


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A share of a strip's sound that goes to a bus as well."""

    to: str
    gain_db: float = 0.0
    is_pre_fader: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One channel of the console: plugins, then the fader and the pan, then the output.

    automation : breakpoints of `gain_db` and `position`, as a plugin's
    """

    name: str
    plugins: tuple[Mapping[str, Any], ...] = ()
    gain_db: float = 0.0
    position: float = 0.0
    is_muted: bool = False
    is_soloed: bool = False
    sends: tuple[Send, ...] = ()
    output: str = MASTER
    automation: Mapping[str, Any] | None = None

    @property
    def side_chains(self) -> tuple[str, ...]:
        """Names of the strips that this one's plugins listen to."""
        return tuple(p["side_chain"] for p in self.plugins if p.get("side_chain") and not p.get("bypass", False))

    def fader(self) -> list[Json]:
        """The fader and the pan as the two plugins they are."""
        moving = self.automation or {}
        settings: list[Json] = [{"type": "gain", "gain_db": self.gain_db}, {"type": "pan", "position": self.position}]
        for plugin, name in zip(settings, ("gain_db", "position"), strict=True):
            if name in moving:
                plugin["automation"] = {name: moving[name]}
        return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Tracks and buses with unlike names, and the master strip that all ends in."""

    tracks: tuple[Strip, ...] = ()
    buses: tuple[Strip, ...] = ()
    master: Strip = Strip(name=MASTER)

    @classmethod
    def from_settings(cls, document: Mapping[str, Any]) -> "Mix":
        """The mix that a checked document describes.

        Raises
        ------
        UnreadableFileError
            If the document breaks the schema; the message names the path, as `$.tracks[0].gain_db`.
        RoutingError
            If two strips have one name, or a strip sends to one that is not there.
        """
        strict_json.check(dict(document), mix_schema())
        mix = cls(
            tracks=tuple(_strip(value) for value in document.get("tracks", [])),
            buses=tuple(_strip(value) for value in document.get("buses", [])),
            master=_strip({**document.get("master", {}), "name": MASTER}),
        )
        mix.check_names()
        return mix

    def with_tracks(self, names: list[str]) -> "Mix":
        """A strip for each of `names`: its own, or an untouched one.

        Raises
        ------
        RoutingError
            If the mix has a strip for a track that is not among them.
        """
        mine = {strip.name: strip for strip in self.tracks}
        for name in mine:
            if name not in names:
                raise RoutingError(f"the mix has a track {name!r}; there are {', '.join(names) or 'none'}")
        return Mix(
            tracks=tuple(mine.get(name, Strip(name=name)) for name in names), buses=self.buses, master=self.master
        )

    def check_names(self) -> None:
        """Refuse a name that stands twice."""
        seen = {MASTER}
        for strip in (*self.tracks, *self.buses):
            if strip.name in seen:
                raise RoutingError(f"two strips of the mix are called {strip.name!r}")
            seen.add(strip.name)


def read(data: bytes) -> Mix:
    """Parse and check a mix; a mix setting is taken as the plugins of the master.

    Raises
    ------
    UnreadableFileError, LimitExceededError, RoutingError
        As `engine.io.mix_setting.read` and `Mix.from_settings`.
    """
    if not data:
        raise UnreadableFileError("the file is empty")
    limits.check_size(data, "mix_setting")
    value = strict_json.loads(data)
    if isinstance(value, dict) and "plugins" in value:
        plugins = tuple(mix_setting.read(data)["plugins"])
        return Mix(master=Strip(name=MASTER, plugins=plugins))
    return Mix.from_settings(value if isinstance(value, dict) else {"version": value})


def is_mix(data: bytes) -> bool:
    """Whether the bytes are a mix of tracks, and not a single chain of plugins; False for what is no JSON object."""
    if not data or len(data) > limits.BYTES_MAX["mix_setting"]:
        return False
    try:
        value = strict_json.loads(data)
    except EngineError:
        return False
    return isinstance(value, dict) and "tracks" in value


def as_setting(mix: Mix) -> Json:
    """The mix as one row of plugins: each strip's own, its fader and its pan, track after track, the master last.

    Nobody plays it: it is what a mix is compared with others by, value for value.
    """
    strips = (*mix.tracks, *mix.buses, mix.master)
    plugins = [dict(plugin) for strip in strips for plugin in (*strip.plugins, *strip.fader())]
    return {"version": mix_setting.VERSION, "plugins": plugins}


def write(document: Mapping[str, Any]) -> bytes:
    """The document as readable JSON, checked first; equal documents give equal bytes."""
    Mix.from_settings(document)
    return (json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True, allow_nan=False) + "\n").encode()


def mix_schema() -> Json:
    """JSON schema (2020-12) of a mix; its plugins are those of a mix setting."""
    setting = schema()
    plugins = {"type": "array", "maxItems": limits.MIX_PLUGINS_MAX, "items": setting["properties"]["plugins"]["items"]}
    strips = {"type": "array", "maxItems": STRIPS_MAX, "items": {"$ref": "#/$defs/strip"}}
    name: Json = {"type": "string", "maxLength": 120}
    values: Json = {_GAIN.name: _GAIN.as_json(), _POSITION.name: _POSITION.as_json(), "plugins": plugins}
    moving = [parameter for parameter in (_GAIN, _POSITION) if isinstance(parameter, Number)]
    values["automation"] = _closed({parameter.name: breakpoints(parameter) for parameter in moving})
    switches: Json = {"mute": {"type": "boolean", "default": False}, "solo": {"type": "boolean", "default": False}}
    send = _closed({"to": name, _GAIN.name: _GAIN.as_json(), "is_pre_fader": {"type": "boolean", "default": False}})
    sends = {"type": "array", "maxItems": _SENDS_MAX, "items": {"$ref": "#/$defs/send"}}
    strip = _closed({"name": name, **values, **switches, "sends": sends, "output": {**name, "default": MASTER}})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ledgerline:mix:{VERSION}",
        "title": "Mix",
        "description": (
            "Tracks, buses and the master. A strip's plugins come first, then its fader (gain_db) and pan (position), "
            "then its output. A side chain names a strip, and hears it before its fader."
        ),
        **_closed({"version": {"const": VERSION}, "tracks": strips, "buses": strips, "master": _closed(values)}),
        "required": ["version"],
        "$defs": {
            **setting["$defs"],
            "strip": {**strip, "required": ["name"]},
            "send": {**send, "required": ["to"]},
        },
    }


def _closed(properties: Json) -> Json:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _strip(value: Mapping[str, Any]) -> Strip:
    sends = tuple(
        Send(to=send["to"], gain_db=send.get("gain_db", 0.0), is_pre_fader=send.get("is_pre_fader", False))
        for send in value.get("sends", [])
    )
    return Strip(
        name=value["name"],
        plugins=tuple(value.get("plugins", [])),
        gain_db=value.get("gain_db", 0.0),
        position=value.get("position", 0.0),
        is_muted=value.get("mute", False),
        is_soloed=value.get("solo", False),
        sends=sends,
        output=value.get("output", MASTER),
        automation=value.get("automation"),
    )
