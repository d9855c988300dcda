"""What staff say of a report: who sent it, what the bank received, which column means what."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ledger.domain.settlement.currencies import CURRENCIES
from marketplace.reports.reading.amounts import minor_digits
from marketplace.reports.reading.template import (
    DATE_FORMATS,
    DECIMAL_MARKS,
    DELIMITERS,
    FIELDS,
    SIGNS,
    THOUSANDS_MARKS,
    Template,
)

USUAL_CURRENCIES = ("EUR", "USD", "GBP", "JPY", "TWD")
ENCODING_WORDS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1252": "Windows-1252",
}
DELIMITER_WORDS = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("bar")}
THOUSANDS_WORDS = {"": _("nothing"), ",": ",", ".": ".", " ": _("a space"), "'": "’"}
DATE_WORDS = dict(
    zip(
        DATE_FORMATS,
        ("2026-10-31", "31.10.2026", "31/10/2026", "10/31/2026", "20261031", "2026-10", "10/2026", "202610"),
        strict=True,
    )
)
FIELD_WORDS = {
    "our_id": _("Our id"),
    "isrc": "ISRC",
    "iswc": "ISWC",
    "title": _("Title"),
    "artist": _("Artist"),
    "amount": _("Amount, net"),
    "currency": _("Currency"),
    "quantity": _("Units or streams"),
    "date": _("Date or month"),
    "store": _("Shop within the source"),
    "kind": _("Sale or return"),
}


def currency_choices() -> list[tuple[str, str]]:
    """The usual ones first."""
    return [(code, code) for code in (*USUAL_CURRENCIES, *sorted(CURRENCIES - set(USUAL_CURRENCIES)))]


class MoneyForm(forms.Form):
    """What the bank received."""

    control_total = forms.CharField(
        label=_("The bank received"),
        max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=_("The control total: net, as on the bank statement, like 1234.56"),
    )
    currency = forms.ChoiceField(label=_("in"), choices=currency_choices)
    bank_date = forms.DateField(label=_("on"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        """The control total in minor units, exactly."""
        data: dict[str, Any] = super().clean() or {}
        text = str(data.get("control_total", "")).replace(" ", "").replace("\u2212", "-")
        if "," in text and "." not in text:
            text = text.replace(",", ".")
        try:
            minor = Decimal(text).scaleb(minor_digits(str(data.get("currency", "EUR"))))
        except InvalidOperation:
            self.add_error("control_total", _("Write the amount with a point before the decimals, like 1234.56"))
            return data
        if not minor.is_finite() or minor != minor.to_integral_value() or abs(minor) > 10**10:
            self.add_error("control_total", _("The bank does not receive parts of the smallest unit, or that much."))
            return data
        data["control_total_minor"] = int(minor)
        return data


class UploadForm(MoneyForm):
    """A new report."""

    source = forms.CharField(
        label=_("Who sent it"),
        max_length=120,
        widget=forms.TextInput(attrs={"list": "sources", "autocomplete": "off"}),
        help_text=_("A shop or a streaming service. Its columns are remembered."),
    )
    period = forms.CharField(
        label=_("For which period"), max_length=16, help_text=_("2026-10, 2026-Q3, 2026-H2 or 2026")
    )
    file = forms.FileField(
        label=_("The file"), help_text=_("CSV, at most 50 MiB and a million lines"), allow_empty_file=True
    )
    field_order = ("source", "period", "control_total", "currency", "bank_date", "file")


def template_from(data: QueryDict, known: Template) -> Template:
    """The mapping that a form describes; what it does not say stays as it was."""
    columns = {}
    for field in FIELDS:
        chosen = [data.get(f"{name}_{field}", "") for name in ("column", "second")]
        if any(chosen):
            columns[field] = tuple(dict.fromkeys(name for name in chosen if name))
    stores = (line.partition("=") for line in data.get("stores", "").splitlines()[:500])
    return Template(
        columns=columns,
        encoding=_one_of(data.get("encoding"), ENCODING_WORDS, known.encoding),
        delimiter=_one_of(
            {"tab": "\t"}.get(data.get("delimiter", ""), data.get("delimiter")), DELIMITERS, known.delimiter
        ),
        skip_rows=_count(data.get("skip_rows")),
        skip_last=_count(data.get("skip_last")),
        decimal_mark=_one_of(data.get("decimal_mark"), DECIMAL_MARKS, known.decimal_mark),
        thousands_mark=_one_of(data.get("thousands_mark"), THOUSANDS_MARKS, known.thousands_mark),
        date_format=_one_of(data.get("date_format"), DATE_FORMATS, known.date_format),
        constant_currency=_one_of(data.get("constant_currency"), CURRENCIES, ""),
        sign=_one_of(data.get("sign"), SIGNS, known.sign),
        negative_kinds=tuple(part.strip() for part in data.get("negative_kinds", "").split(",") if part.strip()),
        stores={left.strip(): right.strip() for left, mark, right in stores if mark and left.strip() and right.strip()},
    )


def _one_of(value: str | None, allowed: Any, default: str) -> str:
    return value if value is not None and value in allowed else default


def _count(text: str | None) -> int:
    return min(int(text), 1000) if text and text.isascii() and text.isdigit() else 0
