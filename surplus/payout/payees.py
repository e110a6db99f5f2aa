"""Who gets a payment: the client, or whom a decision says; and what keeps it back.

The fixed amount may be divided: the partner's half (Pw art. 45(4)), a bailiff, an administrator, a
landlord; its parts lie inside F and add up to it. A third party is paid on top of F, out of what is
left over, and waits until that is enough.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection

from surplus import payment_reference
from surplus.config import Settings
from surplus.intake.checkdigits import iban_valid
from surplus.money import rate_of, share
from surplus.months import Month, month_name
from surplus.payout import questions
from surplus.payout.pain001 import TEXT_LENGTH, bank_names, bank_text
from surplus.payout.rounds import CameBack
from surplus.payout.rows import Columns, made
from surplus.rules.arrays import first_told
from surplus.rules.payees import OTHERS, PARTNER, split
from surplus.settlement.instalments import in_force
from surplus.settlement.norms import only
from surplus.settlement.position import summed
from surplus.store import bulk

#: Payees of the parts of a fixed payment by number; 1 is the client.
ROLES = ("client", PARTNER, *OTHERS)
#: What stands before the month on the statement of who gets a part.
_PART = {
    PARTNER: "Bijstand {month}, helft partner",
    "bailiff": "Beslag {month}",
    "administrator": "Bijstand {month}, bewind",
    "landlord": "Huur {month}",
}
#: Why a third party waits.
NO_SURPLUS = "no surplus yet"

#: Of the decisions about a payee that have begun, the latest told, where it has not ended.
_IN_FORCE = """
    SELECT d.client AS client, d.payee AS payee, d.decision AS decision,
           COALESCE(d.amount_cents, 0) AS cents, d.value AS value,
           COALESCE(d.payee_reference, '') AS reference
    FROM decision AS d
    JOIN (SELECT MAX(decision) AS decision FROM decision
          WHERE municipality = :municipality AND kind = :kind AND valid_from <= :day
          GROUP BY client, payee) AS latest ON latest.decision = d.decision
    WHERE d.municipality = :municipality
      AND (COALESCE(d.valid_until, '') = '' OR d.valid_until >= :day)
    ORDER BY d.client, d.decision
"""
#: Every decision that tells an account.
_ACCOUNTS = """
    SELECT decision, client, kind, payee, payee_iban AS iban, payee_name AS name FROM decision
    WHERE municipality = :municipality AND COALESCE(payee_iban, '') <> '' ORDER BY decision
"""
#: Third parties of each client are numbered in the order in which they were first decided on.
_THIRD_PARTIES = """
    SELECT client, payee, MIN(decision) AS first FROM decision
    WHERE municipality = :municipality AND kind = 'third-party'
    GROUP BY client, payee ORDER BY client, first
"""
_MADE = """
    SELECT client, payee FROM obligation
    WHERE municipality = :municipality AND kind = 'third-party' AND month = :month
      AND state <> 'CANCELLED'
"""


class Payees:
    """Where money for each client goes, and what keeps it back."""

    def __init__(
        self,
        conn: Connection,
        settings: Settings,
        view: Columns,
        held: set[tuple[int, int]],
        back: CameBack,
    ) -> None:
        """Take a view of the clients, client and month (0: any) of the decisions to hold, and what
        came back.
        """
        status = np.asarray(view["status"], dtype="U10")
        ended = (status == "BEEINDIGD") & (view["ends_on"] == "")
        stopped = np.isin(status, ("AANGEMELD", "GEPAUZEERD", "OVERLEDEN")) | ended
        self._clients, self._held, self._back = view["client"], held, back
        self._stopped = np.where(stopped, status, "").astype(object)
        spelled = settings.bank.profile.transliterate
        self._own = _accounts(view["iban"], view["account_name"], spelled)
        told = bulk.read(conn, _ACCOUNTS, {"municipality": settings.code})
        self._decisions = told["decision"]
        self._latest = _latest(told)
        self._others = _accounts(told["iban"], told["name"], spelled)
        self.asked = questions.asked(conn, settings.code)

    def address(self, rows: Columns) -> Columns:
        """The rows with iban, name, cut and hold_reason: what it was, a status, P05 (name), P06
        (IBAN), an open question (R22), hold-payment, the reason of a bank, or ''. A refund waits
        for its account only.
        """
        own = (rows["payee"] == 1) & (rows["kind"] != "refund")
        told = {name: np.empty(len(own), dtype=c.dtype) for name, c in self._own.items()}
        mine = _places(self._clients, rows["client"])
        # What was told last of where a payment goes: by its release, or of its payee since.
        others = np.maximum(self._other(rows["account_of"]), self._other(rows["decision"]))
        for name in told:
            told[name][own] = self._own[name][mine[own]]
            told[name][~own] = self._others[name][others[~own]]
        stopped = np.full(len(own), "", dtype=object)
        about_client = rows["kind"] != "refund"
        stopped[about_client] = self._stopped[mine[about_client]]
        asked = np.where(questions.waits(rows, self.asked), questions.REASON, "").astype(object)
        reason = first_told(rows["hold_reason"], stopped, told.pop("fault"), asked)
        rows = rows | told | {"hold_reason": reason}
        for i in self._to_look_at(rows):
            if rows["hold_reason"][i] == "":
                rows["hold_reason"][i] = self._kept_back(rows, i)
        return rows

    def _other(self, decisions: Any) -> Any:
        """Places of the accounts that decisions tell, or that were told after them."""
        return self._latest[_places(self._decisions, decisions)] if len(self._latest) else decisions

    def _to_look_at(self, rows: Columns) -> Any:
        """The few rows of clients about whom something was decided or came back."""
        named = {client for client, _ in self._held} | {client for client, _ in self._back.blocked}
        return np.flatnonzero(np.isin(rows["client"], [*named, *self._back.deceased]))

    def _kept_back(self, rows: Columns, i: Any) -> str:
        client, month = int(rows["client"][i]), int(rows["month"][i])
        if rows["kind"][i] != "refund":
            if {(client, 0), (client, month)} & self._held:
                return "hold-payment"
            if client in self._back.deceased:
                return "MD07"
        return self._back.blocked.get((client, rows["iban"][i]), "")


def divided(
    conn: Connection, settings: Settings, month: Month, fixed: Columns, names: Columns
) -> Columns:
    """The fixed payments of a month as they leave: whole, or in parts.

    Args:
        conn: the store.
        settings: for the municipality.
        month: the pay month.
        fixed: client (ascending), amount_cents, set_off_cents and unprotected.
        names: client (ascending) and account_name, for what others read.

    Returns:
        Rows; what was set off stands on the first part only.
    """
    clients, whole = fixed["client"], fixed["amount_cents"]
    told = _in_force(conn, settings, "split", month)
    told = only(told, np.isin(told["client"], clients))
    if not len(told["client"]):
        return made("fixed", month, fixed)
    asked, by_halves = wanted(told, clients, whole)
    protected = in_force(conn, settings.code, "protected-amount", month, clients)
    parts = split(whole, asked, protected, by_halves)
    amounts = [parts.client, parts.partner, *(parts.others[role] for role in OTHERS)]
    first = np.argmax(np.array(amounts) > 0, axis=0)
    rows = []
    for number, (role, cents) in enumerate(zip(ROLES, amounts, strict=True), 1):
        there = np.flatnonzero(cents > 0)
        mine = only(fixed, there) | {"amount_cents": cents[there]}
        mine["set_off_cents"] = np.where(first[there] == number - 1, mine["set_off_cents"], 0)
        mine["payee"] = np.full_like(there, number)
        if role != ROLES[0]:
            mine |= _by_decision(told, role, mine["client"])
            mine["remittance"] = _texts(_PART[role], month, mine, names)
        mine["unprotected"] = np.where(
            parts.lacks[there] != "", parts.lacks[there], mine["unprotected"]
        )
        rows.append(made("fixed", month, mine))
    return {name: np.concatenate([part[name] for part in rows]) for name in rows[0]}


def wanted(told: Columns, clients: Any, payment: Any) -> tuple[dict[str, Any], Any]:
    """What the decisions to divide a payment ask for.

    Args:
        told: client, payee, cents and value of those in force.
        clients: ascending.
        payment: of each client, in cents.

    Returns:
        Cents for each of OTHERS, and the mask of the couples of whom one asked for half.
    """
    asked = {}
    for role in OTHERS:
        mine = only(told, told["payee"] == role)
        of = payment[np.searchsorted(clients, mine["client"])]
        rates = [rate_of(text.rstrip("%").replace(",", ".") or "0") for text in mine["value"]]
        cents = np.where(mine["value"] != "", share(of, np.array(rates, np.int64)), mine["cents"])
        asked[role] = summed(clients, mine["client"], cents)
    return asked, np.isin(clients, told["client"][told["payee"] == PARTNER])


def third_parties(
    conn: Connection, settings: Settings, month: Month, view: Columns, clients: Any
) -> Columns:
    """What third parties get on top of the fixed payments of these clients in a pay month, as far
    as it does not exist yet.
    """
    here = {"municipality": settings.code}
    told = _in_force(conn, settings, "third-party", month)
    told = only(told, np.isin(told["client"], clients))
    known = bulk.read(conn, _THIRD_PARTIES, here)
    first = np.searchsorted(known["client"], known["client"])
    number = np.arange(len(known["client"])) - first + 2
    numbers = dict(zip(_pairs(known), number.tolist(), strict=True))
    payees = np.array([numbers[pair] for pair in _pairs(told)], dtype=np.int64)
    there = bulk.read(conn, _MADE, {**here, "month": int(month)})
    standing = set(_pairs(there))
    pairs = zip(told["client"].tolist(), payees.tolist(), strict=True)
    new = np.array([pair not in standing for pair in pairs], dtype=bool)
    rows = only(
        {
            "client": told["client"], "amount_cents": told["cents"], "payee": payees,
            "decision": told["decision"], "account_of": told["decision"],
            "reference": told["reference"], "payee_name": told["payee"],
        },
        new,
    )  # fmt: skip
    label = rows.pop("payee_name")
    texts = [
        to_others(f"{what[:1].upper()}{what[1:]} {month_name(month)}", *rest)
        for what, *rest in zip(label, *_told_of(rows, view), strict=True)
    ]
    return made("third-party", month, rows | {"remittance": np.array(texts, dtype=object)})


def covered(rows: Columns, free: Any) -> Columns:
    """Payments to third parties, held where a client's surplus is not enough for them.

    Args:
        rows: by client, in the order in which they are served.
        free: what is available of the client of each row.
    """
    left: dict[int, int] = {}
    for i, (client, cents) in enumerate(
        zip(rows["client"].tolist(), rows["amount_cents"].tolist(), strict=True)
    ):
        room = left.setdefault(client, int(free[i]))
        if rows["hold_reason"][i] == "" and cents > room:
            rows["hold_reason"][i] = NO_SURPLUS
        left[client] = max(0, room - cents)
    return rows


def _in_force(conn: Connection, settings: Settings, kind: str, month: Month) -> Columns:
    day = month.first_day.isoformat()
    return bulk.read(conn, _IN_FORCE, {"municipality": settings.code, "kind": kind, "day": day})


def _by_decision(told: Columns, role: str, clients: Any) -> Columns:
    """decision, account_of and reference of the decision about a role, per client."""
    mine = only(told, told["payee"] == role)
    places = np.searchsorted(mine["client"], clients)
    decision = mine["decision"][places]
    return {
        "decision": decision, "account_of": decision, "reference": mine["reference"][places],
    }  # fmt: skip


def _texts(form: str, month: Month, rows: Columns, view: Columns) -> Any:
    said = form.format(month=month_name(month))
    told = zip(*_told_of(rows, view), strict=True)
    return np.array([to_others(said, *each) for each in told], dtype=object)


def _told_of(rows: Columns, view: Columns) -> tuple[Any, Any]:
    """What tells the payee whom it is about: the client's name, and the payee's own reference."""
    places = _places(view["client"], rows["client"])
    return view["account_name"][places], rows["reference"]


def to_others(*said: str) -> str:
    """What another payee reads: a betalingskenmerk, which comes last, alone; else all of it."""
    *_, reference = said
    if len(reference) > 7 and payment_reference.is_valid(reference):
        return reference
    return bank_text(", ".join(part for part in said if part))[:TEXT_LENGTH]


def _accounts(ibans: Any, names: Any, spelled: bool) -> Columns:
    """iban, name as the bank gets it, cut (it was too long) and fault: P06 (IBAN), P05 (name)."""
    ibans, names = ibans.astype(object), names.astype(object)
    written = bank_names(names, spelled)
    good = iban_valid(pa.chunked_array([pa.array(ibans, pa.string())]))
    fault = np.select([~good, written.refused], ["P06", "P05"], "").astype(object)
    return {"iban": ibans, "name": written.text, "cut": written.cut, "fault": fault}


def _latest(told: Columns) -> Any:
    """For each decision that tells an account, the place of the latest about the same payee."""
    last: dict[tuple[Any, ...], int] = {}
    names = ("client", "kind", "payee", "decision")
    keys = [
        # A refund, and a release, is a thing of its own.
        (client, kind, payee, 0 if kind in ("split", "third-party") else decision)
        for client, kind, payee, decision in zip(*(told[n].tolist() for n in names), strict=True)
    ]
    for place, key in enumerate(keys):
        last[key] = place
    return np.array([last[key] for key in keys], dtype=np.int64)


def _places(keys: Any, wanted: Any) -> Any:
    """Places of `wanted` in ascending keys; of one that is not there any place."""
    return np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))


def _pairs(rows: Columns) -> Any:
    return zip(rows["client"].tolist(), rows["payee"].tolist(), strict=True)
