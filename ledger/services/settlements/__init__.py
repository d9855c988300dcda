"""The site's settlement: periods, what a run takes, its steps, its payouts."""
