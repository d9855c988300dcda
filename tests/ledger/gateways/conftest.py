from tests.helpers.processor import linked

__all__ = ["linked"]
