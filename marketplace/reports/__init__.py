"""What others sold for us: their reports are read, checked, matched and booked against what the bank received."""
