"""Registers the app with Django."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """The part of the site that reads other people's sales reports."""

    name = "marketplace.reports"
