"""What stands open in the books for one client when something is decided about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import text

from surplus.decisions import Asked
from surplus.ledger.accounts import CLAIMS, WRITE_OFFS
from surplus.ledger.journal import Draft, Line
from surplus.money import euros
from surplus.months import Month
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.settlement.position import positions


class Booking(NamedTuple):
    """What approval books, what it lets be paid out in cents, and its outcome in words ('' where
    the decision itself says it).
    """

    entries: Sequence[Draft]
    pays: int = 0
    outcome: str = ""


@dataclass(frozen=True)
class ClientBooks:
    """What stands in the books for the client of a decision."""

    work: Work
    asked: Asked

    @cached_property
    def stand(self) -> dict[str, Any]:
        """Its row of `positions`; zeros where it has none."""
        told = positions(self.work.conn, self.work.settings, client=self.asked.client)
        return {name: column[0] if len(column) else 0 for name, column in told.items()}

    @property
    def owed(self) -> int:
        """The shortfall that is open."""
        return max(0, int(self.stand["owed"]))

    def balance(self, account: int, **dimensions: int) -> int:
        """What stands on an account of the client, debit positive."""
        where = "".join(f" AND {name} = :{name}" for name in dimensions)
        query = f"""SELECT COALESCE(SUM(amount), 0) FROM balance
                    WHERE municipality = :here AND client = :client AND account = :account{where}"""
        told = {"here": self.work.municipality, "client": self.asked.client, "account": account}
        return int(self.work.conn.execute(text(query), told | dimensions).scalar_one())

    @property
    def claim(self) -> int:
        """The claim that is open."""
        return max(0, self.balance(CLAIMS))

    @property
    def month(self) -> int:
        """The month that the booking is about."""
        return self.asked.month or int(Month.of(self.asked.valid_until or self.work.on))

    def draft(self, *lines: tuple[int, int]) -> Draft:
        """An entry of the decision's kind: account and cents; claims bear no month."""
        client, month = self.asked.client, self.month
        undated = (CLAIMS, WRITE_OFFS)
        return Draft(
            self.asked.kind,
            [Line(account, cents, client, month=0 if account in undated else month)
             for account, cents in lines if cents],
            client, month,
        )  # fmt: skip

    def at_most(self, cents: int, what: str, remedy: str) -> int:
        """The amount asked for.

        Raises:
            Refusal: it is more than is open.
        """
        amount = int(self.asked.amount_cents or 0)
        if amount > cents:
            raise Refusal(
                f"{self.asked.kind} of {euros(amount)} is more than {what}: {euros(cents)} is open",
                remedy,
            )
        return amount
