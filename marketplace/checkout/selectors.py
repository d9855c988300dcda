"""Questions about orders and licences."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ledger import selectors as ledger
from marketplace.catalogue import selectors as catalogue
from marketplace.checkout.orders import Order, OrderLine
from marketplace.licensing import terms


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryItem:
    """A licence somebody holds, with what it is for."""

    licence_id: UUID
    element_id: UUID
    title: str
    row: catalogue.Row | None
    licence_name: str
    granted_at: object
    revoked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Licences that were bought together in a pack, or (without an id) one by one."""

    pack_id: UUID | None
    title: str
    items: tuple[LibraryItem, ...]


def was_paid_back(order_id: UUID, line_id: UUID | None) -> bool:
    """Whether one line of an order (None: all of it) went back to the buyer already."""
    left = OrderLine.objects.filter(order_id=order_id, **({"pk": line_id} if line_id else {}))
    return left.exists() and not left.filter(refunded=False).exists()


def orders_of(buyer_id: UUID) -> list[Order]:
    """One's own orders, newest first."""
    return list(Order.objects.filter(buyer_id=buyer_id).prefetch_related("lines").order_by("-created_at")[:200])


def recent_orders(limit: int = 200) -> list[Order]:
    """Everyone's orders, for staff."""
    return list(Order.objects.prefetch_related("lines").order_by("-created_at")[:limit])


def total_minor(order: Order) -> int:
    """What the buyer pays."""
    return sum(line.gross_minor for line in order.lines.all())


def left_minor(order: Order) -> int:
    """What of it was not paid back."""
    return sum(line.gross_minor for line in order.lines.all() if not line.refunded)


def library(holder_id: UUID) -> list[Shelf]:
    """Every licence somebody was granted, newest first, packs kept together; revoked ones say so."""
    licences = ledger.licences_of(holder_id)
    rows = catalogue.rows_for([licence.element_id for licence in licences])
    lines = {
        line.licence_id: line for line in OrderLine.objects.filter(licence_id__in=[one.licence_id for one in licences])
    }
    shelves: dict[UUID | None, list[LibraryItem]] = {}
    packs: dict[UUID | None, str] = {None: ""}
    for licence in licences:
        row, line = rows.get(licence.element_id), lines.get(licence.licence_id)
        pack_id = line.pack_id if line else None
        packs.setdefault(pack_id, line.pack_title if line else "")
        shelves.setdefault(pack_id, []).append(
            LibraryItem(
                licence_id=licence.licence_id,
                element_id=licence.element_id,
                title=row.title if row else line.title if line else "element",
                row=row,
                licence_name=str(terms.by_hash(licence.terms_hash).name),
                granted_at=licence.granted_at,
                revoked=not licence.standing,
            )
        )
    return [Shelf(pack_id=key, title=packs[key], items=tuple(items)) for key, items in shelves.items()]
