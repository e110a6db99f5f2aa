"""Decisions that let money go: what they may be, and what they book before a batch pays it.

What is decided is paid with the next batch (`payout.granted`); until that is approved it counts as
promised here, so that no two decisions promise the same money.
"""

from __future__ import annotations

from sqlalchemy import select, text

from surplus.decisions.kinds import accounts_of, employment_of
from surplus.ledger.accounts import (
    BENEFIT,
    BUFFER,
    BUFFER_BUDGET,
    CLAIMS,
    NAMES,
    PREMIUM,
    PREMIUMS,
    RECEIVABLE,
    RESERVE,
    UNMATCHED,
    WRITE_OFFS,
)
from surplus.ledger.journal import Draft, Line
from surplus.money import euros
from surplus.months import Month
from surplus.problems import Refusal
from surplus.settlement.client_books import Booking, ClientBooks
from surplus.settlement.not_income import check_premium
from surplus.store.tables import obligation

#: Accounts that bear a client, and of these the ones that bear a month.
_OF_CLIENT = (RECEIVABLE, CLAIMS, BUFFER, RESERVE, PREMIUM, BENEFIT, BUFFER_BUDGET, PREMIUMS,
              WRITE_OFFS)  # fmt: skip
_OF_MONTH = (RECEIVABLE, BUFFER, RESERVE, BENEFIT, BUFFER_BUDGET)

#: Decided by earlier runs, and not taken from its account by an approved payment.
_PROMISED = """
    SELECT COALESCE(SUM(d.amount_cents), 0) FROM decision AS d
    WHERE d.municipality = :here AND d.kind = :kind AND d.run <> :run
      AND (:item <> 0 OR d.client = :client)
      AND COALESCE(d.item, 0) = :item AND COALESCE(d.month, 0) = :month AND d.employer = :employer
      AND SUBSTR(d.recorded_on, 1, 4) LIKE :year
      AND NOT EXISTS (SELECT 1 FROM obligation AS o WHERE o.municipality = d.municipality
          AND o.decision = d.decision AND o.kind = d.kind
          AND o.state NOT IN ('HELD', 'DRAFT', 'REJECTED', 'RETURNED', 'RECALLED', 'CANCELLED'))
"""
_OWED = ("REJECTED", "RETURNED", "RECALLED")


def year_of(day: str) -> int:
    """The month that stands for a year on the premium account: January.

    >>> year_of("2026-06-14")
    202601
    """
    return int(day[:4]) * 100 + 1


def refund(books: ClientBooks) -> Booking:
    """Posts nothing: a refund is paid from what an employer paid too much, or from suspense."""
    asked = books.asked
    if asked.item:
        stands, what = -_of_item(books, asked.item), f"what stands open of item {asked.item}"
    else:
        job, month = employment_of(books.work, asked.client, asked.employer), asked.month or 0
        stands = -max(
            books.balance(RECEIVABLE, employment=job, month=month),
            books.balance(RECEIVABLE, employment=job),
        )
        what = f"what {asked.employer} paid too much for {Month(month)}"
    books.at_most(
        max(0, stands - _promised(books)), what,
        "refund what is open, or less; a receipt on the wrong month is assigned, not refunded",
    )  # fmt: skip
    return Booking([])


def premium(books: ClientBooks) -> Booking:
    """Books what was not built up before: premiums (4100) against what is owed of them (2020).

    Raises:
        Refusal: the law does not allow it, see `not_income`.
    """
    check_premium(books)
    year = year_of(books.work.on)
    built_up = max(0, -books.balance(PREMIUM, month=year) - _promised(books))
    cents = max(0, int(books.asked.amount_cents or 0) - built_up)
    client = books.asked.client
    lines = [Line(PREMIUMS, cents, client), Line(PREMIUM, -cents, client, month=year)]
    return Booking([Draft("premium", lines if cents else [], client, year)])


def pay_again(books: ClientBooks) -> Booking:
    """Posts nothing: one payment that came back or was refused may go once more."""
    work, asked = books.work, books.asked
    found = work.conn.execute(
        select(obligation).where(
            obligation.c.municipality == work.municipality,
            obligation.c.client == asked.client,
            obligation.c.end_to_end_id == asked.value,
        )
    ).first()
    if found is None or found.state not in _OWED:
        said = f"is {found.state}" if found else f"is no payment of K{asked.client:07d}"
        raise Refusal(
            f"{asked.value} {said}: only what came back or was refused can be paid again",
            "surplus export payments shows every payment with its state",
        )
    if asked.payee_iban and found.payee == 1 and found.kind != "refund":
        raise Refusal(
            "the client's own account is changed in clients.csv, by two people",
            "leave --iban and --name out",
        )
    if bool(asked.payee_iban) != bool(asked.payee_name):
        raise Refusal("another account needs --iban and --name", "give both")
    return Booking([])


def adjustment(books: ClientBooks) -> Booking:
    """What no other decision can set right, between any two accounts but bank and transit."""
    asked, cents = books.asked, int(books.asked.amount_cents or 0)
    debit, credit = accounts_of(asked)
    lines = [_line(books, debit, cents), _line(books, credit, -cents)]
    said = f"{NAMES[debit][0]} {euros(cents)}, {NAMES[credit][0]} {euros(-cents)}"
    return Booking([Draft("adjustment", lines, asked.client, asked.month or 0)], outcome=said)


def _line(books: ClientBooks, account: int, cents: int) -> Line:
    """A line with the dimensions that its account bears (design.md §5)."""
    asked = books.asked
    if account in _OF_CLIENT and not asked.client:
        raise Refusal(f"account {account} belongs to a client", "give the client's number")
    if account == RECEIVABLE and not asked.employer:
        raise Refusal("wages receivable (1300) need --employer", "give it, and --month")
    if account in _OF_MONTH and not asked.month:
        raise Refusal(f"account {account} needs --month", "give the month it is about")
    month = asked.month if account in _OF_MONTH else 0
    return Line(
        account, cents,
        client=asked.client if account in _OF_CLIENT else 0,
        employment=(
            employment_of(books.work, asked.client, asked.employer) if account == RECEIVABLE else 0
        ),
        month=year_of(books.work.on) if account == PREMIUM else month or 0,
        item=asked.item or 0 if account == UNMATCHED else 0,
    )  # fmt: skip


def _of_item(books: ClientBooks, item: int) -> int:
    """What stands on suspense of a bank item, debit positive."""
    query = """SELECT COALESCE(SUM(amount), 0) FROM balance
               WHERE municipality = :here AND account = :account AND item = :item"""
    told = {"here": books.work.municipality, "account": UNMATCHED, "item": item}
    return int(books.work.conn.execute(text(query), told).scalar_one())


def _promised(books: ClientBooks) -> int:
    """Cents of earlier decisions about the same money that no payment has taken yet."""
    work, asked = books.work, books.asked
    told = {
        "here": work.municipality, "kind": asked.kind, "client": asked.client, "run": work.run,
        "item": asked.item or 0, "month": asked.month or 0, "employer": asked.employer,
        "year": work.on[:4] if asked.kind == "premium" else "%",
    }  # fmt: skip
    return int(work.conn.execute(text(_PROMISED), told).scalar_one())
