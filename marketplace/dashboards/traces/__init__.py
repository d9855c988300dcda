"""Traces in words: a line of a statement, a statement's figures, a purchase."""
