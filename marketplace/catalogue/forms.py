"""Forms of the shop: searching and publishing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from ledger.domain.events import Use
from ledger.services.rights import TermsWanted
from marketplace.catalogue.selectors import ORDERS, Filters
from marketplace.catalogue.services import PRICE_MINOR_MAX, UPSTREAM_PPM_DEFAULT

KINDS = [
    ("wave", _("Loops and recordings")),
    ("midi", _("MIDI parts")),
    ("melody", _("Melodies")),
    ("progression", _("Chord progressions")),
    ("sound", _("Sounds")),
    ("mix_setting", _("Mix settings")),
]
TEMPO_BPM_MAX = 400


class SearchForm(forms.Form):
    """What a buyer may ask for; what makes no sense is left out with a word about it, never an error page."""

    q = forms.CharField(required=False, max_length=200)
    kind = forms.MultipleChoiceField(choices=KINDS, required=False)
    tag = forms.CharField(required=False, max_length=200)
    tempo_min = forms.FloatField(required=False, min_value=0, max_value=TEMPO_BPM_MAX)
    tempo_max = forms.FloatField(required=False, min_value=0, max_value=TEMPO_BPM_MAX)
    key = forms.CharField(required=False, max_length=16)
    licence = forms.ChoiceField(
        required=False,
        choices=[("", ""), ("standard", ""), ("exclusive", ""), ("remix", ""), ("free", "")],
    )
    origin = forms.ChoiceField(required=False, choices=[("", ""), ("human", ""), ("assisted", ""), ("generated", "")])
    order = forms.ChoiceField(required=False, choices=[("", ""), *[(name, name) for name in ORDERS]])

    def filters(self) -> Filters:
        """The filters of all fields that made sense."""
        data: dict[str, Any] = self.cleaned_data if self.is_bound and hasattr(self, "cleaned_data") else {}
        return Filters(
            text=data.get("q", ""),
            kinds=tuple(data.get("kind", ())),
            tags=tuple(tag for tag in data.get("tag", "").split(",") if tag),
            tempo_min_bpm=data.get("tempo_min"),
            tempo_max_bpm=data.get("tempo_max"),
            key=data.get("key", ""),
            licence_kind=data.get("licence", ""),
            origin=data.get("origin", ""),
            order=data.get("order") or "relevance",
        )


class PublishForm(forms.Form):
    """Licences, prices and what derivations send back; the split has its own rows on the page."""

    currency = forms.ChoiceField(label=_("Currency"), choices=[("EUR", "EUR"), ("USD", "USD"), ("GBP", "GBP")])
    standard = forms.DecimalField(
        label=_("Standard licence"), required=False, min_value=0, max_digits=9, decimal_places=2
    )
    exclusive = forms.DecimalField(
        label=_("Exclusive licence"), required=False, min_value=0, max_digits=9, decimal_places=2
    )
    remix = forms.DecimalField(label=_("Remix licence"), required=False, min_value=0, max_digits=9, decimal_places=2)
    free = forms.BooleanField(label=_("Give it away with a free licence"), required=False)
    derive = forms.BooleanField(
        label=_("Others may build new elements from it and sell them"),
        help_text=_("With the remix, exclusive or free licence. The standard licence is for music of their own only."),
        required=False,
        initial=True,
    )
    upstream = forms.DecimalField(
        label=_("Share of a derivation’s income that flows back to you, in percent"),
        help_text=_("Of everything that what is built on it earns, from any level below."),
        min_value=0,
        max_value=90,
        max_digits=6,
        decimal_places=4,
        initial=Decimal(UPSTREAM_PPM_DEFAULT) / 10_000,
    )
    weight = forms.ChoiceField(
        label=_("How that share is found"),
        choices=[
            ("fixed", _("Always this share")),
            ("measured", _("By how much of yours is in it, between a least and a most")),
        ],
        required=False,
        initial="fixed",
    )
    least = forms.DecimalField(
        label=_("Least share if measured, in percent"), required=False, min_value=0, max_value=90, decimal_places=4
    )
    most = forms.DecimalField(
        label=_("Most share if measured, in percent"), required=False, min_value=0, max_value=90, decimal_places=4
    )
    expires_days = forms.IntegerField(
        label=_("Days in which to build on it, counted from the purchase"),
        help_text=_("Empty: without end. What was built by then stays and keeps paying."),
        required=False,
        min_value=1,
        max_value=36_500,
    )
    OFFERS: ClassVar = ("currency", "standard", "exclusive", "remix", "free")
    DERIVING: ClassVar = ("derive", "upstream", "weight", "least", "most", "expires_days")

    def offer_fields(self) -> list[forms.BoundField]:
        """Licences and prices."""
        return [self[name] for name in self.OFFERS]

    def deriving_fields(self) -> list[forms.BoundField]:
        """The terms of building on it."""
        return [self[name] for name in self.DERIVING]

    def deriving(self) -> TermsWanted:
        """The terms of building on it, as the ledger takes them."""
        data = self.cleaned_data
        share, measured = _ppm(data["upstream"]), data.get("weight") == "measured"
        uses: tuple[Use, ...] = ("own_music", "sync")
        return TermsWanted(
            upstream_ppm_min=_ppm(data["least"]) if measured and data.get("least") is not None else share,
            upstream_ppm_max=_ppm(data["most"]) if measured and data.get("most") is not None else share,
            upstream_ppm=share,
            weight="measured" if measured else "fixed",
            allowed_uses=(*uses, "derive", "sell_derivative") if data.get("derive") else uses,
            expires_after_days=data.get("expires_days"),
        )

    def clean(self) -> dict[str, Any]:
        """At least one licence, each with a price that makes sense."""
        data = super().clean() or {}
        prices = [data.get(kind) for kind in ("standard", "exclusive", "remix")]
        if not any(prices) and not data.get("free"):
            raise forms.ValidationError(_("Offer at least one licence: give it a price, or give it away."))
        for kind in ("standard", "exclusive", "remix"):
            price = data.get(kind)
            if price is not None and price * 100 > PRICE_MINOR_MAX:
                self.add_error(kind, _("The price must lie between 0.50 and 10,000.00."))
        self._check_deriving(data)
        return data

    def _check_deriving(self, data: dict[str, Any]) -> None:
        if data.get("remix") and not data.get("derive"):
            self.add_error("remix", _("A remix licence is for building on it: allow that, or leave this price empty."))
        share, least, most = data.get("upstream"), data.get("least"), data.get("most")
        if data.get("weight") != "measured" or share is None:
            return
        if (least is not None and least > share) or (most is not None and most < share):
            self.add_error("upstream", _("This share must lie between the least and the most."))


def _ppm(percent: Decimal) -> int:
    return int(percent * 10_000)
