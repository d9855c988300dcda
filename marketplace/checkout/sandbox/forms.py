"""Form bodies with nested names (`line_items[0][price_data][currency]=eur`) and the readers of single values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from marketplace.checkout.sandbox.errors import invalid

FIELDS_MAX = 2000
DEPTH_MAX = 8
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_STEP = re.compile(r"\[([^\[\]]*)\]")


def decode(text: str) -> dict[str, Any]:
    """The nested parameters of a query or a form body; lists come from whole-number or empty steps."""
    root: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX):
        match = _NAME.fullmatch(name)
        if match is None:
            raise invalid(f"Invalid parameter name: {name}", name)
        steps = [match[1], *_STEP.findall(match[2])]
        if len(steps) > DEPTH_MAX:
            raise invalid(f"Parameter nested too deeply: {name}", name)
        node = root
        for step in steps[:-1]:
            inner = node.setdefault(_next(node, step), {})
            if not isinstance(inner, dict):
                raise invalid(f"Invalid hash: {name}", name)
            node = inner
        node[_next(node, steps[-1])] = value
    return {name: _with_lists(value) for name, value in root.items()}


def _next(node: dict[str, Any], step: str) -> str:
    return step or str(len(node))


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(step.isdigit() for step in value):
        return [_with_lists(value[step]) for step in sorted(value, key=int)]
    return {step: _with_lists(inner) for step, inner in value.items()}


def whole(params: Mapping[str, Any], name: str, default: int | None = None, *, least: int | None = None) -> int:
    """The whole number in `params[name]`; a default of None makes it required."""
    text = params.get(name)
    if text is None or text == "":
        if default is None:
            raise invalid(f"Missing required param: {name}.", name, code="parameter_missing")
        return default
    try:
        value = int(text)
    except (TypeError, ValueError):
        raise invalid(f"Invalid integer: {text}", name, code="parameter_invalid_integer") from None
    if least is not None and value < least:
        raise invalid(f"This value must be greater than or equal to {least}.", name, code="parameter_invalid_integer")
    return value


def words(params: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """The text in `params[name]`; a default of None makes it required."""
    value = params.get(name, default)
    if value is None:
        raise invalid(f"Missing required param: {name}.", name, code="parameter_missing")
    if not isinstance(value, str):
        raise invalid(f"Invalid string: {name}", name)
    return value


def boolean(params: Mapping[str, Any], name: str, default: bool = False) -> bool:
    """`true` or `false` in `params[name]`."""
    value = params.get(name)
    if value is None:
        return default
    if value not in ("true", "false"):
        raise invalid(f"Invalid boolean: {value}", name)
    return bool(value == "true")


def choice(params: Mapping[str, Any], name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
    """One of `allowed`."""
    value = words(params, name, default)
    if value not in allowed:
        raise invalid(f"Invalid {name}: must be one of {', '.join(allowed)}", name)
    return value


def group(params: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The nested parameters under `name`, or nothing."""
    value = params.get(name) or {}
    if not isinstance(value, dict):
        raise invalid(f"Invalid object: {name}", name)
    return value


METADATA_KEYS_MAX = 50


def metadata(params: Mapping[str, Any], *, old: Mapping[str, str] | None = None) -> dict[str, str]:
    """The metadata after this call: an empty value takes a key away."""
    given = group(params, "metadata")
    merged = {**(old or {}), **given}
    for key, value in given.items():
        if not isinstance(value, str) or len(key) > 40 or len(value) > 500:
            raise invalid(f"Invalid metadata: {key}", f"metadata[{key}]")
    if len(merged) > METADATA_KEYS_MAX:
        raise invalid(f"You can have up to {METADATA_KEYS_MAX} keys in metadata.", "metadata")
    return {key: value for key, value in merged.items() if value != ""}


_CURRENCY = re.compile(r"[a-z]{3}")


def currency(params: Mapping[str, Any], name: str = "currency") -> str:
    """A three-letter code, in lower case as the processor writes it."""
    code = words(params, name).lower()
    if not _CURRENCY.fullmatch(code):
        raise invalid(f"Invalid currency: {code}", name)
    return code


def web_address(params: Mapping[str, Any], name: str) -> str:
    """An http or https address, and nothing that a browser would run."""
    address = words(params, name)
    if not address.startswith(("http://", "https://")):
        raise invalid(f"Not a valid URL: {address}", name, code="url_invalid")
    return address
