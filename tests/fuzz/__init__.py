"""Broken, hostile and random files of every format, thrown at the readers under the limits of the site."""
