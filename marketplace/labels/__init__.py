"""Labels: what they agreed with whom, what they paid in advance, and their own part of every run."""
