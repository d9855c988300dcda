"""Receipts: what a stranger needs to check one event offline, for ever."""

from __future__ import annotations

from uuid import UUID

from ledger.domain.errors import WrongStateError
from ledger.domain.note import Checkpoint, split_note
from ledger.domain.proof import Receipt
from ledger.models import TreeHead
from ledger.selectors.log import leaf_of
from ledger.services import checkpoints


def receipt(event_id: UUID, *, sealed: bool = False) -> bytes:
    """The `.tlog-proof` of an event, under the newest checkpoint (a new one is signed if it does not reach it yet).

    sealed : without the event itself, for those whom it pays and who may not see whom it names

    Raises
    ------
    WrongStateError
        If there is no such event.
    """
    found = leaf_of(event_id)
    if found is None:
        raise WrongStateError(f"there is no event {event_id}")
    position, leaf = found
    head = TreeHead.objects.order_by("-id").first()
    note = head.note if head is not None and head.size > position else checkpoints.checkpoint()
    size = Checkpoint.parse(split_note(note)[0]).size
    path = checkpoints.tree_of(size).inclusion(position)
    found_receipt = Receipt(extra=leaf, index=position, path=tuple(path), checkpoint=note)
    return (found_receipt.sealed() if sealed else found_receipt).encode()
