"""A manifest store in plain values: short, bounded, and in our own words for what was found out about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

PROVENANCE = "local.ledgerline.provenance"
"""The label of our own assertion: reversed domain name of the log's origin."""
_WORDS_MAX = 300
_LISTED_MAX = 64
_MISMATCH = ("assertion.dataHash.mismatch", "assertion.boxesHash.mismatch", "assertion.bmffHash.mismatch")


def report(store: Mapping[str, Any], *, embedded: bool, alone: bool = False) -> dict[str, Any]:
    """What the newest manifest says, and whether that is to be believed.

    state : trusted (signed, unchanged, by a signer on the list), untrusted (the same, by a signer who is not),
        changed (the bytes are not those that were signed), broken (the manifest itself was tampered with or is
        malformed), unbound (a manifest without its file)
    source_types : IPTC digital source types of the newest manifest; before : those of the manifests it builds on
    """
    manifests: Mapping[str, Any] = store.get("manifests") or {}
    active = manifests.get(store.get("active_manifest") or "") or {}
    codes = [str(one.get("code", "")) for one in store.get("validation_status") or ()][:_LISTED_MAX]
    signature = active.get("signature_info") or {}
    actions = list(_actions(active))[:_LISTED_MAX]
    return {
        "state": _state(str(store.get("validation_state") or ""), codes, alone=alone),
        "codes": codes,
        "embedded": embedded,
        "title": _short(active.get("title")),
        "generator": _generator(active),
        "issuer": _short(signature.get("issuer")),
        "signer": _short(signature.get("common_name")),
        "signed_at": _short(signature.get("time")),
        "source_types": sorted({one["source_type"] for one in actions if one["source_type"]}),
        "before": sorted(_source_types(one for key, one in manifests.items() if one is not active)),
        "actions": actions,
        "ingredients": [_ingredient(one) for one in active.get("ingredients") or ()][:_LISTED_MAX],
        "provenance": _provenance(active),
    }


def _state(said: str, codes: list[str], *, alone: bool) -> str:
    if alone and said != "Invalid":
        return "unbound"
    if said == "Trusted":
        return "trusted"
    if said == "Valid":
        return "untrusted"
    changed = any(code in _MISMATCH for code in codes)
    if alone and changed and all(code in _MISMATCH or code == "signingCredential.untrusted" for code in codes):
        return "unbound"
    return "changed" if changed else "broken"


def _actions(manifest: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    for assertion in manifest.get("assertions") or ():
        if not str(assertion.get("label", "")).startswith("c2pa.actions"):
            continue
        for action in (assertion.get("data") or {}).get("actions") or ():
            agent = action.get("softwareAgent") or {}
            agent = {"name": agent} if isinstance(agent, str) else agent
            yield {
                "action": _short(action.get("action")),
                "when": _short(action.get("when")),
                "agent": _short(agent.get("name")),
                "agent_version": _short(agent.get("version")),
                "source_type": _source_type(action),
            }


def _source_types(manifests: Iterable[Mapping[str, Any]]) -> set[str]:
    return {action["source_type"] for one in manifests for action in _actions(one) if action["source_type"]}


def _source_type(action: Mapping[str, Any]) -> str:
    """The last part of an IPTC (or C2PA) digital source type's address."""
    return _short(str(action.get("digitalSourceType") or "").rpartition("/")[2])


def _ingredient(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": _short(one.get("title")),
        "relationship": _short(one.get("relationship")),
        "format": _short(one.get("format")),
        "has_manifest": bool(one.get("active_manifest")),
    }


def _generator(manifest: Mapping[str, Any]) -> str:
    said = (manifest.get("claim_generator_info") or [{}])[0]
    return _short(" ".join(str(said.get(name) or "") for name in ("name", "version")).strip())


def _provenance(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Our own assertion, as text: names and values."""
    for assertion in manifest.get("assertions") or ():
        if assertion.get("label") == PROVENANCE:
            values = assertion.get("data") or {}
            return {_short(name): _short(value) for name, value in list(values.items())[:_LISTED_MAX]}
    return {}


def _short(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())[:_WORDS_MAX]
