"""A form about one label that knows how to write itself to the ledger."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from ledger import selectors as ledger
from ledger.domain.errors import AgreementError
from marketplace.labels import amounts, selectors
from marketplace.labels.access import Label

CURRENCIES = [(code, code) for code in ("EUR", "USD", "GBP", "JPY")]
OTHER_NAMES = {
    "label_ppm": "share",
    "element_ids": "elements",
    "element_id": "element",
    "group_id": "group",
    "amount_micro": "amount",
    "reserve_ppm": "reserve",
    "withholding_ppm": "withholding",
    "minimum_payout_minor": "minimum",
    "needs_party_ids": "needs",
    "party_id": "party",
    "party_ids": "parties",
    "escalations": "steps",
    "reserve_releases": "releases",
}
"""Field of a service -> field of a form, where they differ."""


class Paper(forms.Form):
    """A form about one label; `write` puts it into the ledger, refusals stand beside their fields."""

    title: Any = ""
    lead: Any = ""

    def __init__(self, *args: Any, label: Label, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label = label
        artists = selectors.artists(label)
        for name in ("party", "parties", "needs"):
            if name in self.fields:
                self.fields[name].choices = artists  # type: ignore[attr-defined]
        if "group" in self.fields:
            groups = ledger.catalogue_groups(label_id=label.label_id)
            self.fields["group"].choices = [("", "–"), *((str(one.group_id), one.name) for one in groups)]  # type: ignore[attr-defined]

    def write(self, *, actor_id: UUID) -> bool:
        """Try it; False puts the ledger's refusal beside its field."""
        try:
            self._write(actor_id)
        except AgreementError as error:
            name = OTHER_NAMES.get(error.field, error.field)
            words = str(error)
            self.add_error(name if name in self.fields else None, f"{words[:1].upper()}{words[1:]}.")
            return False
        return True

    def _write(self, actor_id: UUID) -> None:
        raise NotImplementedError

    def _read(self, name: str, read: Any, *more: Any) -> Any:
        """A text field as a value; what is wrong with it stands beside it."""
        text = self.cleaned_data.get(name)
        if text in (None, ""):
            return None
        try:
            return read(text, *more)
        except ValidationError as error:
            self.add_error(name, error)
            return None

    def _money(self, name: str) -> int | None:
        currency = self.cleaned_data.get("currency")
        found: int | None = self._read(name, amounts.micro, currency) if currency else None
        return found
