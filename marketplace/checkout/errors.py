"""What checkout refuses; every message is fit for the buyer."""


class CheckoutError(Exception):
    """Base of all refusals."""


class EmptyCartError(CheckoutError):
    """There is nothing to buy."""


class OfferGoneError(CheckoutError):
    """An offer went off sale, or someone else is at checkout with an exclusive one."""


class AlreadyLicensedError(CheckoutError):
    """The buyer holds this very licence, or made the element."""


class OrderStateError(CheckoutError):
    """The order is not in a state in which this can be done."""
