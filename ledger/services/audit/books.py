"""Whether the statements and the journal tell every payee the same.

For each party and currency: what stands on its payable and escrow accounts is what its newest statement carried over,
the adjustments that no statement has taken up yet, and the payouts that are still owed.
"""

from __future__ import annotations

from django.db import connection

from ledger.services.audit.errors import AuditError

BOOKS_SQL = """
    with accounts as (
        select split_part(account, ':', 2)::uuid as party_id, currency, -sum(amount_micro) as micro,
               max(position) as position
          from ledger_balance where split_part(account, ':', 1) in ('payable', 'escrow') group by 1, 2
    ), newest as (
        select distinct on (s.party_id, s.currency) s.party_id, s.currency, s.carried_micro as micro, s.position,
               coalesce(r.cutoff_position, -1) as cutoff
          from ledger_statement s left join ledger_settlement_run r using (run_id)
         order by s.party_id, s.currency, s.position desc
    ), told as (
        select party_id, currency, micro, position from newest
        union all
        select a.party_id, a.currency, a.amount_micro, a.position
          from ledger_balance_adjustment a left join newest n using (party_id, currency)
         where n.cutoff is null or a.position > n.cutoff
        union all
        select party_id, currency, gross_minor * 1000000, changed_position from ledger_payout where state <> 'paid'
    ), sums as (
        select party_id, currency, sum(micro) as micro, max(position) as position from told group by 1, 2
    )
    select coalesce(a.position, s.position), party_id, currency, coalesce(a.micro, 0), coalesce(s.micro, 0)
      from accounts a full join sums s using (party_id, currency)
     where coalesce(a.micro, 0) <> coalesce(s.micro, 0)
     order by 1 limit 1
"""


def check_books() -> None:
    """Raise AuditError at the payee whose statements and accounts differ; nothing if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(BOOKS_SQL)
        row = cursor.fetchone()
    if row is not None:
        position, party_id, currency, posted, stated = row
        told = f"{party_id} is owed {posted} micro {currency} by the journal, {stated} by its statements"
        raise AuditError(position, told)
