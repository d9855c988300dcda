"""Refusals, in the form in which Stripe's clients read them."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):  # noqa: N818 - it is the processor's answer, not a fault of ours
    """An error body with its HTTP status.

    `kept` says whether the idempotency layer stores it: what ran and failed is answered the same way for ever, what was
    wrong on arrival is not remembered.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        kept: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kept = kept
        named = {"code": code, "param": param, **more}
        self.body: dict[str, Any] = {
            "error": {"type": kind, "message": message, **{k: v for k, v in named.items() if v is not None}}
        }


def missing(kind: str, object_id: str, param: str = "id") -> Refusal:
    """Nothing has this id."""
    return Refusal(f"No such {kind}: '{object_id}'", status=404, code="resource_missing", param=param)


def invalid(message: str, param: str, *, code: str | None = None) -> Refusal:
    """A parameter does not say what it must."""
    return Refusal(message, param=param, code=code)


def declined(message: str, *, decline_code: str, code: str = "card_declined", **more: Any) -> Refusal:
    """The card's bank said no."""
    return Refusal(message, status=402, kind="card_error", code=code, decline_code=decline_code, kept=True, **more)
