"""Invoices: what one period of a subscription costs, and whether it was paid."""

from __future__ import annotations

from marketplace.checkout.sandbox.events import emit
from marketplace.checkout.sandbox.store import Object, Store


def new_invoice(store: Store, subscription: Object, intent: Object | None, *, reason: str) -> Object:
    """The invoice of the period that `intent` pays (None: of a trial, which costs nothing), still open."""
    invoice_id, now = store.new_id("in"), store.now()
    items, amount = subscription["items"]["data"], intent["amount"] if intent else 0
    parent = {
        "quote_details": None,
        "subscription_details": {"metadata": subscription["metadata"], "subscription": subscription["id"]},
        "type": "subscription_details",
    }
    payment: Object | None = intent and {
        "id": store.new_id("inpay"),
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": amount,
        "created": now,
        "currency": intent["currency"],
        "invoice": invoice_id,
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }
    return {
        "id": invoice_id,
        "object": "invoice",
        "account_country": "US",
        "account_name": "Ledgerline sandbox",
        "account_tax_ids": None,
        "amount_due": amount,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": amount,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 1,
        "attempted": True,
        "auto_advance": False,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": now,
        "currency": subscription["currency"],
        "customer": subscription["customer"],
        "customer_email": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "issuer": {"type": "self"},
        "latest_revision": None,
        "lines": {
            "object": "list",
            "data": [_line(store, invoice_id, subscription["id"], item, free=intent is None) for item in items],
            "has_more": False,
            "url": f"/v1/invoices/{invoice_id}/lines",
        },
        "livemode": False,
        "metadata": {},
        "number": None,
        "on_behalf_of": None,
        "parent": parent,
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": now,
        "period_start": now,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": "open",
        "status_transitions": {
            "finalized_at": now,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "subtotal": amount,
        "test_clock": None,
        "total": amount,
        "_subscription": subscription["id"],
        "_payments": {
            "object": "list",
            "data": [payment] if payment else [],
            "has_more": False,
            "url": f"/v1/invoice_payments?invoice={invoice_id}",
        },
    }


def _line(store: Store, invoice_id: str, subscription_id: str, item: Object, *, free: bool = False) -> Object:
    amount = 0 if free else item["price"]["unit_amount"] * item["quantity"]
    return {
        "id": store.new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": item["price"]["currency"],
        "description": None,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice_id,
        "livemode": False,
        "metadata": {},
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": False,
                "proration_details": None,
                "subscription": subscription_id,
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        },
        "period": {"end": item["current_period_end"], "start": item["current_period_start"]},
        "pricing": {"type": "price_details", "unit_amount_decimal": item["price"]["unit_amount_decimal"]},
        "quantity": item["quantity"],
        "subtotal": amount,
    }


def settle(store: Store, invoice: Object, intent: Object | None) -> None:
    """Write down and tell whether the period was paid; an invoice of nothing is."""
    now = store.now()
    if intent is None or intent["status"] == "succeeded":
        invoice.update(status="paid", amount_paid=invoice["total"], amount_remaining=0)
        invoice["status_transitions"]["paid_at"] = now
        for payment in invoice["_payments"]["data"]:
            payment.update(status="paid", amount_paid=invoice["total"])
            payment["status_transitions"]["paid_at"] = now
    store.put(invoice)
    if invoice["status"] == "paid":
        emit(store, "invoice.paid", invoice)
        emit(store, "invoice.payment_succeeded", invoice)
    else:
        emit(store, "invoice.payment_failed", invoice)
