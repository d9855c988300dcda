"""Registers the app with Django."""

from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    """Commands and template tags of the whole site."""

    name = "marketplace"

    def ready(self) -> None:
        """Whoever asks for a task, in a page or a command, asks through our Celery application, not through a default."""
        import marketplace.config.celery  # noqa: F401
