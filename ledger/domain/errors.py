"""What the ledger refuses, as a table of contents."""


class LedgerError(Exception):
    """Base of every refusal; `code` is stable and fit for an API."""

    code = "ledger_error"


class MalformedEventError(LedgerError):
    """An event's body does not fit its kind."""

    code = "malformed_event"


class KeyReusedError(LedgerError):
    """An idempotency key came back with another command; nothing was written."""

    code = "key_reused"


class UnbalancedEntryError(LedgerError):
    """Debits and credits of one journal entry differ; nothing was written."""

    code = "unbalanced_entry"


class RightsError(LedgerError):
    """A change of rights would break a rule; nothing was written."""

    code = "rights"


class SharesDoNotSumError(RightsError):
    """Shares of a split, or upstream shares of a derivation, pass or miss 1,000,000 ppm."""

    code = "shares_do_not_sum"


class DerivationCycleError(RightsError):
    """An element would be made, in the end, from itself."""

    code = "derivation_cycle"


class NotAllowedError(LedgerError):
    """The actor may not do this."""

    code = "not_allowed"


class WrongStateError(LedgerError):
    """The thing is not in a state in which this can be done."""

    code = "wrong_state"


class ProofError(LedgerError):
    """A proof does not show what it claims."""

    code = "proof"
