"""Packs: elements sold together, of one seller or of several who agreed; at checkout each element is a line."""
