"""Rows that wait for a person or for a later file, and how they leave."""
