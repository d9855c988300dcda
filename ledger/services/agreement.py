"""What every paper of a label must be before it is written; a refusal names the field that is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ledger import selectors
from ledger.domain import events
from ledger.domain.errors import AgreementError
from ledger.domain.settlement.currencies import CURRENCIES
from ledger.domain.settlement.limits import MICRO_MAX, PPM

ESCALATIONS_MAX = 10
PARTIES_MAX = 100
GROUP_ELEMENTS_MAX = 10_000
UNITS_MAX = 10**9
WEIGHT_MAX = 1_000_000


def check_label(label_id: UUID) -> None:
    """The label is somebody."""
    if selectors.party(label_id) is None:
        raise AgreementError("the label is not known", field="label_id")


def check_party(party_id: UUID, *, field: str) -> None:
    """The party is somebody."""
    if selectors.party(party_id) is None:
        raise AgreementError("nobody of that id is known", field=field)


def check_elements(element_ids: Sequence[UUID], *, field: str) -> None:
    """Not too many, and each of them is there."""
    if len(element_ids) > GROUP_ELEMENTS_MAX:
        raise AgreementError(f"{GROUP_ELEMENTS_MAX} elements at most", field=field)
    known = selectors.elements(element_ids)
    if missing := [one for one in element_ids if one not in known]:
        raise AgreementError(f"there is no element {missing[0]}", field=field)


def check_scope(label_id: UUID, element_id: UUID | None, group_id: UUID | None) -> None:
    """One element, or one group of this very label, or neither: then everything."""
    if element_id is not None and group_id is not None:
        raise AgreementError("a contract names an element or a group, not both", field="group_id")
    if element_id is not None:
        check_elements([element_id], field="element_id")
    if group_id is not None:
        group = selectors.catalogue_group(group_id)
        if group is None or group.label_id != label_id:
            raise AgreementError("the label has no such group", field="group_id")


def check_ppm(ppm: int, *, field: str) -> None:
    """A share lies between nothing and all."""
    if not 0 <= ppm <= PPM:
        raise AgreementError("a share lies between 0 and 100 %", field=field)


def check_escalations(escalations: Sequence[events.Escalation]) -> None:
    """Steps rise, and each gives a share."""
    if len(escalations) > ESCALATIONS_MAX:
        raise AgreementError(f"{ESCALATIONS_MAX} steps at most", field="escalations")
    last = 0
    for step in escalations:
        if not last < step.units_from <= UNITS_MAX:
            raise AgreementError(
                "steps begin at one unit or more, each at more than the one before", field="escalations"
            )
        check_ppm(step.label_ppm, field="escalations")
        last = step.units_from


def check_currency(currency: str) -> None:
    """A currency that amounts can be in."""
    if currency not in CURRENCIES:
        raise AgreementError("this is no currency code of ISO 4217", field="currency")


def check_amount(currency: str, amount_micro: int) -> None:
    """Above zero, and not out of all measure."""
    check_currency(currency)
    if amount_micro <= 0:
        raise AgreementError("an amount above zero is needed", field="amount_micro")
    if amount_micro > MICRO_MAX:
        raise AgreementError("this is more than one amount can be", field="amount_micro")


def check_bearers(mode: str, party_ids: Sequence[UUID], weights: Sequence[int]) -> None:
    """Who bears a cost, in full or by weight."""
    if mode not in ("full", "pro_rated"):
        raise AgreementError("say whether each owes it in full, or all of them share it", field="mode")
    if not 0 < len(party_ids) <= PARTIES_MAX or len(set(party_ids)) < len(party_ids):
        raise AgreementError(f"1 to {PARTIES_MAX} different parties are needed", field="party_ids")
    for party_id in party_ids:
        check_party(party_id, field="party_ids")
    if weights:
        if mode == "full":
            raise AgreementError("who owes all of it has no weight", field="weights")
        if len(weights) != len(party_ids):
            raise AgreementError("one weight for each party is needed", field="weights")
        check_weights(weights, field="weights")


def check_weights(weights: Sequence[int], *, field: str) -> None:
    """Whole weights, not all of them nothing."""
    if any(not 0 <= weight <= WEIGHT_MAX for weight in weights) or not sum(weights):
        raise AgreementError(f"weights are whole numbers from 0 to {WEIGHT_MAX}, and not all of them 0", field=field)
