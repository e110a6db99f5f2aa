"""Clients, participation and exemptions: formats.md §2."""
