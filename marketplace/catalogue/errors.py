"""What the catalogue refuses."""


class CatalogueError(Exception):
    """Base; the message is fit for the person who asked."""


class NotForSaleError(CatalogueError):
    """The offer is not on sale (any more)."""


class CannotPublishError(CatalogueError):
    """Something is missing before this can be offered."""


class NoRightError(CannotPublishError):
    """What it is made from may not be built on; `url` leads to where the right can be had."""

    def __init__(self, words: str, *, url: str, action: str) -> None:
        super().__init__(words)
        self.url, self.action = url, action
