"""A file before its content means anything: folders, limits, bytes, columns of text."""
