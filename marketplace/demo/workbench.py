"""The scene at the workbench: a noisy take is cleaned, both versions stay, and its notes are kept as MIDI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ledger.domain.ids import uuid7
from marketplace.catalogue import services as catalogue
from production import selectors as production
from production.samples import takes
from production.services import drafts, own, processing
from production.services.wishes import Wishes

TITLE = "Harbour whistle (first take)"
NOTES = "Harbour whistle, written down"


def work(*, maker_id: UUID) -> UUID:
    """Record, take the noise off, hear the notes, keep them; the take's id."""
    take_id = uuid7()
    wishes = Wishes(
        title=TITLE,
        kind="wave",
        tags=("whistle", "take", "folk"),
        description="A whistled line in a kitchen. Version 1 is as it was recorded, version 2 is without the noise.",
    )
    data = takes.noisy_line()
    made = own.keep(actor_id=maker_id, data=data, wishes=wishes, element_id=take_id, key=f"demo:{take_id}")
    own.render(made.version_id)
    cleaning = {"method": "wiener", "strength": 1, "noise": takes.NOISE_ALONE_S}
    _apply(take_id, "noise", cleaning, maker_id)
    heard = _apply(take_id, "notes.heard", {"texture": "mono"}, maker_id)
    job_id = drafts.keep(draft_id=UUID(heard["draft_id"]), owner_id=maker_id, title=NOTES)
    drafts.run(job_id)
    for element_id in (take_id, UUID(_result(job_id, maker_id)["element_id"])):
        own.render(production.element(element_id).version.id)
        catalogue.refresh_entry(element_id=element_id)
    return take_id


def _apply(element_id: UUID, process: str, parameters: dict[str, Any], maker_id: UUID) -> Mapping[str, Any]:
    job_id = processing.request(element_id=element_id, process=process, parameters=parameters, actor_id=maker_id)
    processing.run(job_id)
    return _result(job_id, maker_id)


def _result(job_id: UUID, maker_id: UUID) -> Mapping[str, Any]:
    job = production.job_progress(job_id, maker_id)
    assert job.result is not None, job
    return job.result
