"""A bank that is not one: for `surplus demo`, and for the years that `tests/simulation` lives."""
