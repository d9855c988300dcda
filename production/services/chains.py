"""A chain of plugins from the workbench, kept as a mix setting."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ledger.domain.ids import uuid7
from production import limits
from production.errors import BadParameterError
from production.parsing.apart import run_apart
from production.parsing.report import Examined
from production.processes import registry
from production.services import elements, workbench
from production.services.elements import Body, Made
from production.services.wishes import Wishes


def keep(*, actor_id: UUID, title: str, plugins: Any) -> Made:
    """Make an element of the chain.

    Raises
    ------
    BadParameterError
        If there is no title, or the chain does not fit its schema.
    ProductionError
        As `workbench.further`, where the chain names impulse responses.
    """
    words = " ".join(title.split())[: limits.TITLE_CHARACTERS_MAX]
    process = registry.get("effects")
    checked = process.read({"plugins": plugins})
    registry.room_of("effects").check(process, checked)
    workbench.further(process, checked, actor_id)
    if not words:
        raise BadParameterError("Give the mix setting a title.")
    answer = run_apart("write_setting", b"", arguments={"plugins": checked["plugins"]})
    body = Body(data=answer.files["setting.json"], examined=Examined.from_json(answer.values["examined"]))
    wishes = Wishes(title=words, kind="mix_setting", tags=("chain",))
    return elements.create_element(actor_id=actor_id, wishes=wishes, body=body, key=f"chain:{uuid7()}")
