"""What events are made of: shares, parents, order lines, amounts, and the words that name kinds."""

from __future__ import annotations

import dataclasses
from typing import Literal
from uuid import UUID

LicenceKind = Literal["standard", "exclusive", "remix", "free"]
ElementKind = Literal["midi", "progression", "melody", "wave", "sound", "mix_setting"]
PartyKind = Literal["person", "company", "platform"]
Use = Literal["own_music", "derive", "sell_derivative", "sync"]
Weight = Literal["fixed", "measured"]
Role = Literal[
    "producer",
    "songwriter",
    "arranger",
    "musician",
    "singer",
    "audio_engineer",
    "editor",
    "distributor",
    "sound_designer",
    "model",
]
"""`model` is the party whose model made an element; nobody is credited so, it only stands in splits."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One party's part of an element, in whole parts per million."""

    party_id: UUID
    role: Role
    share_ppm: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """Who took part in making a version, and as what."""

    party_id: UUID
    role: Role


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """An element that another is made from, and the ppm of the child's income that flows back to it.

    `licence_id` and `terms_id` name the permission and the derivation terms that it rests on; both are empty where
    the author owns the parent.
    """

    element_id: UUID
    upstream_ppm: int
    licence_id: UUID | None = None
    terms_id: UUID | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One element bought: `tax_minor` is part of `gross_minor`; `pack_id` is the pack it was bought in, if any."""

    line_id: UUID
    listing_id: UUID
    element_id: UUID
    licence_kind: LicenceKind
    terms_hash: str
    gross_minor: int
    tax_minor: int
    pack_id: UUID | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LineAmount:
    """What falls on one order line of a refund or a dispute: gross with its tax, or a fee."""

    line_id: UUID
    element_id: UUID
    gross_minor: int
    tax_minor: int
    fee_minor: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """An amount in one currency, in micro units."""

    currency: str
    amount_micro: int
