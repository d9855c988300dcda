"""Statements as people read them: one view, three forms of it (page, PDF, CSV), and the proof of the files."""
