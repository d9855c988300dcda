"""What can be called: thin doors from Stripe's v1 paths to what the sandbox does. Importing them fills the table."""

from marketplace.checkout.sandbox.api import billing, checkout, connect, money, returns, webhooks

__all__ = ["billing", "checkout", "connect", "money", "returns", "webhooks"]
