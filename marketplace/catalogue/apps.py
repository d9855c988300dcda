"""Registers the app with Django."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """The catalogue part of the site."""

    name = "marketplace.catalogue"
