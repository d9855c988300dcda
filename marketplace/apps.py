"""Registers the app with Django."""

from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    """Commands and template tags of the whole site."""

    name = "marketplace"

    def ready(self) -> None:
        """Pages and commands ask for tasks through our Celery application, not through a default one."""
        import marketplace.config.celery  # noqa: F401
