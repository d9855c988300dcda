"""What creating needs of the till: licences are bought through the sandbox."""

from tests.marketplace.checkout.conftest import linked, sandbox

__all__ = ["linked", "sandbox"]
