"""JSON from outside: bounded in size and depth, no duplicate names, no NaN, and checked against a schema by path."""

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from engine.errors import LimitExceededError, UnreadableFileError
from engine.io import limits

Json: TypeAlias = Any  # the value of a JSON text; what it may be is said by its schema


def loads(data: bytes) -> Json:
    """Parse UTF-8 JSON.

    Raises
    ------
    UnreadableFileError
        If it is broken, cut off, repeats a name in one object, or holds NaN or Infinity.
    LimitExceededError
        If it is nested too deeply.
    """
    _check_depth(data)
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise UnreadableFileError(f"the JSON is not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise UnreadableFileError(
            f"the JSON is broken at line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    except ValueError as error:
        raise UnreadableFileError(f"the JSON holds a number that cannot be read: {error}") from None


def check(value: Json, schema: dict[str, Any]) -> None:
    """Refuse `value` at the first place that breaks `schema`; the message names the path.

    Knows the words our schemas use: type, const, enum, minimum, maximum, maxLength, required, properties,
    additionalProperties, items, minItems, maxItems, $ref into $defs, and oneOf told apart by the constant `type`.
    """
    for fault in _faults(value, schema, schema, "$"):
        raise UnreadableFileError(fault)


def _check_depth(data: bytes) -> None:
    depth, in_string, escaped = 0, False, False
    for byte in data:
        if in_string:
            in_string = escaped or byte != 0x22
            escaped = byte == 0x5C and not escaped
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            depth += 1
            if depth > limits.JSON_DEPTH_MAX:
                raise LimitExceededError(f"the JSON is nested deeper than {limits.JSON_DEPTH_MAX} levels")
        elif byte in b"]}":
            depth -= 1


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise UnreadableFileError(f"the JSON names {twice!r} twice in one object")
    return value


def _constant(word: str) -> Json:
    raise UnreadableFileError(f"the JSON holds {word}, which is no number")


_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
}


def _faults(value: Json, schema: dict[str, Any], root: dict[str, Any], path: str) -> Iterator[str]:
    schema = _resolved(schema, root)
    if "oneOf" in schema:
        yield from _one_of(value, schema["oneOf"], root, path)
        return
    if "const" in schema and (value != schema["const"] or isinstance(value, bool)):
        yield f"{path} must be {json.dumps(schema['const'])}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path} must be one of {', '.join(map(str, schema['enum']))}"
    wanted = schema.get("type")
    if wanted and (not isinstance(value, _TYPES[wanted]) or (isinstance(value, bool) and wanted != "boolean")):
        yield f"{path} must be of type {wanted}"
        return
    if wanted in ("number", "integer"):
        low, high = schema.get("minimum", float("-inf")), schema.get("maximum", float("inf"))
        if not low <= value <= high:
            yield f"{path} is {value}; it must lie in {low}..{high}"
    elif wanted == "string" and len(value) > schema.get("maxLength", len(value)):
        yield f"{path} has {len(value)} characters; at most {schema['maxLength']} are allowed"
    elif wanted == "array":
        yield from _array_faults(value, schema, root, path)
    elif wanted == "object":
        yield from _object_faults(value, schema, root, path)


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return found


def _one_of(value: Json, branches: list[dict[str, Any]], root: dict[str, Any], path: str) -> Iterator[str]:
    named = {_resolved(branch, root)["properties"]["type"]["const"]: branch for branch in branches}
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in named:
        yield f"{path}.type must be one of {', '.join(named)}"
        return
    yield from _faults(value, named[kind], root, path)


def _array_faults(value: list[Json], schema: dict[str, Any], root: dict[str, Any], path: str) -> Iterator[str]:
    low, high = schema.get("minItems", 0), schema.get("maxItems", len(value))
    if not low <= len(value) <= high:
        yield f"{path} has {len(value)} entries; it must have {low}..{high}"
        return
    for index, item in enumerate(value):
        yield from _faults(item, schema.get("items", {}), root, f"{path}[{index}]")


def _object_faults(value: dict[str, Json], schema: dict[str, Any], root: dict[str, Any], path: str) -> Iterator[str]:
    properties: dict[str, Any] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{path} lacks {name}"
    for name, item in value.items():
        if name in properties:
            yield from _faults(item, properties[name], root, f"{path}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{path}.{name[:60]} is not known here"
