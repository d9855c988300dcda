"""The verbs of production: upload, import, make, derive, generate."""
