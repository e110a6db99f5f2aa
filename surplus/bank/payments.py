"""What the bank did with payments of ours: refused, returned or recalled, and what that books.

A payment that did not arrive stays owed as its own obligation: the account that was debited when it
was approved gets its money back on the same client and month, so that nothing of it is a surplus.
Nothing is sent again by itself; what a person must do follows from the bank's reason (formats.md
§3.1), of which the obligation's event keeps the code and where it was told.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import bindparam, select, text

from surplus import findings
from surplus.findings import Finding
from surplus.ledger.accounts import BANK, IN_TRANSIT, PAYMENT_KINDS
from surplus.ledger.executed import OWED
from surplus.ledger.invariants import IN_TRANSIT_STATES
from surplus.ledger.journal import Draft, Line, book
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import entry, finding, obligation, payment_event, posting

Columns = dict[str, Any]

#: The bank's reasons by what they ask of a person; any other is PAYMENT_FAILED.
REASONS = {
    **dict.fromkeys(("AC01", "AC03", "AC04", "AC06", "AC07", "AG01"), "IBAN_BLOCKED"),
    "MD07": "PAYEE_DECEASED",
    **dict.fromkeys(("AM05", "DU01", "DU02", "DU03", "DU04", "DU05"), "OWN_DUPLICATE"),
    **dict.fromkeys(("FOCR", "CUST", "DUPL"), "RECALL_ANSWERED"),
    **dict.fromkeys(("BE04", "BE22", "RR02", "RR03"), "PAYEE_DATA"),
    **dict.fromkeys(("ED05", "TM01"), "PAYMENT_TOO_LATE"),
    **dict.fromkeys(("AM10", "AM18", "CH03", "CH04", "CH20", "DT01", "FF01"), "FILE_REFUSED"),
}
_OTHERWISE = "PAYMENT_FAILED"
#: What is about a file as a whole gets one finding for its batch, not one for each payment.
_OF_BATCH = ("OWN_DUPLICATE", "FILE_REFUSED")
#: S03 with nothing before its subject: the statement shows what was refused (payout.unanswered).
_CODES = (*dict.fromkeys(REASONS.values()), _OTHERWISE, "S03")


#: What is about the payee, whatever else the bank says: it counts from when it is told.
OF_PAYEE = tuple(c for c, why in REASONS.items() if why in ("IBAN_BLOCKED", "PAYEE_DECEASED"))
#: Of each payment that is owed the event that tells why: the first since it last was under way or
#: booked that names an account or a death, else the first. What the bank says of it afterwards
#: changes neither.
WHY_OWED = f"""
    SELECT obligation, COALESCE(
        MIN(CASE WHEN SUBSTR(reason, 1, 4) IN {OF_PAYEE} THEN event END), MIN(event)) AS event
    FROM (SELECT obligation, event, reason, MAX(CASE WHEN state IN {OWED} THEN 0 ELSE event END)
              OVER (PARTITION BY obligation) AS before
          FROM payment_event
          WHERE municipality = :municipality AND obligation IN (
              SELECT obligation FROM obligation
              WHERE municipality = :municipality AND state IN {OWED})) AS told
    WHERE event > before GROUP BY obligation
"""
_ISO = re.compile("[A-Z]{2}[A-Z0-9]{2}")


class Told(NamedTuple):
    """What the bank says of one payment."""

    obligation: int
    code: str = ""  # ISO reason such as AC04; '' where the bank gives none
    source: str = ""  # where it says so: `item:12`, `delivery:5`

    @property
    def reason(self) -> str:
        """As a payment event keeps it: the code or a dash, a space, the source."""
        return f"{self.code or '-'} {self.source}"


def code_of(reason: str) -> str:
    """The ISO code that a bank gives as its reason; '' for anything else it writes there."""
    return reason if _ISO.fullmatch(reason) else ""


def refused(work: Work, told: Sequence[Told]) -> list[int]:
    """The bank refused payments before it debited them: REJECTED, and owed again.

    Args:
        work: the run in whose transaction it happens.
        told: the payments; those that are not under way (any more) are passed over.

    Returns:
        The obligations that changed.
    """
    return _back(work, told, "REJECTED", IN_TRANSIT_STATES)


def recalled(work: Work, told: Sequence[Told]) -> list[int]:
    """The bank stopped payments at our request before it debited them: RECALLED, and owed again.

    Arguments and result as of `refused`.
    """
    return _back(work, told, "RECALLED", IN_TRANSIT_STATES)


def returned(work: Work, told: Sequence[Told], cash: int = BANK) -> list[int]:
    """Payments that the bank had debited came back on the statement: RETURNED, and owed again.

    One that came back because we asked for it is RECALLED.

    Args:
        work: the run in whose transaction it happens.
        told: the payments; those that were not debited, or came back before, are passed over.
        cash: where the money stands now; suspense (1900) where it was not recognised at once, with
            the bank item out of the source.

    Returns:
        The obligations that changed.
    """
    ours = [each for each in told if REASONS.get(each.code) == "RECALL_ANSWERED"]
    others = [each for each in told if REASONS.get(each.code) != "RECALL_ANSWERED"]
    return _back(work, others, "RETURNED", ("BOOKED",), cash) + _back(
        work, ours, "RECALLED", ("BOOKED",), cash
    )


def reinstated(work: Work, told: Sequence[Told]) -> None:
    """The bank executed payments that it had refused, or given back once: they are under way again,
    and owed no more.

    What their refusal gave back is taken once more from where it went.

    Args:
        work: the run in whose transaction it happens.
        told: payments that are owed (refused, or debited twice and given back once) and have no
            later round.
    """
    rows = _payments(work, [each.obligation for each in told])
    given = _debited(work, rows, ("payment-reversed",))
    names = ("obligation", "client", "month", "amount_cents")
    whole = {number: rest for number, *rest in zip(*(rows[n].tolist() for n in names), strict=True)}
    drafts = []
    for each in told:
        client, month, cents = whole[each.obligation]
        transit = Line(IN_TRANSIT, -cents, client, item=each.obligation)
        lines = [*given[each.obligation], transit]
        drafts.append(Draft("payment-reversed", lines, client, month, each.source))
    book(work, drafts)
    record(work, told, "UNKNOWN")


def explained(work: Work, told: Sequence[Told]) -> None:
    """The bank names the account or the death behind refusals that it told before: what a person
    must do about them follows from that now. That it said so is kept by the caller.
    """
    if not told:
        return
    names = ("obligation", "client", "month", "amount_cents", "batch")
    rows = _payments(work, [each.obligation for each in told])
    whole = {number: rest for number, *rest in zip(*(rows[n].tolist() for n in names), strict=True)}
    subjects = {f"obligation:{number}" for number in whole}
    findings.sync(
        work, {*_CODES} - {"S03"}, _told(told, whole),
        ours=lambda found: found.subject.rpartition(" ")[2] in subjects,
    )  # fmt: skip


def record(work: Work, told: Sequence[Told], state: str) -> None:
    """Bring payments into a state as the bank tells it; nothing is booked."""
    move(work, [each.obligation for each in told], state, [each.reason for each in told])


def move(work: Work, obligations: Sequence[int], state: str, reasons: str | Sequence[str]) -> None:
    """Bring payments into a state and record who, when and why; nothing is booked."""
    if not obligations:
        return
    here = {"municipality": work.municipality, "obligation": obligations}
    bulk.change(work.conn, obligation, {**here, "state": state})
    rows = _payments(work, obligations)
    batches = dict(zip(rows["obligation"].tolist(), rows["batch"].tolist(), strict=True))
    event(work, [batches[each] for each in obligations], obligations, state, reasons)


def event(
    work: Work, batches: int | Sequence[int], obligations: Sequence[int], state: str,
    reasons: str | Sequence[str] = "",
) -> None:  # fmt: skip
    """Record a change of state of payments; 0 stands for a batch as a whole."""
    first = bulk.next_id(work.conn, payment_event, work.municipality)
    bulk.append(
        work.conn,
        payment_event,
        {
            "municipality": work.municipality,
            "event": np.arange(first, first + len(obligations)),
            "batch": batches,
            "obligation": obligations,
            "state": state,
            "who": work.operator,
            "reason": reasons,
            "run": work.run,
            "recorded_on": work.on,
        },
    )


def tell(work: Work) -> None:
    """Close the findings on payments that did not arrive and are not owed any more.

    A payment is owed until its next round is made, or until it is given up.
    """
    owed = bulk.read(
        work.conn,
        text(
            """SELECT o.obligation, o.batch FROM obligation AS o
               WHERE o.municipality = :municipality AND o.state IN :owed AND NOT EXISTS (
                   SELECT 1 FROM obligation AS n WHERE n.municipality = o.municipality
                     AND n.client = o.client AND n.month = o.month AND n.kind = o.kind
                     AND n.payee = o.payee AND n.round > o.round AND n.state <> 'CANCELLED')"""
        ).bindparams(bindparam("owed", expanding=True)),
        {"municipality": work.municipality, "owed": OWED},
    )
    subjects = {f"obligation:{number}" for number in owed["obligation"].tolist()}
    subjects |= {f"batch:{number}" for number in owed["batch"].tolist()}
    names = ("code", "client", "month", "subject", "amount_cents")
    stand = work.conn.execute(
        select(*(finding.c[name] for name in names))
        .where(finding.c.municipality == work.municipality)
        .where(finding.c.code.in_(_CODES), finding.c.state == "open")
    )
    kept = [
        Finding(*row)
        for row in stand
        if row.subject.rpartition(" ")[2] in subjects or (row.code == "S03" and " " in row.subject)
    ]
    findings.sync(work, _CODES, kept)


def _back(
    work: Work, told: Sequence[Told], state: str, since: Iterable[str], cash: int = 0
) -> list[int]:
    """Book payments back to where they came from, out of `cash` where the bank had paid them."""
    if not told:
        return []
    rows = _payments(work, [each.obligation for each in told])
    whole = {
        number: (client, month, cents, batch)
        for number, client, month, cents, batch, stands in zip(
            *(rows[name].tolist() for name in rows), strict=True
        )
        if stands in since
    }
    moved = list({each.obligation: each for each in told if each.obligation in whole}.values())
    debited = _debited(work, rows)
    drafts = []
    for each in moved:
        client, month, cents, _batch = whole[each.obligation]
        transit = Line(IN_TRANSIT, cents, client, item=each.obligation)
        if cash:
            item = 0 if cash == BANK else int(each.source.rpartition(":")[2])
            came = [Line(cash, cents, item=item), transit._replace(amount=-cents)]
            kind = "payment-returned" if cash == BANK else "receipt-assigned"
            drafts.append(Draft(kind, came, client, month, each.source))
        lines = [transit, *debited[each.obligation]]
        drafts.append(Draft("payment-reversed", lines, client, month, each.source))
    book(work, drafts)
    record(work, moved, state)
    findings.raise_all(work, _told(moved, whole))
    return [each.obligation for each in moved]


def _payments(work: Work, obligations: Sequence[int]) -> Columns:
    """obligation, client, month, amount_cents, batch and state of these payments."""
    names = ("obligation", "client", "month", "amount_cents", "batch", "state")
    query = select(*(obligation.c[name] for name in names))
    return bulk.among(
        work.conn,
        query.where(obligation.c.municipality == work.municipality),
        obligation.c.obligation,
        set(obligations),
    )


def _debited(
    work: Work, payments: Columns, kinds: Sequence[str] = PAYMENT_KINDS
) -> Mapping[int, list[Line]]:
    """What each payment took from which account when it was approved, as lines that give it back;
    of the kind that gave it back alone, as lines that take it again.

    Looked up by client and month, which an entry of a payment shares with its obligation.
    """
    names = ("account", "client", "employment", "month", "item")
    rows = bulk.among(
        work.conn,
        select(posting.c.entry, *(posting.c[name] for name in names), posting.c.amount)
        .join(
            entry,
            (entry.c.municipality == posting.c.municipality) & (entry.c.entry == posting.c.entry),
        )
        .where(entry.c.municipality == work.municipality, entry.c.kind != "settlement")
        .where(entry.c.kind.in_(kinds))
        .where(entry.c.month.in_(np.unique(payments["month"]).tolist())),
        entry.c.client,
        set(payments["client"].tolist()),
    )
    transit = rows["account"] == IN_TRANSIT
    whose = dict(zip(rows["entry"][transit].tolist(), rows["item"][transit].tolist(), strict=True))
    sums: dict[int, dict[tuple[int, ...], int]] = defaultdict(lambda: defaultdict(int))
    columns = ("entry", *names, "amount")
    for number, *place, cents in zip(*(rows[n][~transit].tolist() for n in columns), strict=True):
        sums[whose[number]][tuple(place)] += cents
    return {
        number: [
            Line(account, -cents, client, employment, month, item)
            for (account, client, employment, month, item), cents in places.items()
            if cents
        ]
        for number, places in sums.items()
    }


def _told(moved: Sequence[Told], whole: Mapping[int, Sequence[int]]) -> list[Finding]:
    """What a person must do about each payment, or about a batch as a whole."""
    found: list[Finding] = []
    batches: dict[tuple[str, str], int] = defaultdict(int)
    for each in moved:
        client, month, cents, batch = whole[each.obligation]
        code, why = REASONS.get(each.code, _OTHERWISE), each.code or "-"
        if code in _OF_BATCH:
            batches[code, f"{why} batch:{batch}"] += cents
        else:
            found.append(Finding(code, client, month, f"{why} obligation:{each.obligation}", cents))
    return found + [
        Finding(code, subject=subject, amount_cents=cents)
        for (code, subject), cents in batches.items()
    ]
