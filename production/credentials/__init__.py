"""Content credentials (C2PA): who signs, what is said of a version, and how the library wants it said.

What touches the bytes of files is `production.parsing.credentials`, in a confined process that never sees the key.
"""
