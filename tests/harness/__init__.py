"""Programs that attack the ledger and say what they found; small doses of each run with the tests."""
