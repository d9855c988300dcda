"""How much of a piece was heard before: the longest passages it shares, note for note, with music that is known."""
