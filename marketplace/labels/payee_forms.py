"""How artists of a label are paid, as forms."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from ledger import selectors as ledger
from ledger.services import contracts
from marketplace.labels import amounts, selectors
from marketplace.labels.access import Label
from marketplace.labels.paper import CURRENCIES, Paper


class TermsForm(Paper):
    """How an artist is paid."""

    title = _("How an artist is paid")
    lead = _("The rates hold for every currency from the next run on; reserves held before keep their schedule.")
    party = forms.ChoiceField(label=_("Artist"), widget=forms.HiddenInput)
    reserve = forms.CharField(label=_("Reserve, in percent of royalties"), max_length=12, initial="0")
    releases = forms.CharField(
        label=_("Release of each reserve"),
        required=False,
        max_length=100,
        help_text=_(
            "Weights of the runs that follow, such as 1 1 1 1 for four equal parts. Empty: all with the next run."
        ),
    )
    withholding = forms.CharField(label=_("Withholding for tax, in percent"), max_length=12, initial="0")
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES)
    minimum = forms.CharField(label=_("Least payout"), max_length=20, initial="1.00")

    def __init__(self, *args: Any, label: Label, party_id: UUID, **kwargs: Any) -> None:
        super().__init__(*args, label=label, initial=selectors.terms_as_typed(party_id), **kwargs)
        self.title = _("How %(name)s is paid") % {"name": ledger.names_of([party_id])[party_id]}
        if now := selectors.minimums_in_words(party_id):
            self.fields["minimum"].help_text = _("Of the currency above. Now: %(now)s.") % {"now": now}

    def clean(self) -> dict[str, Any]:
        """Exact rates and amounts."""
        data = super().clean() or {}
        data["reserve_ppm"] = self._read("reserve", amounts.ppm)
        data["withholding_ppm"] = self._read("withholding", amounts.ppm)
        data["reserve_releases"] = self._read("releases", amounts.whole_numbers) or []
        if data.get("currency"):
            data["minimum_payout_minor"] = self._read("minimum", amounts.minor, data["currency"])
        return data

    def _write(self, actor_id: UUID) -> None:
        data = self.cleaned_data
        contracts.set_payee_terms(
            party_id=UUID(data["party"]),
            currency=data["currency"],
            reserve_ppm=data["reserve_ppm"],
            withholding_ppm=data["withholding_ppm"],
            minimum_payout_minor=data["minimum_payout_minor"],
            reserve_releases=data["reserve_releases"],
            actor_id=actor_id,
        )


class ConditionForm(Paper):
    """One is paid only when others are not negative."""

    title = _("New payment condition")
    lead = _("Until it is lifted, a payout waits while somebody else’s balance is negative. The statement says so.")
    party = forms.ChoiceField(label=_("Pay this artist"))
    needs = forms.MultipleChoiceField(label=_("only when these are not negative"), widget=forms.CheckboxSelectMultiple)
    ignoring_advances = forms.BooleanField(
        label=_("Ignore what they still have to repay"),
        required=False,
    )

    def _write(self, actor_id: UUID) -> None:
        data = self.cleaned_data
        contracts.set_condition(
            label_id=self.label.label_id,
            party_id=UUID(data["party"]),
            needs_party_ids=[UUID(one) for one in data["needs"]],
            ignoring_advances=data["ignoring_advances"],
            actor_id=actor_id,
        )
