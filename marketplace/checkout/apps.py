"""Registers the app with Django."""

from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    """The checkout part of the site."""

    name = "marketplace.checkout"
