"""Registers the app with Django."""

from django.apps import AppConfig


class LicensingConfig(AppConfig):
    """The licensing part of the site."""

    name = "marketplace.licensing"
