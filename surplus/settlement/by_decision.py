"""What a decision books when it is approved, and how much it may be (design.md §5, §6).

Nothing is decided for more than stands open: a wage no more than its employer still owes, a claim
no more than the shortfall, a buffer budget no more than is left of the year's cap. Looked at when
it is asked, and again when it is approved; a refusal says what is open. Where the program works
out what is booked, as at an exit, the second person approves exactly what the first one saw.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sqlalchemy import select, text, update

from surplus import decisions
from surplus.decisions import DECISION, Approved, Asked
from surplus.decisions.kinds import WAGES, employment_of
from surplus.ledger.accounts import BUFFER, BUFFER_BUDGET, CLAIMS, RECEIVABLE, WRITE_OFFS
from surplus.ledger.journal import Line, book
from surplus.money import euros
from surplus.months import Month
from surplus.problems import Refusal
from surplus.rules import buffer_budget
from surplus.rules.norm import holiday_share, paid_part
from surplus.rules.parameters import MissingParameter
from surplus.runs import Work
from surplus.settlement.client_books import Booking, ClientBooks
from surplus.settlement.history import History
from surplus.settlement.instalments import in_force
from surplus.settlement.leaving import leave
from surplus.settlement.not_income import check_volunteer
from surplus.settlement.paying import adjustment, pay_again, premium, refund
from surplus.store.rates import parameters_now
from surplus.store.tables import decision, finding

_OLD_CORRECTIONS = (finding.c.code == "OLD_CORRECTION") & (finding.c.state == "open")


def decide(work: Work, asked: Asked) -> int:
    """Ask for a decision; returns the number of the change that waits for a second person.

    Raises:
        Refusal: it cannot be, or is about more than is open.
    """
    decisions.check(work, asked)
    booking = _booking(work, asked)
    if booking.pays:
        asked = asked._replace(amount_cents=booking.pays)
    return decisions.propose(work, [decisions.change_for(asked, booking.outcome)])[0]


def approve(work: Work, number: int) -> Approved:
    """Let a change take effect; a decision books what it comes to.

    Raises:
        Refusal: see `decisions.approve`; or it is about more than is open by now.
    """
    approved = decisions.approve(work, number)
    if not approved.kind.startswith(DECISION):
        return approved
    told = {name: approved.payload[name] for name in Asked._fields if name in approved.payload}
    asked = Asked(approved.client, approved.kind.removeprefix(DECISION), **told)
    booking = _booking(work, asked)
    seen = approved.payload.get("outcome", "")
    if booking.outcome != seen:
        raise Refusal(
            f"the position has moved since it was asked: {booking.outcome} now, {seen} then",
            f"reject change {number} and ask for it again",
            exit_code=3,
        )
    reference = f"decision:{approved.decision}"
    book(work, [draft._replace(reference=reference) for draft in booking.entries if draft.lines])
    if asked.kind == "set-off-correction":
        _release(work, asked, reference)
    return approved


def _booking(work: Work, asked: Asked) -> Booking:
    rule = _BOOKINGS.get(asked.kind)
    return rule(ClientBooks(work, asked)) if rule else Booking([])


def _of_wage(books: ClientBooks, other: int) -> Booking:
    """An employer's debt for a month, closed against another account."""
    asked = books.asked
    job = employment_of(books.work, asked.client, asked.employer)
    month = asked.month or 0
    owed = max(0, books.balance(RECEIVABLE, employment=job, month=month))
    cents = books.at_most(
        owed, f"{asked.employer} owes for {Month(month)}",
        "settle the month first, or decide on what is open",
    )  # fmt: skip
    wage = Line(RECEIVABLE, -cents, asked.client, job, month)
    other_side = books.draft((other, cents))
    return Booking([other_side._replace(lines=[*other_side.lines, wage])])


def _against_buffer(books: ClientBooks) -> Booking:
    return _of_wage(books, BUFFER)


def _claim(books: ClientBooks) -> Booking:
    cents = books.at_most(
        books.owed, "the shortfall", "an exit works the claim out by itself: decide exit"
    )
    return Booking([books.draft((CLAIMS, cents), (BUFFER, -cents))])


def _claim_cancelled(books: ClientBooks) -> Booking:
    cents = books.at_most(books.claim, "the claim", "cancel what is open, or less")
    return Booking([books.draft((BUFFER, cents), (CLAIMS, -cents))])


def _write_off(books: ClientBooks) -> Booking:
    if books.asked.value == "wage":
        return _of_wage(books, WRITE_OFFS)
    if books.asked.value == "claim":
        account, cents = CLAIMS, books.claim
    else:
        account, cents = BUFFER, books.owed
    amount = books.at_most(cents, f"the {books.asked.value}", "write off what is open, or less")
    return Booking([books.draft((WRITE_OFFS, amount), (account, -amount))])


def _buffer_budget(books: ClientBooks) -> Booking:
    """Art. 34b: after the exit, for a month below the norm, within the cap of the year."""
    work, asked = books.work, books.asked
    try:
        cap = parameters_now(work.conn, work.municipality).amount(buffer_budget.CAP, work.on)
    except MissingParameter as missing:
        raise Refusal(
            str(missing), "art. 34b starts on 2027-01-01; a later cap is entered as a parameter"
        ) from None
    if not _has_left(books):
        raise Refusal(
            f"K{asked.client:07d} still takes part: the buffer account carries the shortfall",
            "decide the exit first; the buffer budget clears what it leaves open",
        )
    claim, owed, asks = books.claim, books.owed, int(asked.amount_cents or 0)
    left = int(buffer_budget.left_of_cap(cap, _granted_this_year(books)))
    dips = _below_norm(books)
    cents = int(buffer_budget.granted(asks, claim + owed, left, dips))
    if cents < asks:
        raise Refusal(
            f"buffer-budget of {euros(asks)} cannot be: {euros(claim + owed)} is open, "
            f"{euros(left)} is left of {euros(cap)} for {work.on[:4]}, and {Month(books.month)} "
            f"was {'' if dips else 'not '}settled below the norm",
            "grant no more than is open and left, for a month below the norm",
        )
    cleared = min(cents, claim)
    return Booking(
        [books.draft((BUFFER_BUDGET, cents), (CLAIMS, -cleared), (BUFFER, cleared - cents))]
    )


def _has_left(books: ClientBooks) -> bool:
    query = select(decision.c.decision).where(
        decision.c.municipality == books.work.municipality,
        decision.c.client == books.asked.client,
        decision.c.kind.in_(("exit", "transfer")),
    )
    return books.work.conn.execute(query).first() is not None


def _below_norm(books: ClientBooks) -> bool:
    """Whether the month named was settled at less than the norm."""
    work, client, month = books.work, np.array([books.asked.client]), Month(books.month)
    figures = History.read(work.conn, work.municipality, books.asked.client).at(month, client)
    rate = holiday_share(parameters_now(work.conn, work.municipality), np.array([int(month)]))
    norm = paid_part(figures["norm_cents"], rate.amounts)
    settled = figures["state"] == "settled"
    return bool((settled & buffer_budget.below_norm(figures["entitlement_cents"], norm)).all())


def _granted_this_year(books: ClientBooks) -> int:
    query = """SELECT COALESCE(SUM(amount), 0) FROM entry JOIN posting
                 ON posting.municipality = entry.municipality AND posting.entry = entry.entry
               WHERE entry.municipality = :here AND entry.kind = 'buffer-budget'
                 AND entry.client = :client AND account = :account
                 AND booked_on BETWEEN :first AND :last"""
    year = books.work.on[:4]
    told = {
        "here": books.work.municipality, "client": books.asked.client, "account": BUFFER_BUDGET,
        "first": f"{year}-01-01", "last": f"{year}-12-31",
    }  # fmt: skip
    return int(books.work.conn.execute(text(query), told).scalar_one())


def _set_off_correction(books: ClientBooks) -> Booking:
    """Posts nothing: the lowering that was held out counts from now on."""
    asked, here = books.asked, books.work.municipality
    query = select(finding.c.finding).where(
        finding.c.municipality == here, finding.c.client == asked.client,
        finding.c.month == asked.month, _OLD_CORRECTIONS,
    )  # fmt: skip
    if books.work.conn.execute(query).first() is None:
        raise Refusal(
            f"no lowering of {Month(books.month)} is held out of set-off: 0,00 is open",
            "surplus findings list shows those that are (OLD_CORRECTION)",
        )
    return Booking([])


def _release(work: Work, asked: Asked, reference: str) -> None:
    work.conn.execute(
        update(finding)
        .where(finding.c.municipality == work.municipality, finding.c.client == asked.client)
        .where(finding.c.month == asked.month, _OLD_CORRECTIONS)
        .values(state="resolved", closed_on=work.on, resolved_by=work.operator, reason=reference)
    )


def _instalments(books: ClientBooks) -> Booking:
    """Posts nothing: it lowers the fixed payments to come, so policy and floor must be there."""
    work, asked = books.work, books.asked
    if work.settings.shortfall.offset != "instalments":
        raise Refusal(
            "policy sets a shortfall off against later surpluses only",
            'write offset = "instalments" under [shortfall] in surplus.toml',
        )
    one = np.array([asked.client])
    if not books.owed:
        raise Refusal("there is no shortfall: 0,00 is open", "nothing needs to be paid off")
    month = Month.of(asked.valid_from)
    if not in_force(work.conn, work.municipality, "protected-amount", month, one)[0]:
        raise Refusal(
            f"K{asked.client:07d} has no valid protected amount in {month}: nothing is set off "
            f"against the fixed payment; {euros(books.owed)} is open",
            "decide protected-amount first",
        )
    return Booking([])


_BOOKINGS: dict[str, Callable[[ClientBooks], Booking]] = {
    **dict.fromkeys(WAGES, _against_buffer),
    "claim": _claim,
    "claim-cancelled": _claim_cancelled,
    "write-off": _write_off,
    "buffer-budget": _buffer_budget,
    "exit": leave,
    "transfer": leave,
    "set-off-correction": _set_off_correction,
    "pay-again": pay_again,
    "refund": refund,
    "premium": premium,
    "volunteer-allowance": check_volunteer,
    "adjustment": adjustment,
    "instalments": _instalments,
}
