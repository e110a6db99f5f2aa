"""Surplus: one fixed amount on one fixed date for people who work beside social assistance."""

__version__ = "0.1.0"
