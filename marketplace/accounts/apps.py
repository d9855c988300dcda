"""Registers the app with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The accounts part of the site."""

    name = "marketplace.accounts"
