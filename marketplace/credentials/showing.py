"""What pages show of content credentials: a manifest in words, and each form of an element with its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marketplace.credentials import words
from production import selectors as production


def told(said: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest that was read, in words."""
    return {
        "verdict": words.VERDICTS.get(said["state"], words.VERDICTS["broken"]),
        "said": said,
        "source_types": [words.SOURCE_TYPES.get(one, one) for one in said["source_types"]],
        "before": [words.SOURCE_TYPES.get(one, one) for one in said["before"] if one not in said["source_types"]],
        "actions": [
            {
                **one,
                "words": words.ACTIONS.get(one["action"], one["action"].removeprefix("c2pa.")),
                "source": words.SOURCE_TYPES.get(one["source_type"], one["source_type"]),
            }
            for one in said["actions"]
        ],
        "ingredients": [
            {**one, "words": words.RELATIONSHIPS.get(one["relationship"], one["relationship"])}
            for one in said["ingredients"]
        ],
    }


def of_version(element_id: UUID, version_id: UUID, content_hash: str, *, may_take: bool) -> dict[str, Any]:
    """The section of an element's page."""
    return {
        "authorship": words.AUTHORSHIP[production.authorship(element_id, content_hash)],
        "forms": [
            {
                "view": one,
                "name": words.FORMS.get(one.form, one.form),
                "told": told(one.said) if one.said else None,
                "manifest_url": f"/versions/{version_id}/{one.form}-c2pa/" if may_take and not one.embedded else "",
            }
            for one in production.credentials(version_id)
        ],
    }
