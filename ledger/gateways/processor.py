"""The line to the payment processor: which server, with which key, and what its errors mean.

With a real key the calls go to Stripe and nowhere else. Without one they go to the sandbox on this machine, with the
key that the sandbox made for itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import stripe
from django.conf import settings

from ledger.gateways import errors

SANDBOX_KEY_PREFIX = "sk_test_sandbox_"
REAL_API_BASE = "https://api.stripe.com"
TIMEOUT_S = (5.0, 20.0)
"""To connect, and to wait for an answer."""
RETRIES_MAX = 2
"""Beyond the first try, by the client itself, always under the same idempotency key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Where to call, and whom to believe."""

    api_base: str
    secret_key: str
    webhook_secrets: tuple[str, ...]

    @property
    def sandbox(self) -> bool:
        """True where no real money moves."""
        return self.secret_key.startswith(SANDBOX_KEY_PREFIX)


def credentials() -> Credentials:
    """The real processor's where a real key is set, else the sandbox's.

    Raises
    ------
    NotConfiguredError
        If there is neither a key nor a sandbox that made one.
    """
    key: str = settings.STRIPE_SECRET_KEY
    if key and not key.startswith(SANDBOX_KEY_PREFIX):
        secrets = tuple(secret for secret in settings.STRIPE_WEBHOOK_SECRET.split(",") if secret)
        base = settings.STRIPE_API_BASE or REAL_API_BASE
        return Credentials(api_base=base, secret_key=key, webhook_secrets=secrets)
    try:
        made = json.loads(Path(settings.STRIPE_SANDBOX_KEY_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise errors.NotConfiguredError("no Stripe key is set, and the sandbox was never started") from error
    return Credentials(
        api_base=settings.SANDBOX_URL, secret_key=made["secret_key"], webhook_secrets=(made["webhook_secret"],)
    )


def client() -> stripe.StripeClient:
    """A client for the processor in use; connections are kept for each thread."""
    found = credentials()
    return _client(found.api_base, found.secret_key)


@lru_cache(maxsize=4)
def _client(api_base: str, secret_key: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        secret_key,
        base_addresses={"api": api_base},
        max_network_retries=RETRIES_MAX,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_S),
    )


def request_key(ledger_id: UUID, purpose: str, attempt: int = 1) -> str:
    """The idempotency key of one intent of ours: the same intent always asks under the same key."""
    return hashlib.sha256(f"{ledger_id}:{purpose}:{attempt}".encode()).hexdigest()


def plain(metadata: Any) -> dict[str, str]:
    """The processor's metadata as a dictionary of ours."""
    return {} if metadata is None else {str(name): str(value) for name, value in metadata.to_dict().items()}


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn the processor's errors into ours, here and nowhere else."""
    try:
        yield
    except stripe.StripeError as error:
        raise _ours(error) from error


_BY_CODE: dict[str, type[errors.GatewayError]] = {
    "balance_insufficient": errors.InsufficientFundsError,
    "insufficient_funds": errors.InsufficientFundsError,
    "insufficient_capabilities_for_transfer": errors.PayeeNotReadyError,
    "account_invalid": errors.NotFoundError,
    "resource_missing": errors.NotFoundError,
}


def _ours(error: stripe.StripeError) -> errors.GatewayError:
    words = error.user_message or str(error)
    code = error.code or (error.error.code if error.error is not None else None) or ""
    match error:
        case stripe.CardError():
            return errors.DeclinedError(words)
        case stripe.IdempotencyError():
            return errors.KeyConflictError(words)
        case stripe.RateLimitError():
            return errors.TryLaterError(words)
        case stripe.InvalidRequestError() | stripe.PermissionError() if code in _BY_CODE:
            return _BY_CODE[code](words)
        case stripe.InvalidRequestError():
            return errors.RefusedError(words, reason=code)
        case stripe.AuthenticationError() | stripe.PermissionError():
            return errors.NotConfiguredError(words)
    # No connection, a broken one, a key that is in use, a 5xx, or something new: it may have been carried out.
    return errors.OutcomeUnknownError(words)
