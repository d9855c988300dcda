"""Old event versions become today's when they are read; what is stored never changes.

`UPCASTS` maps an old kind to a function from its body to (new kind, new body). A released version is never removed
from here: an exported log of each schema is kept in the tests and read for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Upcast = Callable[[Mapping[str, Any]], tuple[str, Mapping[str, Any]]]

_ALLOWED_BY_THE_FIRST_TEXTS: Mapping[str, list[str]] = {
    "standard": ["own_music", "derive", "sell_derivative", "sync"],
    "exclusive": ["own_music", "derive", "sell_derivative", "sync"],
    "remix": ["derive", "sell_derivative"],
    "free": ["own_music", "derive", "sell_derivative"],
}


def _licence_granted_v1(body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The first texts all allowed deriving, without end; derivation terms were not written down yet."""
    allows = _ALLOWED_BY_THE_FIRST_TEXTS[body["licence_kind"]]
    return "licence.granted.v2", {**body, "allows": allows, "derivation_terms_id": None, "expires_at": None}


def _element_derived_v1(body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Which licence a derivation rests on was not written down yet."""
    parents = [{**parent, "licence_id": None, "terms_id": None} for parent in body["parents"]]
    return "element.derived.v2", {**body, "parents": parents}


def _claim_decided_v1(body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """No reason was asked for yet."""
    return "claim.decided.v2", {**body, "reason_hash": ""}


def _hold_placed_v1(body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Only payees could be held."""
    return "hold.placed.v2", {**body, "element_id": None}


def _hold_lifted_v1(body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Only payees could be held."""
    return "hold.lifted.v2", {**body, "element_id": None}


def _contract_signed_v1(body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """There were no catalogue groups and no escalations."""
    return "contract.signed.v2", {**body, "group_id": None, "escalations": []}


def _payee_terms_set_v1(body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """A reserve came back whole with the next run."""
    return "payee.terms_set.v2", {**body, "reserve_releases": []}


def _order_placed_v1(body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """There were no packs."""
    return "order.placed.v2", _without_packs(body)


def _order_paid_v1(body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """There were no packs."""
    return "order.paid.v2", _without_packs(body)


def _without_packs(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**body, "lines": [{**line, "pack_id": None} for line in body["lines"]]}


def _model_registered_v1(body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Who trained it, and on what, stood in the card alone; nobody was paid for it."""
    return "model.registered.v2", {**body, "trainer_id": None, "data": [], "share_ppm": 0}


UPCASTS: dict[str, Upcast] = {
    "model.registered.v1": _model_registered_v1,
    "contract.signed.v1": _contract_signed_v1,
    "payee.terms_set.v1": _payee_terms_set_v1,
    "claim.decided.v1": _claim_decided_v1,
    "hold.placed.v1": _hold_placed_v1,
    "hold.lifted.v1": _hold_lifted_v1,
    "order.placed.v1": _order_placed_v1,
    "order.paid.v1": _order_paid_v1,
    "licence.granted.v1": _licence_granted_v1,
    "element.derived.v1": _element_derived_v1,
}


def upcast(kind: str, body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The newest form of an event, step by step."""
    while (step := UPCASTS.get(kind)) is not None:
        kind, body = step(body)
    return kind, body
