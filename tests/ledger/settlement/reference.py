"""The rule with pencil and paper: Python's own integers and dictionaries, one line of the rule after the other.

Slow, and written from the rule alone: it shares nothing with the kernel but the row types.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from fractions import Fraction
from math import floor

from ledger.domain.settlement.period import Period

MILLION = 1_000_000


def divide(amount: int, weights: list[int]) -> list[int]:
    if amount < 0:
        return [-part for part in divide(-amount, weights)]
    exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
    parts = [floor(part) for part in exact]
    for place in sorted(range(len(weights)), key=lambda i: (parts[i] - exact[i], i))[: amount - sum(parts)]:
        parts[place] += 1
    return parts


@dataclasses.dataclass
class Outcome:
    statements: list[tuple]
    allocations: list[tuple]
    advances: list[tuple]


def utf8(text: str) -> bytes:
    return text.encode()


def settle(period: Period) -> Outcome:
    allocations: dict[tuple, int] = defaultdict(int)
    currencies = {line.currency for line in period.revenue}
    for currency in currencies:
        allocate_currency(period, currency, allocations)
    royalty: dict[tuple, int] = defaultdict(int)
    for (currency, _, party, _), amount in allocations.items():
        royalty[party, currency] += amount
    recouped, received, advances = recoup(period, royalty)
    statements = []
    balances = {(row.party_id, row.currency): row for row in period.balances}
    keys = {key for key, amount in royalty.items() if amount} | set(balances) | {k for k, v in received.items() if v}
    for key in sorted(keys, key=lambda key: (utf8(key[0]), utf8(key[1]))):
        statements.append(statement(period, key, royalty[key], recouped[key], received[key], balances.get(key)))
    rows = [(*key, amount) for key, amount in allocations.items() if amount]
    return Outcome(statements, sorted(rows, key=lambda row: [utf8(field) for field in row[:4]]), advances)


def allocate_currency(period: Period, currency: str, allocations: dict[tuple, int]) -> None:
    net: dict[str, int] = defaultdict(int)
    for line in period.revenue:
        if line.currency == currency:
            net[line.element_id] += (line.gross_minor - line.tax_minor - line.fee_minor) * MILLION
    received: dict[str, int] = defaultdict(int)
    for element, amount in net.items():
        commission, pool = divide(amount, [period.commission_ppm, MILLION - period.commission_ppm])
        allocations[currency, element, period.platform_party, "commission"] += commission
        received[element] += pool
    parents: dict[str, dict[str, int]] = defaultdict(dict)
    for edge in period.derivations:
        parents[edge.child_id][edge.parent_id] = edge.upstream_ppm
    own = {}
    for element in children_first({row.element_id for row in period.splits} | set(received), parents):
        shares = sorted(parents[element].items(), key=lambda item: utf8(item[0]))
        own[element], *upward = divide(
            received[element], [MILLION - sum(u for _, u in shares), *(u for _, u in shares)]
        )
        for (parent, _), amount in zip(shares, upward, strict=True):
            received[parent] += amount
    for element, amount in own.items():
        divide_own_portion(period, currency, element, amount, allocations)


def children_first(elements: set[str], parents: dict[str, dict[str, int]]) -> list[str]:
    children: dict[str, int] = defaultdict(int)
    for element in elements | set(parents):
        for parent in parents.get(element, {}):
            children[parent] += 1
    everyone = elements | set(children)
    ready = [element for element in everyone if not children[element]]
    order = []
    while ready:
        element = ready.pop()
        order.append(element)
        for parent in parents.get(element, {}):
            children[parent] -= 1
            if not children[parent]:
                ready.append(parent)
    return order


def divide_own_portion(period: Period, currency: str, element: str, amount: int, allocations: dict[tuple, int]) -> None:
    shares: dict[str, int] = defaultdict(int)
    for row in period.splits:
        if row.element_id == element:
            shares[row.party_id] += row.share_ppm
    owners = sorted(shares, key=utf8)
    if not owners:
        assert amount == 0
        return
    for party, part in zip(owners, divide(amount, [shares[party] for party in owners]), strict=True):
        contracts = {row.element_id: row for row in period.contracts if row.party_id == party}
        contract = contracts.get(element) or contracts.get("")
        if contract:
            taken, part = divide(part, [contract.label_ppm, MILLION - contract.label_ppm])
            allocations[currency, element, contract.label_id, "label"] += taken
        allocations[currency, element, party, "split"] += part


def recoup(period: Period, royalty: dict[tuple, int]) -> tuple[dict, dict, list[tuple]]:
    recouped: dict[tuple, int] = defaultdict(int)
    received: dict[tuple, int] = defaultdict(int)
    after = []
    for advance in sorted(period.advances, key=lambda row: utf8(row.advance_id)):
        key = (advance.party_id, advance.currency)
        taken = min(max(royalty[key], 0) - recouped[key], advance.unrecouped_micro)
        recouped[key] += taken
        received[advance.label_id, advance.currency] += taken
        after.append((*advance[:4], advance.unrecouped_micro - taken))
    return recouped, received, after


def statement(period: Period, key: tuple, royalty: int, recouped: int, received: int, balance: tuple | None) -> tuple:
    party, currency = key
    reserve_ppm = next((row.reserve_ppm for row in period.reserves if row.party_id == party), 0)
    held = floor(Fraction(max(royalty - recouped, 0) * reserve_ppm, MILLION))
    opening, released = balance[2:] if balance else (0, 0)
    payable = opening + royalty - recouped + received - held + released
    minimums = {row.party_id: row.min_payout_minor for row in period.minimums if row.currency == currency}
    minimum = minimums.get(party, minimums.get("", 0))
    on_hold = any(row.party_id == party and row.currency in ("", currency) for row in period.holds)
    gross = floor(Fraction(payable, MILLION)) if payable > 0 else 0
    if gross < max(minimum, 1) or on_hold:
        gross = 0
    withholding_ppm = next((row.withholding_ppm for row in period.parties if row.party_id == party), 0)
    withheld = floor(Fraction(gross * withholding_ppm, MILLION))
    amounts = (opening, royalty, recouped, received, held, released, payable, gross, withheld, gross - withheld)
    return (party, currency, *amounts, payable - gross * MILLION)
