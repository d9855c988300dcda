"""The form of a pack."""

from __future__ import annotations

import re
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.catalogue.models import Entry
from marketplace.packs.services import LICENCES, MEMBERS_MAX, Wanted

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class PackForm(forms.Form):
    """Name, text, licence, one's own elements to tick, others' by their address, and a price for each currency."""

    CURRENCIES: ClassVar = ("EUR", "USD", "GBP")

    title = forms.CharField(label=_("Name"), max_length=200)
    description = forms.CharField(
        label=_("What is in it, and for whom"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    licence_kind = forms.ChoiceField(
        label=_("Licence"),
        choices=[("standard", _("Standard licence")), ("remix", _("Remix licence"))],
        initial="standard",
        help_text=_("The same for every element. Each must be on sale with it."),
    )
    own = forms.MultipleChoiceField(label=_("Your elements"), required=False, widget=forms.CheckboxSelectMultiple)
    others = forms.CharField(
        label=_("Elements of others"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Type a part of a title and choose. Their owners are asked, and each can say no."),
    )
    price_eur = forms.DecimalField(label=_("Price in EUR"), required=False, min_value=0, max_digits=9, decimal_places=2)
    price_usd = forms.DecimalField(label=_("Price in USD"), required=False, min_value=0, max_digits=9, decimal_places=2)
    price_gbp = forms.DecimalField(
        label=_("Price in GBP"),
        required=False,
        min_value=0,
        max_digits=9,
        decimal_places=2,
        help_text=_("Leave a currency empty in which not every element is on sale."),
    )

    def __init__(self, *args: Any, packable: tuple[Entry, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["own"].choices = [(str(one.element_id), one.title) for one in packable]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Two elements at least, and a price."""
        data = super().clean() or {}
        data["element_ids"] = tuple(
            dict.fromkeys([*(UUID(one) for one in data.get("own", ())), *_ids_in(data.get("others", ""))])
        )
        if len(data["element_ids"]) < 2:
            raise forms.ValidationError(_("A pack holds at least two elements."))
        if len(data["element_ids"]) > MEMBERS_MAX:
            raise forms.ValidationError(_("A pack holds at most %(count)d elements.") % {"count": MEMBERS_MAX})
        if not any(data.get(f"price_{currency.lower()}") for currency in self.CURRENCIES):
            raise forms.ValidationError(_("Give the pack a price."))
        return data

    def wanted(self) -> Wanted:
        """The pack that the form asks for."""
        data = self.cleaned_data
        prices = {currency: data.get(f"price_{currency.lower()}") for currency in self.CURRENCIES}
        kind = data["licence_kind"]
        assert kind in LICENCES, kind
        return Wanted(
            title=data["title"],
            description=data["description"],
            licence_kind=kind,
            element_ids=data["element_ids"],
            prices={currency: int(price * 100) for currency, price in prices.items() if price},
        )


def _ids_in(text: str) -> list[UUID]:
    """The element ids in pasted addresses."""
    return [UUID(found) for found in _ID.findall(text)]
