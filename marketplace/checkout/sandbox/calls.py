"""One API call: its parameters, where it came from, and the table of what can be called."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from marketplace.checkout.sandbox.errors import Refusal, invalid
from marketplace.checkout.sandbox.forms import whole
from marketplace.checkout.sandbox.money import PLATFORM
from marketplace.checkout.sandbox.store import Object, Store

Handler = Callable[["Call"], Object]
ROUTES: list[tuple[str, re.Pattern[str], Handler]] = []
LIST_PARAMS = ("limit", "starting_after", "ending_before", "created")


@dataclass(slots=True, kw_only=True)
class Call:
    """What a handler is given; `ids` are the parts of the path that name objects."""

    store: Store
    params: dict[str, Any]
    ids: tuple[str, ...] = ()
    account: str = PLATFORM
    base_url: str = ""
    expand: list[str] = field(default_factory=list)

    def only(self, *names: str) -> dict[str, Any]:
        """The parameters, refused if there is one that this call does not know: a typing error is not silence."""
        known = {name.partition("[")[0] for name in names}
        for name in self.params:
            if name not in known:
                raise invalid(f"Received unknown parameter: {name}", name, code="parameter_unknown")
        return self.params

    def listed(self, kind: str, url: str, *fields: str, **where: str) -> Object:
        """A page of objects, newest first."""
        params = self.only(*fields, *LIST_PARAMS)
        limit = whole(params, "limit", 10, least=1)
        if limit > 100:
            raise invalid("This value must be less than or equal to 100.", "limit")
        things, more = self.store.page(
            kind,
            where={**{name: params[name] for name in fields if name in params}, **where},
            after=self._cursor("starting_after", kind),
            before=self._cursor("ending_before", kind),
            created=_created(params.get("created")),
            limit=limit,
        )
        return {"object": "list", "data": things, "has_more": more, "url": url}

    def _cursor(self, name: str, kind: str) -> str | None:
        given = self.params.get(name)
        return None if given is None else str(self.store.get(kind, given, param=name)["id"])


def _created(given: Any) -> tuple[int, int] | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        return int(given), int(given)
    least = max(whole(given, "gte", 0), whole(given, "gt", -1) + 1)
    most = min(whole(given, "lte", 2**53), whole(given, "lt", 2**53 + 1) - 1)
    return least, most


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    """Register a handler; `*` in the path stands for one id."""
    pattern = re.compile(re.escape(path).replace(r"\*", r"([A-Za-z0-9_]+)"))

    def register(handler: Handler) -> Handler:
        ROUTES.append((method, pattern, handler))
        return handler

    return register


def handler_of(method: str, path: str) -> tuple[Handler, tuple[str, ...]]:
    """The handler of a request and the ids in its path."""
    for route_method, pattern, handler in ROUTES:
        if route_method == method and (match := pattern.fullmatch(path)):
            return handler, match.groups()
    raise Refusal(f"Unrecognized request URL ({method}: {path}).", status=404)


def expanded(store: Store, thing: Object, paths: list[str]) -> Object:
    """Put whole objects where the answer holds their ids, as `expand` asks; the answer's own copy is changed."""
    for path in paths:
        _expand(store, thing, path.split("."), path)
    return thing


def _expand(store: Store, node: Any, steps: list[str], path: str) -> None:
    if isinstance(node, list):
        for one in node:
            _expand(store, one, steps, path)
        return
    if not isinstance(node, dict) or not steps:
        return
    name = steps[0]
    if f"_{name}" in node:
        node[name] = node[f"_{name}"]
    if name not in node:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    if isinstance(node[name], str) and (found := store.find(node[name])) is not None:
        node[name] = found
    _expand(store, node[name], steps[1:], path)
