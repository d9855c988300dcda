"""Thin doors of production: the upload and job protocol, and bytes."""
