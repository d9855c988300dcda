"""The published JSON schema of a mix setting, written from the plugins themselves."""

from typing import Any

from engine.mixing.parameters import AT_S_MAX, BREAKPOINTS_MAX, Json, Number, Parameter, Rows
from engine.mixing.plugins import PLUGINS

VERSION = 2


def schema() -> Json:
    """JSON schema (2020-12) of version 2.

    `$defs` has one definition a plugin, by its `type`. Each parameter says its `title`, `minimum`, `maximum` (or
    `enum`), `default`, `unit`, `curve` ("linear" or "log": how a knob divides its way) and `automation` ("none";
    "step": one value for 32 samples; "sample": a straight line through every sample).
    """
    definitions: Json = {}
    for kind, plugin in PLUGINS.items():
        definitions[kind] = {
            "title": plugin.title,
            "description": plugin.text,
            **_object(plugin.parameters, kind, _required(plugin.parameters)),
        }
        for parameter in plugin.parameters:
            if isinstance(parameter, Rows):
                definitions[parameter.entry] = _object(parameter.parameters, None, parameter.required)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ledgerline:mix-setting:{VERSION}",
        "title": "Mix setting",
        "description": (
            "A chain of plugins through which a signal passes in order. Units are part of the names: dB, Hz, ms, s; "
            "ratios and positions have no unit. Automation is a list of breakpoints; between them a value runs "
            "straight on the parameter's curve, and it is read every 32 samples."
        ),
        "type": "object",
        "required": ["version", "plugins"],
        "additionalProperties": False,
        "properties": {
            "version": {"const": VERSION},
            "name": {"type": "string", "maxLength": 120},
            "notes": {"type": "string", "maxLength": 2000},
            "plugins": {
                "type": "array",
                "minItems": 1,
                "maxItems": 32,
                "items": {"oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in PLUGINS]},
            },
        },
        "$defs": definitions,
    }


def _required(parameters: tuple[Parameter, ...]) -> tuple[str, ...]:
    return tuple(parameter.name for parameter in parameters if isinstance(parameter, Rows))


def _object(parameters: tuple[Parameter, ...], kind: str | None, required: tuple[str, ...]) -> Json:
    properties: Json = {}
    if kind is not None:
        properties["type"] = {"const": kind}
        properties["bypass"] = {"type": "boolean", "default": False}
    properties |= {parameter.name: parameter.as_json() for parameter in parameters}
    moving = [p for p in parameters if isinstance(p, Number) and p.movement != "none"]
    if moving:
        properties["automation"] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {parameter.name: breakpoints(parameter) for parameter in moving},
        }
    return {
        "type": "object",
        "required": ["type", *required] if kind is not None else list(required),
        "additionalProperties": False,
        "properties": properties,
    }


def breakpoints(parameter: Number) -> dict[str, Any]:
    """The list of moments and values that automates a parameter."""
    return {
        "type": "array",
        "minItems": 1,
        "maxItems": BREAKPOINTS_MAX,
        "items": {
            "type": "object",
            "required": ["at_s", "value"],
            "additionalProperties": False,
            "properties": {
                "at_s": {"type": "number", "minimum": 0, "maximum": AT_S_MAX, "unit": "s"},
                "value": {"type": "number", "minimum": parameter.minimum, "maximum": parameter.maximum},
            },
        },
    }
