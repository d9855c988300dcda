"""The app's name for Django."""

from django.apps import AppConfig


class LabelsConfig(AppConfig):
    """Pages for platform staff and for a label's own people; what they keep is in the ledger."""

    name = "marketplace.labels"
    label = "labels"
