"""Follow-up rounds: what came back or was refused is paid once more when its cause is cured.

Nothing is sent again by itself. An account that the bank cannot pay to is blocked until another
one was told, or the same one confirmed, by two people; after a death, and for every other reason, a
decision (`pay-again`) lets one payment go once more. The next round is the same obligation: the
database refuses a second one of a round, and one that came back counts once (design.md §6, §7).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus.bank.payments import WHY_OWED
from surplus.ledger.executed import OWED
from surplus.payout import unanswered
from surplus.payout.rows import Columns
from surplus.settlement.norms import only
from surplus.store import bulk

#: Reasons of the bank that block an account, and the one that says that the payee has died.
BLOCKING = ("AC01", "AC03", "AC04", "AC06", "AC07", "AG01")
DECEASED = "MD07"

#: What came back or was refused, with the reason.
_CAME_BACK = f"""
    SELECT o.obligation, o.client, o.month, o.kind, o.payee, o.round, o.amount_cents,
           o.set_off_cents, o.iban, o.remittance,
           COALESCE(o.decision, 0) AS decision, o.end_to_end_id, e.reason,
           e.run AS told_by, e.recorded_on AS told_on,
           CASE WHEN EXISTS (
               SELECT 1 FROM obligation AS n WHERE n.municipality = o.municipality
                 AND n.client = o.client AND n.month = o.month AND n.kind = o.kind
                 AND n.payee = o.payee AND n.round > o.round AND n.state <> 'CANCELLED')
             THEN 1 ELSE 0 END AS again
    FROM obligation AS o
    JOIN ({WHY_OWED}) AS first ON first.obligation = o.obligation
    JOIN payment_event AS e ON e.municipality = o.municipality AND e.event = first.event
    WHERE o.municipality = :municipality AND o.state IN {OWED}
    ORDER BY o.obligation
"""
#: Accounts that two people told or confirmed: of clients, and of whom a decision pays.
_CONFIRMED = """
    SELECT client, new AS iban, decided_on AS day, 0 AS run FROM change
    WHERE municipality = :municipality AND kind = 'client:iban' AND state = 'approved'
    UNION ALL
    SELECT client, payee_iban, '', run FROM decision
    WHERE municipality = :municipality AND COALESCE(payee_iban, '') <> ''
"""
_RELEASED = """
    SELECT value AS name, MAX(run) AS run,
           COALESCE(MAX(CASE WHEN COALESCE(payee_iban, '') <> '' THEN decision END), 0) AS account
    FROM decision WHERE municipality = :municipality AND kind = 'pay-again' GROUP BY value
"""


class CameBack:
    """The payments that came back or were refused, and what of it keeps money back now."""

    def __init__(self, conn: Connection, municipality: str) -> None:
        self._conn, self._here = conn, {"municipality": municipality}
        told = bulk.read(conn, _CAME_BACK, self._here)
        told["code"] = np.array([_code(said) for said in told.pop("reason")], dtype=object)
        self.rows: Columns = told

    @cached_property
    def blocked(self) -> dict[tuple[int, str], str]:
        """Client and IBAN of the accounts that nothing is paid on, with the bank's reason."""
        mine = only(self.rows, np.isin(self.rows["code"].astype("U"), BLOCKING))
        if not len(mine["client"]):
            return {}
        told = bulk.read(self._conn, _CONFIRMED, self._here)
        confirmed: dict[tuple[int, str], tuple[str, int]] = {}
        for client, iban, *when in zip(*(told[name].tolist() for name in told), strict=True):
            before = confirmed.get((client, iban), ("", 0))
            confirmed[client, iban] = tuple(map(max, before, when))
        names = ("client", "iban", "code", "told_on", "told_by")
        found = {}
        for client, iban, code, *when in zip(*(mine[n].tolist() for n in names), strict=True):
            day, run = confirmed.get((client, iban), ("", 0))
            if day <= when[0] and run <= when[1]:
                found[client, iban] = code
        return found

    @cached_property
    def deceased(self) -> set[int]:
        """The clients of whom the bank says that they have died, and nobody decided otherwise."""
        mine = (self.rows["code"] == DECEASED) & (self.rows["payee"] == 1)
        return set(self.rows["client"][mine & ~self._released].tolist())

    @property
    def owed(self) -> Columns:
        """Those without a later round, and `released`: a decision lets it be paid once more.

        What the bank may have executed all the same is not among them.
        """
        told = self.rows | {"released": self._released, "account_of": self._accounts}
        doubted = unanswered.doubted(self._conn, self._here["municipality"])
        return only(told, (told["again"] == 0) & ~np.isin(told["obligation"], doubted))

    @cached_property
    def _releases(self) -> dict[str, tuple[int, int]]:
        told = bulk.read(self._conn, _RELEASED, self._here)
        rows = zip(*(told[name].tolist() for name in told), strict=True)
        return {name: (account, run) for name, run, account in rows}

    @cached_property
    def _released(self) -> Any:
        """Mask of the payments whose release came after what the bank said."""
        names = zip(self.rows["end_to_end_id"], self.rows["told_by"].tolist(), strict=True)
        return np.array([self._releases.get(name, (0, 0))[1] > run for name, run in names], bool)

    @cached_property
    def _accounts(self) -> Any:
        """The decision that tells where each goes: the release of it, or of a round before it, may
        tell another account.
        """
        names = ("client", "month", "kind", "payee", "end_to_end_id", "decision")
        rows = zip(*(self.rows[n].tolist() for n in names), strict=True)
        told: dict[tuple[Any, ...], int] = {}  # in their order, so an earlier round stands before
        found = []
        for *payment, name, decision in rows:
            key = tuple(payment)
            told[key] = max(told.get(key, 0), self._releases.get(name, (0, 0))[0])
            found.append(told[key] or decision)
        return np.array(found, dtype=np.int64)


def next_rounds(back: CameBack, month: int, address: Any) -> Columns:
    """The payments that can be made once more now: their cause is cured and nothing else is in the
    way.

    Args:
        back: what came back.
        month: payments of pay months up to this one.
        address: fills in where a payment goes, and what keeps it back.
    """
    owed = back.owed
    owed = only(owed, owed["month"] <= month)
    told_of = {name: owed.pop(name) for name in ("code", "released", "iban")}
    for name in ("told_by", "told_on", "again", "end_to_end_id"):
        del owed[name]
    count = len(owed["client"])
    owed |= {
        "obligation": np.zeros(count, dtype=np.int64),
        "round": owed["round"] + 1,
        "unprotected": np.full(count, "", dtype=object),
        "hold_reason": np.full(count, "", dtype=object),
    }
    rows: Columns = address(owed)
    # A blocked account has its reason to hold; any other account, or a confirmed one, is the cure.
    cured = np.isin(told_of["code"].astype("U"), BLOCKING) | told_of["released"]
    return only(rows, cured & (rows["hold_reason"] == ""))


def _code(reason: str) -> str:
    """The bank's reason: what stands first of what an event keeps."""
    return reason.partition(" ")[0]
