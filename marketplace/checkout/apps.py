"""Registers the app with Django."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CheckoutConfig(AppConfig):
    """The checkout part of the site."""

    name = "marketplace.checkout"

    def ready(self) -> None:
        """Find what every app does with the payment processor's events."""
        autodiscover_modules("handlers")
