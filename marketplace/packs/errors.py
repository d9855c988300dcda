"""What packs refuse; every message is fit for the person who asked."""

from marketplace.catalogue.errors import CatalogueError


class PackError(CatalogueError):
    """Base of all refusals."""


class CannotPackError(PackError):
    """These elements cannot be sold together so."""


class NotYoursError(PackError):
    """Nothing of the pack is this party's."""
