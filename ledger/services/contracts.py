"""What labels and payees agree: each verb checks, writes one event, and leaves the rest to the next run.

Every refusal names the field that is wrong, so that a form can show it there.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from ledger import selectors
from ledger.domain import events
from ledger.domain.errors import AgreementError
from ledger.domain.ids import uuid7
from ledger.domain.settlement.limits import MINOR_MAX
from ledger.services import agreement, documents, log
from ledger.services.append import append

RELEASES_MAX = 24
NAME_LENGTH_MAX = 120
INVOICE_BYTES_MAX = 10_000_000


@transaction.atomic
def sign_contract(
    *,
    label_id: UUID,
    party_id: UUID,
    label_ppm: int,
    actor_id: UUID,
    element_id: UUID | None = None,
    group_id: UUID | None = None,
    escalations: Sequence[events.Escalation] = (),
) -> UUID:
    """A label takes a share of what a party receives from an element, from a group, or (neither) from all.

    The party's earlier contract with this label for the same scope is over.

    Raises
    ------
    AgreementError
        If a rate, a step or a scope is not right, or another label holds a contract for the same scope.
    """
    agreement.check_label(label_id)
    agreement.check_party(party_id, field="party_id")
    if party_id == label_id:
        raise AgreementError("a label has no contract with itself", field="party_id")
    agreement.check_ppm(label_ppm, field="label_ppm")
    agreement.check_escalations(escalations)
    agreement.check_scope(label_id, element_id, group_id)
    log.lock_head()
    for one in selectors.contracts(party_id=party_id, standing=True):
        if (one.element_id, one.group_id) == (element_id, group_id) and one.label_id != label_id:
            raise AgreementError("another label has a contract for the same: it must be ended first", field="party_id")
    contract_id = uuid7()
    fact = events.ContractSigned(
        contract_id=contract_id,
        label_id=label_id,
        party_id=party_id,
        element_id=element_id,
        group_id=group_id,
        label_ppm=label_ppm,
        escalations=tuple(escalations),
    )
    append(fact, actor_id=actor_id, key=f"contract.signed:{contract_id}")
    return contract_id


@transaction.atomic
def end_contract(*, contract_id: UUID, actor_id: UUID) -> None:
    """A contract takes nothing from sales after this; ended before, nothing happens.

    Raises
    ------
    AgreementError
        If there is no such contract.
    """
    log.lock_head()
    found = selectors.contract(contract_id)
    if found is None:
        raise AgreementError("there is no such contract")
    if found.ended_position is None:
        fact = events.ContractEnded(contract_id=contract_id)
        append(fact, actor_id=actor_id, key=f"contract.ended:{contract_id}")


@transaction.atomic
def create_group(*, label_id: UUID, name: str, element_ids: Sequence[UUID], actor_id: UUID) -> UUID:
    """Elements that contracts of a label name as one.

    Raises
    ------
    AgreementError
        If the name is empty, or an element is not known.
    """
    agreement.check_label(label_id)
    if not name.strip() or len(name) > NAME_LENGTH_MAX:
        raise AgreementError(f"a name of 1 to {NAME_LENGTH_MAX} letters is needed", field="name")
    agreement.check_elements(element_ids, field="element_ids")
    group_id = uuid7()
    fact = events.CatalogueGroupCreated(
        group_id=group_id,
        label_id=label_id,
        name_hash=documents.keep(name.strip().encode(), media_type="text/plain"),
        element_ids=tuple(dict.fromkeys(element_ids)),
    )
    append(fact, actor_id=actor_id, key=f"catalogue_group.created:{group_id}")
    return group_id


@transaction.atomic
def change_group(*, group_id: UUID, actor_id: UUID, add: Sequence[UUID] = (), remove: Sequence[UUID] = ()) -> bool:
    """For sales from here on, a group holds more elements, or fewer; False if it held them so before.

    Raises
    ------
    AgreementError
        If the group or an element is not known.
    """
    log.lock_head()
    group = selectors.catalogue_group(group_id)
    if group is None:
        raise AgreementError("there is no such group")
    added = tuple(one for one in dict.fromkeys(add) if one not in group.element_ids)
    removed = tuple(one for one in dict.fromkeys(remove) if one in group.element_ids and one not in add)
    agreement.check_elements(added, field="element_ids")
    if not added and not removed:
        return False
    fact = events.CatalogueGroupChanged(group_id=group_id, added=added, removed=removed)
    append(fact, actor_id=actor_id, key=f"catalogue_group.changed:{group_id}:{uuid7()}")
    return True


@transaction.atomic
def record_advance(*, label_id: UUID, party_id: UUID, currency: str, amount_micro: int, actor_id: UUID) -> UUID:
    """A label paid a party before it was earned, outside the platform; royalties repay it.

    Raises
    ------
    AgreementError
        If a party, the currency or the amount is not right.
    """
    agreement.check_label(label_id)
    agreement.check_party(party_id, field="party_id")
    agreement.check_amount(currency, amount_micro)
    advance_id = uuid7()
    fact = events.AdvancePaid(
        advance_id=advance_id, label_id=label_id, party_id=party_id, currency=currency, amount_micro=amount_micro
    )
    append(fact, actor_id=actor_id, key=f"advance.paid:{advance_id}")
    return advance_id


@transaction.atomic
def record_cost(
    *,
    label_id: UUID,
    currency: str,
    amount_micro: int,
    mode: events.CostMode,
    party_ids: Sequence[UUID],
    actor_id: UUID,
    weights: Sequence[int] = (),
    element_id: UUID | None = None,
    invoice: bytes = b"",
) -> UUID:
    """A cost that royalties repay: in full by each party named, or pro-rated among them. The choice is always said.

    Raises
    ------
    AgreementError
        If a party, the currency, the amount, the weights or the element are not right.
    """
    agreement.check_label(label_id)
    agreement.check_amount(currency, amount_micro)
    agreement.check_bearers(mode, party_ids, weights)
    if element_id is not None:
        agreement.check_elements([element_id], field="element_id")
    if len(invoice) > INVOICE_BYTES_MAX:
        raise AgreementError("the invoice is larger than 10 MB", field="invoice")
    cost_id = uuid7()
    fact = events.CostRecorded(
        cost_id=cost_id,
        label_id=label_id,
        currency=currency,
        amount_micro=amount_micro,
        mode=mode,
        party_ids=tuple(party_ids),
        weights=tuple(weights),
        element_id=element_id,
        invoice_hash=documents.keep(invoice, media_type="application/octet-stream") if invoice else None,
    )
    append(fact, actor_id=actor_id, key=f"cost.recorded:{cost_id}")
    return cost_id


@transaction.atomic
def set_payee_terms(
    *,
    party_id: UUID,
    currency: str,
    reserve_ppm: int,
    withholding_ppm: int,
    minimum_payout_minor: int,
    actor_id: UUID,
    reserve_releases: Sequence[int] = (),
) -> None:
    """How a party is paid from the next run on: the rates in every currency, the least payout in this one.

    Raises
    ------
    AgreementError
        If a rate, the minimum or the release schedule is not right.
    """
    agreement.check_party(party_id, field="party_id")
    agreement.check_currency(currency)
    agreement.check_ppm(reserve_ppm, field="reserve_ppm")
    agreement.check_ppm(withholding_ppm, field="withholding_ppm")
    if not 0 <= minimum_payout_minor <= MINOR_MAX:
        raise AgreementError("the least payout is not below zero", field="minimum_payout_minor")
    if len(reserve_releases) > RELEASES_MAX:
        raise AgreementError(f"a reserve is released in {RELEASES_MAX} runs at most", field="reserve_releases")
    if reserve_releases:
        agreement.check_weights(reserve_releases, field="reserve_releases")
    fact = events.PayeeTermsSet(
        party_id=party_id,
        reserve_ppm=reserve_ppm,
        withholding_ppm=withholding_ppm,
        minimum_payout_minor=minimum_payout_minor,
        currency=currency,
        reserve_releases=tuple(reserve_releases),
    )
    append(fact, actor_id=actor_id, key=f"payee.terms_set:{party_id}:{uuid7()}")


@transaction.atomic
def set_condition(
    *,
    party_id: UUID,
    needs_party_ids: Sequence[UUID],
    ignoring_advances: bool,
    actor_id: UUID,
    label_id: UUID | None = None,
) -> UUID:
    """A party is paid in a currency only while none of the others is negative in it.

    Raises
    ------
    AgreementError
        If a party is not known, or waits for itself or for nobody.
    """
    if label_id is not None:
        agreement.check_label(label_id)
    agreement.check_party(party_id, field="party_id")
    needed = tuple(dict.fromkeys(needs_party_ids))
    if not needed or len(needed) > agreement.PARTIES_MAX:
        raise AgreementError(f"1 to {agreement.PARTIES_MAX} others are needed", field="needs_party_ids")
    if party_id in needed:
        raise AgreementError("nobody waits for themselves", field="needs_party_ids")
    for one in needed:
        agreement.check_party(one, field="needs_party_ids")
    condition_id = uuid7()
    fact = events.PaymentConditionSet(
        condition_id=condition_id,
        label_id=label_id,
        party_id=party_id,
        needs_party_ids=needed,
        ignoring_advances=ignoring_advances,
    )
    append(fact, actor_id=actor_id, key=f"payment_condition.set:{condition_id}")
    return condition_id


@transaction.atomic
def lift_condition(*, condition_id: UUID, actor_id: UUID) -> None:
    """A payment condition stands no more; lifted before, nothing happens.

    Raises
    ------
    AgreementError
        If there is no such condition.
    """
    log.lock_head()
    found = selectors.payment_condition(condition_id)
    if found is None:
        raise AgreementError("there is no such condition")
    if found.standing:
        fact = events.PaymentConditionLifted(condition_id=condition_id)
        append(fact, actor_id=actor_id, key=f"payment_condition.lifted:{condition_id}")
