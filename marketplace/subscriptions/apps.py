"""Registers the app with Django."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    """The subscriptions part of the site."""

    name = "marketplace.subscriptions"
