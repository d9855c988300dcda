"""What the ledger refuses, as a table of contents."""

from __future__ import annotations

from uuid import UUID


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


class NoRightToDeriveError(RightsError):
    """Nothing the author holds allows deriving from an element.

    `missing` is "none" (no licence), "use" (none that allows it) or "expired" (its time to derive is over).
    """

    code = "no_right_to_derive"

    def __init__(self, element_id: UUID, missing: str) -> None:
        words = {
            "none": "you hold no licence for it",
            "use": "no licence that you hold for it allows deriving",
            "expired": "your licence's time to derive is over",
        }
        super().__init__(f"you may not build on element {element_id}: {words[missing]}")
        self.element_id, self.missing = element_id, missing


class ShareOutsideTermsError(RightsError):
    """An upstream share is less or more than the terms of the licence say."""

    code = "share_outside_terms"

    def __init__(self, element_id: UUID, *, upstream_ppm: int, least: int, most: int) -> None:
        super().__init__(
            f"{upstream_ppm:,} ppm to element {element_id}: the licence's terms ask at least {least:,} and at most "
            f"{most:,} ppm"
        )
        self.element_id, self.upstream_ppm, self.least, self.most = element_id, upstream_ppm, least, most


class BadTermsError(RightsError):
    """Derivation terms contradict themselves."""

    code = "bad_terms"


class AgreementError(LedgerError):
    """A contract, an advance, a cost, terms or a condition is not right; `field` is what is wrong in it."""

    code = "agreement"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class NotAllowedError(LedgerError):
    """The actor may not do this."""

    code = "not_allowed"


class WrongStateError(LedgerError):
    """The thing is not in a state in which this can be done."""

    code = "wrong_state"


class IdentifierError(LedgerError):
    """An ISRC, ISWC, ISNI or IPI is malformed, mistyped, or names something else already."""

    code = "identifier"


class ProofError(LedgerError):
    """A proof does not show what it claims."""

    code = "proof"
