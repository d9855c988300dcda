"""The settlement run: ten steps, currency by currency, the same for a folder and for the site."""

from __future__ import annotations

import dataclasses

import numpy as np

from ledger.domain.errors import LedgerError
from ledger.domain.settlement.allocate import Ints, allocate_ppm
from ledger.domain.settlement.flow import Level, flow, flow_plan, graph_of, levels_of
from ledger.domain.settlement.inputs import SettlementInputs
from ledger.domain.settlement.limits import MICRO_PER_MINOR
from ledger.domain.settlement.net import Net, net_per_element
from ledger.domain.settlement.owners import COMMISSION, Owners, Parts, divide_portions, owners_of, sum_parts
from ledger.domain.settlement.payees import Payees, Statements, concatenated, payees_of, settle_payees
from ledger.domain.settlement.result import Allocations, SettlementResult


class ConservationError(LedgerError):
    """A run lost or made money: a fault of the kernel; its result must not be used."""

    code = "conservation"


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What all currencies share: the graph's levels, the owners, the payees."""

    levels: list[Level]
    owners: Owners
    payees: Payees


def plan_of(inputs: SettlementInputs) -> Plan:
    """Prepare what does not depend on the currency.

    Raises
    ------
    ConservationError
        If the derivations hold a cycle; inputs that were checked never do.
    """
    graph = graph_of(inputs.derivations, len(inputs.elements))
    levels, stuck = levels_of(graph)
    if len(stuck):
        raise ConservationError("the derivations hold a cycle")
    return Plan(flow_plan(graph, levels), owners_of(inputs), payees_of(inputs))


def settle(inputs: SettlementInputs) -> SettlementResult:
    """Run one period's settlement.

    Raises
    ------
    ConservationError
        If the sums do not agree; nothing may be done with such a run.
    """
    plan = plan_of(inputs)
    revenue = inputs.revenue
    net = net_per_element(revenue.element, revenue.currency, revenue.net_minor, len(inputs.elements))
    recouped = np.zeros(len(inputs.advances.party), np.int64)
    allocations: list[tuple[int, Parts]] = []
    statements: list[Statements] = []
    for currency in range(len(inputs.currencies)):
        parts = allocate_currency(inputs, plan, net, currency)
        royalty = np.zeros(len(inputs.parties), np.int64)
        np.add.at(royalty, parts.party, parts.amount_micro)
        allocations.append((currency, parts))
        statements.append(settle_payees(inputs, plan.payees, currency, royalty, recouped))
        _check_conserved(net.minor[net.currency == currency], statements[-1])
    _check_advances(inputs, recouped)
    return SettlementResult(inputs, concatenated(statements), _joined(allocations), recouped)


def allocate_currency(inputs: SettlementInputs, plan: Plan, net: Net, currency: int) -> Parts:
    """Steps 1 to 5 for one currency: who gets what of which element, and on what basis."""
    here = net.currency == currency
    element, net_micro = net.element[here], net.minor[here] * MICRO_PER_MINOR
    commission, pool = allocate_ppm(net_micro, inputs.commission_ppm)
    received = np.zeros(len(inputs.elements), np.int64)
    received[element] = pool
    flow(received, plan.levels)
    platform = Parts(element, np.full(len(element), inputs.platform), np.full(len(element), COMMISSION), commission)
    return sum_parts([platform, *divide_portions(received, plan.owners)], len(inputs.parties))


def _joined(parts: list[tuple[int, Parts]]) -> Allocations:
    none = np.zeros(0, np.int64)

    def column(values: list[Ints]) -> Ints:
        return np.concatenate(values or [none])

    return Allocations(
        column([np.full(len(part.element), currency) for currency, part in parts]),
        column([part.element for _, part in parts]),
        column([part.party for _, part in parts]),
        column([part.basis for _, part in parts]),
        column([part.amount_micro for _, part in parts]),
    )


def _check_conserved(net_minor: Ints, statements: Statements) -> None:
    if int(statements.royalty_micro.sum()) != int(net_minor.sum()) * MICRO_PER_MINOR:
        raise ConservationError("the royalties do not sum to what came in")
    if int(statements.recouped_micro.sum()) != int(statements.recoupment_received_micro.sum()):
        raise ConservationError("what was recouped is not what labels received")


def _check_advances(inputs: SettlementInputs, recouped: Ints) -> None:
    if ((recouped < 0) | (recouped > inputs.advances.unrecouped_micro)).any():
        raise ConservationError("more was recouped than an advance had left")
