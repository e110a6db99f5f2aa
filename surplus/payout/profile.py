"""What one bank wants of a payment file, and in whose name it is sent (`[bank.profile]`).

A batch keeps the profile with which it was prepared, so that it gives the same bytes whatever the
settings become (docs/decisions/0005, design.md §7).
"""

from __future__ import annotations

import json
from typing import NamedTuple

from surplus.config import Settings

#: What stands before the name of a file, and before the name of who sends it, outside production.
TEST_MARK = "TEST"

#: BIC of the banks where municipalities hold accounts; another is told, or looked up by the bank.
BICS = {
    "ABNA": "ABNANL2A",
    "BNGH": "BNGHNL2G",
    "INGB": "INGBNL2A",
    "NWAB": "NWABNL2G",
    "RABO": "RABONL2U",
}


class Profile(NamedTuple):
    """What stands in every file for a bank."""

    version: str  # of the message, such as pain.001.001.09
    debtor: str
    test: bool  # made outside production: the file says so
    bic: str  # '' where it is left to the bank
    batch_booking: bool  # one debit line on the statement
    category_purpose: str  # '' where it is left out
    priority: str
    per_group: int  # payments in a PmtInf, at most

    @classmethod
    def of(cls, settings: Settings) -> Profile:
        """The profile that surplus.toml tells now."""
        told = settings.bank.profile
        return cls(
            version=told.version,
            debtor=settings.bank.name,
            test=settings.municipality.environment == "TEST",
            bic=told.bic or BICS.get(settings.bank_iban()[4:8], ""),
            batch_booking=told.batch_booking,
            category_purpose=told.category_purpose,
            priority=told.priority,
            per_group=told.max_per_group,
        )

    @classmethod
    def read(cls, text: str) -> Profile:
        """As it is stored with a batch."""
        return cls(**json.loads(text))

    @property
    def initiator(self) -> str:
        """Who sends the file."""
        return f"{TEST_MARK} {self.debtor}" if self.test else self.debtor

    def stored(self) -> str:
        """As it is kept with a batch."""
        return json.dumps(self._asdict(), ensure_ascii=False)
