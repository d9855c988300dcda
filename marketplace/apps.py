"""Registers the app with Django."""

from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    """Commands and template tags of the whole site."""

    name = "marketplace"
