"""Registers the app with Django."""

from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    """The dashboards part of the site."""

    name = "marketplace.dashboards"
