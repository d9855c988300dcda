"""The app that makes music: uploads, elements, previews, generation."""

from django.apps import AppConfig


class ProductionConfig(AppConfig):
    """Elements and what is made of them."""

    name = "production"
    label = "production"
    verbose_name = "Making music"
