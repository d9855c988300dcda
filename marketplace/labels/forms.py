"""The papers of a label as forms: each knows how to write itself to the ledger."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ledger import selectors as ledger
from ledger.domain.events import Escalation
from ledger.services import contracts
from marketplace.labels import amounts, selectors
from marketplace.labels.access import Label
from marketplace.labels.paper import CURRENCIES, Paper
from marketplace.labels.payee_forms import ConditionForm, TermsForm


class ContractForm(Paper):
    """A label's share of what an artist earns."""

    title = _("New contract")
    lead = _(
        "From now on the label takes a share of what the artist earns. Sales before this stay as they were shared."
    )
    email = forms.EmailField(
        label=_("The artist’s e-mail"), help_text=_("As in their account. Somebody without one is invited by a split.")
    )
    share = forms.CharField(label=_("The label’s share, in percent"), max_length=12)
    group = forms.ChoiceField(label=_("Only for this group"), required=False)
    element = forms.CharField(
        label=_("Only for this element"),
        required=False,
        max_length=200,
        help_text=_("The address of its page, or its id."),
    )
    steps = forms.CharField(
        label=_("Steps"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "One a line, such as: 1000 25 (from 1000 units sold, 25 percent). The sale that reaches a step is still "
            "shared at the rate before it; a refund does not move it back."
        ),
    )

    def clean(self) -> dict[str, Any]:
        """Texts become exact values."""
        data = super().clean() or {}
        data["label_ppm"] = self._read("share", amounts.ppm)
        data["element_id"] = self._read("element", selectors.element_id_in)
        data["escalations"] = self._read("steps", _steps) or ()
        party = ledger.party_by_email(data["email"]) if data.get("email") else None
        if data.get("email") and party is None:
            self.add_error("email", _("Nobody has an account with this address."))
        data["party_id"] = party.party_id if party else None
        return data

    def _write(self, actor_id: UUID) -> None:
        data = self.cleaned_data
        contracts.sign_contract(
            label_id=self.label.label_id,
            party_id=data["party_id"],
            label_ppm=data["label_ppm"],
            element_id=data["element_id"],
            group_id=UUID(data["group"]) if data["group"] else None,
            escalations=data["escalations"],
            actor_id=actor_id,
        )


def _steps(text: str) -> tuple[Escalation, ...]:
    steps = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        units, _space, share = line.partition(" ")
        if not units.isdecimal() or not share:
            raise ValidationError(_("Write one step a line: units, a space, percent."))
        steps.append(Escalation(units_from=int(units), label_ppm=amounts.ppm(share)))
    return tuple(steps)


class GroupForm(Paper):
    """Elements that contracts name as one."""

    title = _("New catalogue group")
    lead = _(
        "A contract with the group’s name holds for all that is in it. What joins later counts from its next sale on."
    )
    name = forms.CharField(label=_("Name"), max_length=contracts.NAME_LENGTH_MAX)
    elements = forms.MultipleChoiceField(
        label=_("Elements"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Of the artists under contract."),
    )

    def __init__(self, *args: Any, label: Label, group: ledger.CatalogueGroup | None = None, **kwargs: Any) -> None:
        super().__init__(*args, label=label, **kwargs)
        self.group = group
        self.fields["elements"].choices = selectors.elements_of_artists(label, group)  # type: ignore[attr-defined]
        if group is not None:
            del self.fields["name"]

    def _write(self, actor_id: UUID) -> None:
        chosen = [UUID(one) for one in self.cleaned_data["elements"]]
        if self.group is None:
            contracts.create_group(
                label_id=self.label.label_id, name=self.cleaned_data["name"], element_ids=chosen, actor_id=actor_id
            )
            return
        gone = [one for one in self.group.element_ids if one not in chosen]
        contracts.change_group(group_id=self.group.group_id, add=chosen, remove=gone, actor_id=actor_id)


class AdvanceForm(Paper):
    """Money before it is earned."""

    title = _("New advance")
    lead = _(
        "What the label paid the artist outside this site. Royalties repay it, oldest first, before anything is paid."
    )
    party = forms.ChoiceField(label=_("Artist"))
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES)
    amount = forms.CharField(label=_("Amount"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"}))

    def clean(self) -> dict[str, Any]:
        """The amount in the currency's own units."""
        data = super().clean() or {}
        data["amount_micro"] = self._money("amount")
        return data

    def _write(self, actor_id: UUID) -> None:
        data = self.cleaned_data
        contracts.record_advance(
            label_id=self.label.label_id,
            party_id=UUID(data["party"]),
            currency=data["currency"],
            amount_micro=data["amount_micro"],
            actor_id=actor_id,
        )


class CostForm(Paper):
    """What the label paid and royalties repay."""

    title = _("New cost")
    lead = _(
        "It is repaid out of royalties, as an advance is. Say whether each artist owes all of it, or they share it."
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES)
    amount = forms.CharField(label=_("Amount"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    mode = forms.ChoiceField(
        label=_("Who owes it"),
        widget=forms.RadioSelect,
        choices=[
            ("pro_rated", _("Shared: the artists together owe it once")),
            ("full", _("In full: each artist owes all of it")),
        ],
    )
    parties = forms.MultipleChoiceField(label=_("Artists"), widget=forms.CheckboxSelectMultiple)
    weights = forms.CharField(
        label=_("Weights of a shared cost"),
        required=False,
        max_length=200,
        help_text=_("Whole numbers in the artists’ order above, such as 2 1. Empty: equal parts."),
    )
    element = forms.CharField(
        label=_("Spent on this element"),
        required=False,
        max_length=200,
        help_text=_("The address of its page, or its id."),
    )
    invoice = forms.FileField(
        label=_("Invoice"), required=False, help_text=_("Kept with the fact, which is bound to it by its hash.")
    )

    def clean(self) -> dict[str, Any]:
        """The amount in the currency's own units."""
        data = super().clean() or {}
        data["amount_micro"] = self._money("amount")
        data["element_id"] = self._read("element", selectors.element_id_in)
        data["weight_numbers"] = self._read("weights", amounts.whole_numbers) or []
        return data

    def _write(self, actor_id: UUID) -> None:
        data = self.cleaned_data
        contracts.record_cost(
            label_id=self.label.label_id,
            currency=data["currency"],
            amount_micro=data["amount_micro"],
            mode=data["mode"],
            party_ids=[UUID(one) for one in data["parties"]],
            weights=data["weight_numbers"],
            element_id=data["element_id"],
            invoice=data["invoice"].read() if data["invoice"] else b"",
            actor_id=actor_id,
        )


PAPERS: dict[str, type[Paper]] = {
    "contract": ContractForm,
    "group": GroupForm,
    "advance": AdvanceForm,
    "cost": CostForm,
    "terms": TermsForm,
    "condition": ConditionForm,
}


class MemberForm(forms.Form):
    """Who works for which label."""

    email = forms.EmailField(label=_("E-mail of their account"))
    label = forms.ChoiceField(label=_("Label"), required=False)
    new_label = forms.CharField(label=_("or open a new label of this name"), required=False, max_length=80)

    def __init__(self, *args: Any, labels: list[Label], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["label"].choices = [("", "–"), *((str(one.label_id), one.name) for one in labels)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One label: one that is there, or a new one."""
        data = super().clean() or {}
        if bool(data.get("label")) == bool(data.get("new_label")):
            self.add_error("label", _("Choose a label, or name a new one."))
        return data
