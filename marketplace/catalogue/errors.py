"""What the catalogue refuses."""


class CatalogueError(Exception):
    """Base; the message is fit for the person who asked."""


class NotForSaleError(CatalogueError):
    """The offer is not on sale (any more)."""


class CannotPublishError(CatalogueError):
    """Something is missing before this can be offered."""
