"""The flat income delivery (doorlevering), also in a supplier's layout: formats.md §1b."""
