"""Ordinary settlement of income (gewone verrekening), to lay beside Surplus (domain.md §4).

Norm, income, exemption and benefit are the same in all four variants; only *when* money reaches
the client differs. `on_the_month`, `afterwards` and `estimate` say what the client would have
had, `surplus` what really was or will be paid, `measures` how even and how punctual each is.
`course` holds what they share: the months of n clients side by side, and setting off.

Nothing here settles anything: no figure of the books depends on these files.

The variants are those of the Divosa workbook on settling part-time income (2019), section 4.3.
"""
