"""Statements for tests from a few words: our account, our usual employer, a day in March."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from jobs.simulated import paper
from jobs.simulated.paper import balance, document, euros, signed

__all__ = ["Entry", "Statement", "balance", "document", "euros", "signed", "wage"]

OURS = "NL98BNGH0285000013"
FUNDING = "NL65BNGH0285000025"
HELDER = ("Schoonmaakbedrijf Helder BV", "NL59RABO0300000011")
#: The references of K0001001 to K0001005.
KENMERK = {
    1001: "1042600000001001",
    1002: "8042600000001002",
    1003: "6042600000001003",
    1004: "4042600000001004",
    1005: "2042600000001005",
}


@dataclass(frozen=True)
class Entry(paper.Entry):
    """A line of a statement; credit positive."""

    name: str = HELDER[0]
    iban: str = HELDER[1]
    booked_on: str = "2026-03-25"


@dataclass(frozen=True)
class Statement(paper.Statement):
    """A statement that adds up."""

    on: str = "2026-03-25"
    iban: str = OURS


def wage(cents: int, client: int = 1001, **told: Any) -> Entry:
    """A wage from the usual employer, with the client's reference in its own field."""
    return replace(Entry(cents, reference=KENMERK[client]), **told)
