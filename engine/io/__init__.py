"""Bytes to values and back, under the limits of `engine.io.limits`."""
