"""What a call to the payment processor can come to, beside success."""

from __future__ import annotations

from ledger.domain.errors import LedgerError


class GatewayError(LedgerError):
    """Base of all; `code` is stable and fit for an event."""

    code = "processor_error"


class OutcomeUnknownError(GatewayError):
    """No answer, or one that does not say: it may have happened. Ask again under the same key, or look for it."""

    code = "outcome_unknown"


class TryLaterError(GatewayError):
    """The processor is busy; nothing was done."""

    code = "try_later"


class DeclinedError(GatewayError):
    """The card's bank said no."""

    code = "declined"


class InsufficientFundsError(GatewayError):
    """The balance does not hold that much yet; nothing was done."""

    code = "insufficient_funds"


class PayeeNotReadyError(GatewayError):
    """The connected account cannot receive transfers now; nothing was done."""

    code = "payee_not_ready"


class NotFoundError(GatewayError):
    """The processor knows no such thing."""

    code = "not_found"


class RefusedError(GatewayError):
    """The processor does not do this, now or ever; nothing was done. `reason` is its own code, where it gave one."""

    code = "refused"

    def __init__(self, message: str, *, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class KeyConflictError(GatewayError):
    """An idempotency key came back with other parameters: a fault of ours, and nothing was done."""

    code = "key_conflict"


class NotConfiguredError(GatewayError):
    """There is no key, or the processor does not accept it."""

    code = "not_configured"
