"""Registers the app with Django."""

from django.apps import AppConfig


class PacksConfig(AppConfig):
    """The packs of the shop."""

    name = "marketplace.packs"
