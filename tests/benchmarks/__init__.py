"""Measurements, apart from the tests: each compares ratios in one run and prints what it saw."""
