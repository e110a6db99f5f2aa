"""A bank and a year of a municipality, by seed: every fault that money meets on its way."""
