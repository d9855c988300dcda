"""Every fact the ledger can hold: one frozen dataclass per kind, named in the past tense.

A body holds only strings, booleans, null, lists, objects and whole numbers below 2**53. Amounts of money (fields that
end in `_minor` or `_micro`) travel as strings of digits, for they may pass 2**53. No floats, no names, no titles:
free text lives outside and is bound by its hash where it matters.

To add a kind, add a class; to change one, add a class with the next version and an upcast in `upcasts.py`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import types
import typing
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar
from uuid import UUID

from ledger.domain.errors import MalformedEventError

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

INTEGER_LIMIT = 2**53
"""Whole numbers in a body stay below this, so that every JSON reader gets the same value."""

LicenceKind = Literal["standard", "exclusive", "remix", "free"]
ElementKind = Literal["midi", "progression", "melody", "wave", "sound", "mix_setting"]
PartyKind = Literal["person", "company", "platform"]
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
]

REGISTRY: dict[str, type[Event]] = {}
"""Kind -> class, filled as the classes below are defined."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. Subclasses name their `kind` and their fields."""

    kind: ClassVar[str] = ""

    def body(self) -> dict[str, Json]:
        """The fields as JSON values, ready for the canonical codec."""
        return _encode_fields(self)

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> typing.Self:
        """Rebuild the event.

        Raises
        ------
        MalformedEventError
            If a field is missing, unknown or of another type.
        """
        return typing.cast("typing.Self", _decode_fields(cls, body))


E = TypeVar("E", bound="Event")


def event(cls: type[E]) -> type[E]:
    """Register `cls` under its kind."""
    if not cls.kind or cls.kind in REGISTRY:
        raise ValueError(f"{cls.__name__} needs a kind of its own, got {cls.kind!r}")
    REGISTRY[cls.kind] = cls
    return cls


def decode(kind: str, body: Mapping[str, Any]) -> Event:
    """The event of this kind with this body.

    Raises
    ------
    MalformedEventError
        If the kind is unknown or the body does not fit it.
    """
    cls = REGISTRY.get(kind)
    if cls is None:
        raise MalformedEventError(f"no event kind {kind!r}")
    return cls.from_body(body)


# ---------------------------------------------------------------------------------------------------- encoding
_MONEY_SUFFIXES = ("_minor", "_micro")


def _encode_fields(value: Any) -> dict[str, Json]:
    cls: type = type(value)
    return {name: _encode(name, getattr(value, name)) for name in _fields(cls)}


@functools.cache
def _fields(cls: type) -> dict[str, dataclasses.Field[Any]]:
    return {field.name: field for field in dataclasses.fields(cls)}


def _encode(name: str, value: Any) -> Json:
    match value:
        case None | bool() | str():
            return value
        case int():
            if name.endswith(_MONEY_SUFFIXES):
                return str(value)
            if abs(value) >= INTEGER_LIMIT:
                raise MalformedEventError(f"{name}: {value} does not fit in 53 bits")
            return value
        case UUID():
            return str(value)
        case dt.datetime():
            return format_time(value)
        case tuple():
            return [_encode(name, item) for item in value]
        case _ if dataclasses.is_dataclass(value):
            return _encode_fields(value)
        case Mapping():
            return {str(key): _plain(f"{name}.{key}", item) for key, item in value.items()}
    raise MalformedEventError(f"{name}: a {type(value).__name__} cannot be written to the ledger")


def _plain(name: str, value: Any) -> Json:
    """Free JSON inside a body (arguments, parameters): checked, not converted."""
    match value:
        case None | bool() | str():
            return value
        case int() if abs(value) < INTEGER_LIMIT:
            return value
        case list() | tuple():
            return [_plain(name, item) for item in value]
        case Mapping():
            return {str(key): _plain(f"{name}.{key}", item) for key, item in value.items()}
    raise MalformedEventError(f"{name}: a {type(value).__name__} cannot be written to the ledger")


def format_time(value: dt.datetime) -> str:
    """UTC, microseconds, `Z`: 2026-11-22T09:30:00.123456Z."""
    if value.tzinfo is None:
        raise MalformedEventError("a time without a zone cannot be written to the ledger")
    return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_time(text: str) -> dt.datetime:
    """The inverse of `format_time`, which takes nothing that it would not have written: else ValueError."""
    value = dt.datetime.fromisoformat(text)
    if value.tzinfo is None or format_time(value) != text:
        raise ValueError(f"{text!r} is no time as the ledger writes it")
    return value


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _decode_fields(cls: type, body: Any) -> Any:
    if not isinstance(body, Mapping):
        raise MalformedEventError(f"{cls.__name__}: an object is needed, got {type(body).__name__}")
    fields = _fields(cls)
    if unknown := body.keys() - fields.keys():
        raise MalformedEventError(f"{cls.__name__}: unknown field {min(unknown)!r}")
    hints, values = _hints(cls), {}
    for name, field in fields.items():
        if name not in body:
            if field.default is dataclasses.MISSING:
                raise MalformedEventError(f"{cls.__name__}: field {name!r} is missing")
            continue
        try:
            values[name] = _decode(name, hints[name], body[name])
        except (TypeError, ValueError) as error:
            raise MalformedEventError(f"{cls.__name__}.{name}: {error}") from error
    return cls(**values)


def _decode(name: str, hint: Any, value: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        if value is None:
            return None
        (inner,) = (arg for arg in typing.get_args(hint) if arg is not type(None))
        return _decode(name, inner, value)
    if origin is tuple:
        inner = typing.get_args(hint)[0]
        return tuple(_decode(name, inner, item) for item in _need(list, value))
    if origin is Literal:
        if value not in typing.get_args(hint):
            raise ValueError(f"{value!r} is none of {', '.join(typing.get_args(hint))}")
        return value
    if origin is not None and issubclass(origin, Mapping):
        return dict(_need(dict, value))
    if dataclasses.is_dataclass(hint):
        return _decode_fields(typing.cast("type", hint), value)
    if hint is int and name.endswith(_MONEY_SUFFIXES):
        return int(_need(str, value))
    if hint is UUID:
        return UUID(_need(str, value))
    if hint is dt.datetime:
        return parse_time(_need(str, value))
    return _need(hint, value)


def _need(kind: type, value: Any) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"a {kind.__name__} is needed, got {type(value).__name__}")
    return value


# ------------------------------------------------------------------------------------------------------ values
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
    """An element that another is made from, and the ppm of the child's income that flows back to it."""

    element_id: UUID
    upstream_ppm: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One element bought: `tax_minor` is part of `gross_minor`."""

    line_id: UUID
    listing_id: UUID
    element_id: UUID
    licence_kind: LicenceKind
    terms_hash: str
    gross_minor: int
    tax_minor: int


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


# ----------------------------------------------------------------------------------------------------- parties
@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PartyRegistered(Event):
    """A person or company came to be known; `claimed` is false for someone invited who has no account yet."""

    kind = "party.registered.v1"
    party_id: UUID
    party_kind: PartyKind
    claimed: bool


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PartyClaimed(Event):
    """An invited party opened an account; what waited in `escrow` becomes payable."""

    kind = "party.claimed.v1"
    party_id: UUID
    escrow: tuple[Amount, ...]


# ---------------------------------------------------------------------------------------------------- elements
@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ElementCreated(Event):
    """A new element exists; `content_hash` is the SHA-256 of its first version's bytes."""

    kind = "element.created.v1"
    element_id: UUID
    element_kind: ElementKind
    content_hash: str
    media_type: str
    contributors: tuple[Contribution, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ElementEdited(Event):
    """A new version of an element replaced the one before."""

    kind = "element.edited.v1"
    element_id: UUID
    version: int
    content_hash: str
    previous_hash: str
    contributors: tuple[Contribution, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ElementDerived(Event):
    """An element was made from earlier ones; income flows back along `parents`."""

    kind = "element.derived.v1"
    element_id: UUID
    author_id: UUID
    parents: tuple[Parent, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ElementGenerated(Event):
    """A model made an element; the same call makes the same bytes again.

    `parameters` are the call's arguments, `runtime` the versions that the bytes depend on.
    """

    kind = "element.generated.v1"
    element_id: UUID
    job_id: UUID
    model: str
    weights_hash: str
    seed: int
    parameters: Mapping[str, Json]
    runtime: Mapping[str, Json]
    inputs: tuple[UUID, ...]
    content_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ModelRegistered(Event):
    """Weights came into use; the card says what they were trained on."""

    kind = "model.registered.v1"
    model: str
    weights_hash: str
    card_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProjectShared(Event):
    """Work in progress was opened to others."""

    kind = "project.shared.v1"
    project_id: UUID
    party_ids: tuple[UUID, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TakeRecorded(Event):
    """A performance was recorded."""

    kind = "take.recorded.v1"
    take_id: UUID
    project_id: UUID
    content_hash: str
    contributors: tuple[Contribution, ...]


# ------------------------------------------------------------------------------------------------------ splits
@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SplitProposed(Event):
    """Someone proposed how an element's own portion is divided; shares sum to 1,000,000 ppm."""

    kind = "split.proposed.v1"
    proposal_id: UUID
    element_id: UUID
    shares: tuple[Share, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SplitAccepted(Event):
    """A party said yes to a proposal."""

    kind = "split.accepted.v1"
    proposal_id: UUID
    element_id: UUID
    party_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SplitRefused(Event):
    """A party said no; the proposal is over and the split in force stays."""

    kind = "split.refused.v1"
    proposal_id: UUID
    element_id: UUID
    party_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SplitTookEffect(Event):
    """Every party with an account had accepted: from here on sales are divided so."""

    kind = "split.took_effect.v1"
    proposal_id: UUID
    element_id: UUID
    shares: tuple[Share, ...]


# ---------------------------------------------------------------------------------------------------- listings
@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ListingPublished(Event):
    """An element went on sale."""

    kind = "listing.published.v1"
    listing_id: UUID
    element_id: UUID
    content_hash: str
    licence_kind: LicenceKind
    terms_hash: str
    currency: str
    price_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ListingRepriced(Event):
    """The price of a listing changed for later orders."""

    kind = "listing.repriced.v1"
    listing_id: UUID
    currency: str
    price_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ListingWithdrawn(Event):
    """A listing went off sale; licences granted before stay."""

    kind = "listing.withdrawn.v1"
    listing_id: UUID
    reason: str


# ------------------------------------------------------------------------------------------------------- sales
@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(Event):
    """A buyer went to checkout."""

    kind = "order.placed.v1"
    order_id: UUID
    buyer_id: UUID
    currency: str
    lines: tuple[OrderLine, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(Event):
    """The buyer's money arrived."""

    kind = "order.paid.v1"
    order_id: UUID
    buyer_id: UUID
    currency: str
    lines: tuple[OrderLine, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OrderLapsed(Event):
    """A placed order ended without money: declined, expired, or another buyer was first."""

    kind = "order.lapsed.v1"
    order_id: UUID
    reason: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChargeSettled(Event):
    """The processor's balance transaction told its fee, divided over the lines by their gross."""

    kind = "charge.settled.v1"
    order_id: UUID
    currency: str
    lines: tuple[LineAmount, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefunded(Event):
    """Lines were paid back: amounts are positive, the entry reverses them."""

    kind = "order.refunded.v1"
    refund_id: UUID
    order_id: UUID
    currency: str
    lines: tuple[LineAmount, ...]
    reason: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DisputeOpened(Event):
    """The buyer's bank took the money back for now, and a fee with it."""

    kind = "dispute.opened.v1"
    dispute_id: UUID
    order_id: UUID
    currency: str
    lines: tuple[LineAmount, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DisputeWon(Event):
    """The money came back; the amounts are those that came back."""

    kind = "dispute.won.v1"
    dispute_id: UUID
    order_id: UUID
    currency: str
    lines: tuple[LineAmount, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DisputeLost(Event):
    """The money stays with the buyer."""

    kind = "dispute.lost.v1"
    dispute_id: UUID
    order_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LicenceGranted(Event):
    """A party may use one version of an element on the terms with this hash."""

    kind = "licence.granted.v1"
    licence_id: UUID
    element_id: UUID
    content_hash: str
    holder_id: UUID
    licence_kind: LicenceKind
    terms_hash: str
    order_id: UUID | None
    line_id: UUID | None


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LicenceRevoked(Event):
    """A licence ended, as after a refund."""

    kind = "licence.revoked.v1"
    licence_id: UUID
    reason: str


# ------------------------------------------------------------------------------------------------------ claims
@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClaimOpened(Event):
    """An element may contain another's: only `disputed_ppm` of its income is held."""

    kind = "claim.opened.v1"
    claim_id: UUID
    element_id: UUID
    resembles_id: UUID
    disputed_ppm: int
    reason: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDecided(Event):
    """Staff decided a claim; the hold is lifted."""

    kind = "claim.decided.v1"
    claim_id: UUID
    element_id: UUID
    upheld: bool


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaced(Event):
    """Nothing is paid to this party (in this currency, or in any) until the hold is lifted."""

    kind = "hold.placed.v1"
    hold_id: UUID
    party_id: UUID
    currency: str | None
    reason_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HoldLifted(Event):
    """The hold is over."""

    kind = "hold.lifted.v1"
    hold_id: UUID
    party_id: UUID


# ----------------------------------------------------------------------------------------------- subscriptions
@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionStarted(Event):
    """Someone subscribed to a plan."""

    kind = "subscription.started.v1"
    subscription_id: UUID
    subscriber_id: UUID
    plan: str
    policy: Literal["user_centric", "pro_rata"]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRenewed(Event):
    """A further period was paid; its money is in `credits.granted`."""

    kind = "subscription.renewed.v1"
    subscription_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionEnded(Event):
    """No further period will be paid; unspent credits and licences stay."""

    kind = "subscription.ended.v1"
    subscription_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CreditsGranted(Event):
    """A paid fee bought a lot of credits: gross, tax and processor fee are those of the payment."""

    kind = "credits.granted.v1"
    lot_id: UUID
    subscription_id: UUID
    subscriber_id: UUID
    credits: int
    currency: str
    gross_minor: int
    tax_minor: int
    fee_minor: int
    expires_at: dt.datetime


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CreditsSpent(Event):
    """Credits of one lot bought a licence; `released_minor` of the lot's money leaves with them."""

    kind = "credits.spent.v1"
    lot_id: UUID
    subscriber_id: UUID
    element_id: UUID
    credits: int
    currency: str
    released_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CreditsExpired(Event):
    """Credits passed their published expiry."""

    kind = "credits.expired.v1"
    lot_id: UUID
    subscriber_id: UUID
    credits: int
    currency: str
    released_minor: int


# -------------------------------------------------------------------------------------- contracts, settlement
@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ContractSigned(Event):
    """A label takes a share of what a party receives from one element, or (element_id null) from all."""

    kind = "contract.signed.v1"
    contract_id: UUID
    label_id: UUID
    party_id: UUID
    element_id: UUID | None
    label_ppm: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AdvancePaid(Event):
    """A label paid a party before it was earned, outside the platform; royalties repay it."""

    kind = "advance.paid.v1"
    advance_id: UUID
    label_id: UUID
    party_id: UUID
    currency: str
    amount_micro: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PayeeTermsSet(Event):
    """How a party is paid: reserve, withholding, and the least amount worth a payout per currency."""

    kind = "payee.terms_set.v1"
    party_id: UUID
    reserve_ppm: int
    withholding_ppm: int
    minimum_payout_minor: int
    currency: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SettlementCalculated(Event):
    """A run over the mature money events of positions `from_position` to `cutoff_position` (inclusive) was computed.

    `inputs_hash` and `outputs_hash` bind the folder that anyone can settle again with `manage.py settle`.
    """

    kind = "settlement.calculated.v1"
    run_id: UUID
    period: str
    from_position: int
    cutoff_position: int
    commission_ppm: int
    inputs_hash: str
    outputs_hash: str
    totals: tuple[Amount, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SettlementDiscarded(Event):
    """A calculated run that nobody released was set aside."""

    kind = "settlement.discarded.v1"
    run_id: UUID
    reason: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SettlementApproved(Event):
    """The preparer reviewed the run and stands by it."""

    kind = "settlement.approved.v1"
    run_id: UUID
    outputs_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SettlementReleased(Event):
    """A second person let the money go."""

    kind = "settlement.released.v1"
    run_id: UUID
    outputs_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StatementIssued(Event):
    """What one run means for one payee in one currency: the row of statements.csv, and the hash of its lines.

    `escrowed` is true when the payee has no account yet.
    """

    kind = "statement.issued.v1"
    statement_id: UUID
    run_id: UUID
    party_id: UUID
    currency: str
    escrowed: bool
    opening_micro: int
    royalty_micro: int
    recouped_micro: int
    recoupment_received_micro: int
    reserve_held_micro: int
    reserve_released_micro: int
    payable_micro: int
    gross_payout_minor: int
    withheld_minor: int
    payout_minor: int
    carried_micro: int
    lines_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceRecouped(Event):
    """A run kept royalties until an advance was repaid, or a part of it."""

    kind = "advance.recouped.v1"
    run_id: UUID
    advance_id: UUID
    currency: str
    amount_micro: int
    unrecouped_micro: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SettlementClosed(Event):
    """Every payout of the run has an end; the period is never edited again."""

    kind = "settlement.closed.v1"
    run_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRequested(Event):
    """A payee's statement is to be paid: the start of a transfer."""

    kind = "payout.requested.v1"
    payout_id: UUID
    run_id: UUID
    statement_id: UUID
    party_id: UUID
    currency: str
    gross_minor: int
    withheld_minor: int
    payout_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PayoutPaid(Event):
    """The transfer went out."""

    kind = "payout.paid.v1"
    payout_id: UUID
    party_id: UUID
    currency: str
    gross_minor: int
    withheld_minor: int
    payout_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PayoutFailed(Event):
    """The transfer did not go out this time; the money stays owed and is tried again."""

    kind = "payout.failed.v1"
    payout_id: UUID
    party_id: UUID
    code: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PayoutReversed(Event):
    """A transfer that went out came back."""

    kind = "payout.reversed.v1"
    payout_id: UUID
    party_id: UUID
    currency: str
    gross_minor: int
    withheld_minor: int
    payout_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentPosted(Event):
    """A correction in an open period: a revenue line of its own for one element."""

    kind = "adjustment.posted.v1"
    adjustment_id: UUID
    element_id: UUID
    currency: str
    gross_minor: int
    reason_hash: str


# -------------------------------------------------------------------------------------------------------- jobs
@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class JobRequested(Event):
    """Work that becomes part of the record was asked for: an import, a generation, a conversion."""

    kind = "job.requested.v1"
    job_id: UUID
    task: str
    arguments: Mapping[str, Json]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class JobFinished(Event):
    """The work is done; `result` names what it made."""

    kind = "job.finished.v1"
    job_id: UUID
    result: Mapping[str, Json]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class JobFailed(Event):
    """The work could not be done; nothing of it was kept."""

    kind = "job.failed.v1"
    job_id: UUID
    code: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class JobCancelled(Event):
    """The one who asked changed their mind before the work was done."""

    kind = "job.cancelled.v1"
    job_id: UUID
