"""The ledger: accounts, journal, balances and seal. Append-only double entry."""
