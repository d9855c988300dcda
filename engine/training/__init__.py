"""Seeded loaders, losses and loops. Nothing here is needed to use the weights that came of it."""
