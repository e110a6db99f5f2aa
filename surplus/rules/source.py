"""Where a figure comes from, for a human reader: formula and article stand beside each rule."""

from __future__ import annotations

from typing import NamedTuple


class Source(NamedTuple):
    """The formula of a figure in both languages, and its law article or published source."""

    article: str
    nl: str
    en: str

    def formula(self, language: str = "nl") -> str:
        """The formula as text.

        >>> Source("Pw art. 19", "B = N − (C − E)", "B = N − (C − E)").formula("en")
        'B = N − (C − E)'
        """
        return self.en if language == "en" else self.nl
