"""Doors to the world outside: foreign calls go out, and foreign errors come in, through here and nowhere else."""
