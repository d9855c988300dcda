"""A payment processor of our own, for a machine without a Stripe account: no real money, no Django, its own process.

It speaks the part of Stripe's v1 API that the site calls, over plain HTTP on the loopback address, and keeps its state
in one SQLite file, so that a killed sandbox comes back where it was. `control` makes it fail as a real one does.

Source: docs.stripe.com/api (API version 2026-10-28); the shapes are checked against Stripe's published fixtures (MIT).
"""
