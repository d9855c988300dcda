"""From what staff type to changed facts."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from uuid import UUID, uuid4

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain.corrections import (
    REPLACEABLE,
    Change,
    FileReplaced,
    LabelShareCorrected,
    LineAdded,
    LineChanged,
    LineRemoved,
    LineReversed,
    ParentAdded,
    ShareRow,
    SplitCorrected,
    UpstreamCorrected,
)
from ledger.domain.errors import WrongStateError
from ledger.domain.events import Role
from ledger.services import documents
from marketplace.templatetags.ledgerline import minor_digits

ROLES = typing.get_args(Role)
UPLOAD_BYTES_MAX = 64 * 1024 * 1024
NEW_SHARES = 3


def changes_of(request: HttpRequest) -> list[Change]:
    """The changes that a form describes.

    Raises
    ------
    WrongStateError
        If it is incomplete; in words for the person who typed it.
    """
    values = request.POST
    match values.get("change", ""):
        case "split":
            return [_split(values)]
        case "line":
            return [_line(values)]
        case "late":
            return [_late(values)]
        case "upstream":
            return _upstream(values)
        case "parent":
            return [_parent(values)]
        case "label":
            return _label_shares(values)
        case "file":
            return [_file(values.get("name", ""), request.FILES.get("file"))]
        case _:
            raise WrongStateError(_("Say what was different."))


def _split(values: QueryDict) -> SplitCorrected:
    shares = []
    rows = zip(values.getlist("party"), values.getlist("role"), values.getlist("percent"), strict=False)
    for party, role, percent in rows:
        if party.strip() and percent.strip() not in ("", "0"):
            shares.append(ShareRow(_party(party.strip()), role if role in ROLES else "producer", ppm_of(percent)))
    if sum(share.share_ppm for share in shares) != 1_000_000:
        total = sum(share.share_ppm for share in shares) / 10_000
        raise WrongStateError(_("The shares sum to %(total)s %%, not to 100 %%.") % {"total": f"{total:g}"})
    return SplitCorrected(
        element_id=values.get("element", ""),
        shares=tuple(shares),
        from_position=start_in(values),
    )


def start_in(values: QueryDict) -> int | None:
    """The position from which a change holds; None for the whole period."""
    start = values.get("from", "")
    return int(start) if start.isdecimal() else None


def _party(text: str) -> str:
    if "@" in text:
        found = ledger.party_by_email(text)
        if found is None:
            raise WrongStateError(_("Nobody here has the address %(address)s.") % {"address": text})
        return str(found.party_id)
    try:
        return str(UUID(text))
    except ValueError as error:
        raise WrongStateError(_("“%(text)s” is neither an e-mail address nor an id.") % {"text": text}) from error


def ppm_of(percent: str) -> int:
    """A share as typed, in ppm.

    Raises
    ------
    WrongStateError
        If it is no number, below 0 or above 100, or finer than a share can be.
    """
    value = _decimal(percent) * 10_000
    if not 0 <= value <= 1_000_000:
        raise WrongStateError(_("A share lies between 0 and 100 %%; “%(text)s” does not.") % {"text": percent})
    if value != value.to_integral_value():
        raise WrongStateError(_("A share has at most four decimals; “%(text)s” has more.") % {"text": percent})
    return int(value)


def _upstream(values: QueryDict) -> list[Change]:
    """The shares that were filled in, one change for each parent."""
    start = start_in(values)
    return _some(
        UpstreamCorrected(
            child_id=values.get("element", ""), parent_id=parent, upstream_ppm=ppm_of(percent), from_position=start
        )
        for parent, percent in _filled(values, "parent")
    )


def _parent(values: QueryDict) -> ParentAdded:
    parent, percent = values.get("parent", "").strip(), values.get("percent", "").strip()
    if not parent:
        raise WrongStateError(_("Say what it was made from: find it by its title, or paste the address of its page."))
    if not percent:
        raise WrongStateError(_("Say which share it was to pass on."))
    return ParentAdded(
        child_id=_element(values.get("child", "")),
        parent_id=_element(parent),
        upstream_ppm=ppm_of(percent),
        from_position=start_in(values),
    )


def _element(text: str) -> str:
    """The id in an address of an element, or alone."""
    found = re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text.lower())
    if not found or ledger.element(UUID(found[-1])) is None:
        raise WrongStateError(
            _("“%(text)s” is no element: find it by its title, or paste its address.") % {"text": text}
        )
    return str(found[-1])


def _label_shares(values: QueryDict) -> list[Change]:
    """The label's share of everything first, then of the elements that were filled in, one change for each."""
    start = start_in(values)
    return _some(
        LabelShareCorrected(
            party_id=values.get("payee", ""), element_id=element, label_ppm=ppm_of(percent), from_position=start
        )
        for element, percent in _filled(values, "of")
    )


def _filled(values: QueryDict, name: str) -> list[tuple[str, str]]:
    pairs = zip(values.getlist(name), values.getlist("percent"), strict=False)
    return [(one, percent) for one, percent in pairs if percent.strip()]


def _some(changes: Iterable[Change]) -> list[Change]:
    found = list(changes)
    if not found:
        raise WrongStateError(_("Fill in the share that was different."))
    return found


def _decimal(text: str) -> Decimal:
    plain = text.strip().replace("\u2212", "-")
    if re.fullmatch(r"-?\d+,\d{3}", plain):  # one thousand to some, one and a part to others
        raise WrongStateError(
            _("“%(text)s” can be read in two ways: write %(whole)s or %(part)s.")
            % {"text": text, "whole": plain.replace(",", ""), "part": plain.replace(",", ".")}
        )
    try:
        value = Decimal(plain.replace(",", ".") or "0")
    except InvalidOperation as error:
        raise WrongStateError(_("“%(text)s” is no number.") % {"text": text}) from error
    if not value.is_finite() or abs(value) > 10**11:
        raise WrongStateError(_("“%(text)s” is out of range.") % {"text": text})
    return value


def _minor(values: QueryDict, name: str, currency: str) -> int:
    scaled = _decimal(values.get(name, "")) * 10 ** minor_digits(currency)
    if scaled != scaled.to_integral_value():
        raise WrongStateError(_("An amount in %(currency)s has fewer decimals.") % {"currency": currency})
    return int(scaled)


def _line(values: QueryDict) -> Change:
    line_id, currency = values.get("line", ""), values.get("currency", "EUR")
    amounts = {f"{name}_minor": _minor(values, name, currency) for name in ("gross", "tax", "fee")}
    match values.get("what", ""):
        case "remove":
            return LineRemoved(line_id=line_id)
        case "change":
            return LineChanged(line_id=line_id, **amounts)
        case "refund" | "dispute" as kind:
            if amounts["gross_minor"] <= 0:
                raise WrongStateError(_("Say how much went back, above zero."))
            return LineReversed(line_id=line_id, kind=kind, occurred_at=_date(values), **amounts)
        case _:
            raise WrongStateError(_("Say what became of the line."))


def _date(values: QueryDict) -> str:
    date = values.get("date", "")
    if not date:
        raise WrongStateError(_("Say on which day."))
    return date


def _late(values: QueryDict) -> LineAdded:
    currency = values.get("currency", "").strip().upper()
    if _minor(values, "gross", currency) <= 0:
        raise WrongStateError(_("Late revenue is above zero. What was taken back belongs to its sale: choose that."))
    return LineAdded(
        line_id=f"late-{uuid4()}",
        element_id=_element(values.get("element", "").strip()),
        kind="sale",
        currency=currency,
        gross_minor=_minor(values, "gross", currency),
        tax_minor=_minor(values, "tax", currency),
        fee_minor=_minor(values, "fee", currency),
        occurred_at=_date(values),
    )


def _file(name: str, upload: UploadedFile | None) -> FileReplaced:
    if name not in REPLACEABLE or upload is None:
        raise WrongStateError(_("Choose a file."))
    if (upload.size or 0) > UPLOAD_BYTES_MAX:
        raise WrongStateError(_("The file is too large."))
    content = upload.read()
    documents.keep(content, media_type="text/csv")
    return FileReplaced(name=name, content_hash=sha256(content).hexdigest())
