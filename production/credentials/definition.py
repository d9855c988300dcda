"""From facts to a manifest definition, as `c2pa-python` takes it.

Source: C2PA Technical Specification 2.x, "Actions", "Ingredients"; IPTC digital source type vocabulary.
"""

from __future__ import annotations

from typing import Any

from production.credentials.facts import UPLOAD, Facts, Step
from production.parsing.credentials_report import PROVENANCE

GENERATOR = {"name": "Ledgerline", "version": "1"}
_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_NOT_IPTC = {"trainedAlgorithmicData": "http://c2pa.org/digitalsourcetype/"}


def definition(facts: Facts) -> dict[str, Any]:
    """The manifest's title, actions, ingredients and our own assertion; the library adds what signs and binds it.

    The ingredient labelled `upload`, which needs the file's bytes, is added by whoever has them.
    """
    return {
        "title": facts["title"],
        "format": facts["media_type"],
        "claim_generator_info": [GENERATOR],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [_action(step) for step in facts["steps"]]}},
            {"label": PROVENANCE, "data": _provenance(facts)},
        ],
        "ingredients": [
            {
                "label": one["label"],
                "title": one["title"],
                "relationship": one["relationship"],
                "format": one["format"],
                "instance_id": f"urn:uuid:{one['element_id']}",
                "informational_URI": f"{facts['page'].rpartition('/elements/')[0]}/elements/{one['element_id']}/",
            }
            for one in facts["ingredients"]
        ],
    }


def upload_label(facts: Facts) -> str:
    """The label of the file as it was uploaded, where a step opens it; else empty."""
    opened = any(UPLOAD in step["ingredients"] for step in facts["steps"])
    return UPLOAD if opened and facts["carries_manifest"] else ""


def _action(step: Step) -> dict[str, Any]:
    action: dict[str, Any] = {"action": step["action"]}
    if step["when"]:
        action["when"] = step["when"]
    if step["source_type"]:
        action["digitalSourceType"] = _NOT_IPTC.get(step["source_type"], _IPTC) + step["source_type"]
    if step["agent"]:
        action["softwareAgent"] = {"name": step["agent"], "version": step["agent_version"]}
    if step["ingredients"]:
        action["parameters"] = {"ingredientIds": step["ingredients"]}
    return action


def _provenance(facts: Facts) -> dict[str, str]:
    """What the ledger is asked with: the page, the version, and the hash of the bytes without any manifest."""
    said = {
        "page": facts["page"],
        "element": facts["element_id"],
        "version": str(facts["version"]),
        "sha256": facts["content_hash"],
        "authorship": facts["authorship"],
    }
    return said | facts["generation"]
