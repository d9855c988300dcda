"""Content credentials on pages: of an element, of a file that is being marked, and of anybody's."""
