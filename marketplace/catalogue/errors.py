"""What the catalogue refuses."""

from uuid import UUID


class CatalogueError(Exception):
    """Base; the message is fit for the person who asked."""


class NotForSaleError(CatalogueError):
    """The offer is not on sale (any more)."""


class CannotPublishError(CatalogueError):
    """Something is missing before this can be offered."""


class UndeclaredError(CannotPublishError):
    """It holds a passage of another element that it is not declared to be made from."""

    def __init__(self, words: str, *, element_id: UUID) -> None:
        super().__init__(words)
        self.element_id = element_id


class NoRightError(CannotPublishError):
    """What it is made from may not be built on; `url` leads to where the right can be had."""

    def __init__(self, words: str, *, url: str, action: str) -> None:
        super().__init__(words)
        self.url, self.action = url, action
