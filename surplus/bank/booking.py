"""Bank items into the ledger, and the nightly second look at what stood open (match)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Select, select

from surplus import findings
from surplus.bank import notices, payments
from surplus.bank.announced import Announced
from surplus.bank.entries import Item
from surplus.bank.expected import Expected, Move, Part
from surplus.bank.families import undoes
from surplus.bank.known import Known, Payment
from surplus.bank.matching import Match, Share, matched
from surplus.bank.payments import Told, code_of
from surplus.findings import Finding
from surplus.ledger.accounts import (
    BANK,
    BANK_COSTS,
    IN_TRANSIT,
    MUNICIPALITY,
    RECEIVABLE,
    UNMATCHED,
)
from surplus.ledger.journal import Draft, Line, book
from surplus.ledger.receipts import ITEM, placed
from surplus.months import Month
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import balance, bank_item, decision

Columns = dict[str, Any]

#: What a second look may still find; the rest was known at once or never will be.
_LATER = ("payment", "return", "funding", "reference", "text", "rf", "payslip", "several")
#: Matches of which parts may belong to several clients.
_OF_SEVERAL = ("several", "split", "fixed")
#: Of so many clients what is expected of their employers is in memory together.
_AT_ONCE = 5_000
#: What must be equal between an item and the one that undoes it.
_SAME = ("party_iban", "reference", "end_to_end_id", "remittance")


def book_items(work: Work, items: Sequence[Item]) -> dict[int, Match]:
    """Book the items of a statement, in their order; those that undo others come last.

    Args:
        work: the run in whose transaction it happens.
        items: as stored.

    Returns:
        What each item is, by its number. Findings are left to `tell_suspense` and `tell_receipts`.
    """
    if not items:
        return {}
    matches, expected = _matches(work, items)
    later = [item for item in items if matches[item.item].how == "reversal"]
    at_once = [item for item in items if matches[item.item].how != "reversal"]
    book(work, [d for item in at_once for d in _drafts(item, matches[item.item], expected)])
    _remember(work, {item.item: matches[item.item] for item in at_once})
    undone = _undo(work, later)
    _remember(work, undone)
    matches |= undone
    payments.returned(work, _returns(items, matches))
    return matches


def match(work: Work) -> dict[str, int]:
    """Look again at what stands open: suspense, and receipts on months they do not pay.

    Args:
        work: the run in whose transaction it happens.

    Returns:
        `assigned`, items that left suspense; `moved`, receipts that went to other months;
        `unmatched`, items that stay in suspense.
    """
    assigned = _assign(work)
    clients = _with_receivable(work)
    expected = expected_of(work, clients)
    moves = expected.moves(lambda items: _fixed(work, items))
    if moves:
        book(work, [_moved(move) for move in moves])
        expected = expected_of(work, clients)
    payments.tell(work)
    # Of everyone else what was received is exactly what was told.
    findings.sync(work, ["RECEIPT_DIFFERS"], expected.differing())
    return {"assigned": assigned, "moved": len(moves), "unmatched": tell_suspense(work)}


def tell_suspense(work: Work) -> int:
    """Make the findings on suspense what stands there now; returns how many items do."""
    columns = (bank_item.c.item, bank_item.c.client, balance.c.amount)
    rows = bulk.read(work.conn, _in_suspense(work, *columns))
    waiting = [
        Finding("UNMATCHED", client, 0, f"{ITEM}{item}", -cents)
        for item, client, cents in zip(*(rows[n].tolist() for n in rows), strict=True)
    ]
    findings.sync(work, ["UNMATCHED"], waiting)
    return len(waiting)


def tell_receipts(work: Work, clients: Collection[int]) -> None:
    """Make the findings on receipts of these clients that differ what is the case now."""
    whose = set(clients) - {0}
    # Of everyone else what was received is exactly what was told.
    judged = sorted(whose & set(_with_receivable(work)))
    differing = [
        found
        for at in range(0, len(judged), _AT_ONCE)
        for found in expected_of(work, judged[at : at + _AT_ONCE]).differing()
    ]
    findings.sync(work, ["RECEIPT_DIFFERS"], differing, dict.fromkeys(whose, 0))


def expected_of(work: Work, clients: Iterable[int]) -> Expected:
    """What is expected of the employers of these clients (0: nobody)."""
    return Expected.read(work.conn, work.settings, set(clients) - {0})


def _matches(work: Work, items: Sequence[Item]) -> tuple[dict[int, Match], Expected]:
    """What each item is, and what is expected of the employers of the clients concerned.

    Those that undo others are looked at last, whatever their place.
    """
    details = notices.told_of(work, items)
    behind = [one for told in details.values() for one in told]
    known = Known.read(work, [*items, *behind])
    found = {item.item: matched(item, known) for item in sorted(items, key=undoes)}
    for number, told in details.items():
        if not found[number].how and (better := notices.by_details(told, known)).how:
            found[number] = better
    expected = expected_of(work, known.people)
    return found | Announced(known, expected).settle(items, found), expected


def _returns(items: Iterable[Item], matches: dict[int, Match]) -> list[Told]:
    """The payments that came back, each with the reason that its item gives."""
    return [
        Told(payment.obligation, code_of(reason), f"{ITEM}{item.item}")
        for item in items
        if item.item in matches and matches[item.item].how == "return"
        for payment, reason in _with_reasons(item, matches[item.item])
    ]


def _with_reasons(item: Item, match: Match) -> Iterable[tuple[Payment, str]]:
    reasons = match.reasons or [item.return_reason] * len(match.payments)
    return zip(match.payments, reasons, strict=True)


def _drafts(item: Item, match: Match, expected: Expected) -> list[Draft]:
    """The entries of one item; what came back is booked for its payments, see `payments`."""
    cents, source = item.amount_cents, f"{ITEM}{item.item}"
    cash = Line(BANK, cents)
    if match.how in ("zero", "return"):
        return []
    if match.how == "funding":
        return [Draft("funding", [cash, Line(MUNICIPALITY, -cents)], reference=source)]
    if match.how == "cost":
        return [Draft("bank-cost", [Line(BANK_COSTS, -cents), cash], reference=source)]
    if match.how == "payment":
        return [_paid(payment, source) for payment in match.payments]
    drafts = []
    for share in match.shares(cents):
        lines = _wage(share, expected, Month.of(item.booked_on))
        part = cash._replace(amount=share.cents)
        drafts.append(Draft("receipt", [part, *lines], share.client, lines[0].month, source))
    return drafts or [_suspended(item)]


def _suspended(item: Item) -> Draft:
    kind = "receipt" if item.amount_cents > 0 else "debit-unmatched"
    open_line = Line(UNMATCHED, -item.amount_cents, item=item.item)
    return Draft(kind, [Line(BANK, item.amount_cents), open_line], reference=f"{ITEM}{item.item}")


def _paid(payment: Payment, source: str) -> Draft:
    in_transit = Line(IN_TRANSIT, payment.cents, payment.client, item=payment.obligation)
    lines = [in_transit, Line(BANK, -payment.cents)]
    return Draft("payment-booked", lines, payment.client, payment.month, source)


def _wage(share: Share, expected: Expected, booked: Month) -> list[Line]:
    """A wage on its open months, the rest on the month of booking."""
    parts, rest = expected.place(share.employment, share.cents)
    months: dict[int, int] = defaultdict(int)
    for part in [*parts, Part(booked, rest)]:
        months[part.month] += part.cents
    return [
        Line(RECEIVABLE, -part, share.client, share.employment, month)
        for month, part in months.items()
        if part
    ]


def _undo(work: Work, reversals: Sequence[Item]) -> dict[int, Match]:
    """Take back the receipts that the bank undoes, from where they stand now.

    Of several receipts that are alike the last is taken back: the bank undoes soon.
    """
    done: dict[int, Match] = {}
    drafts: list[Draft] = []
    candidates = _alike(work, reversals)
    stands = standing(work, {number for rows in candidates.values() for number in rows})
    for item in reversals:
        alike = candidates[_likeness(item, -item.amount_cents)]
        for number in sorted(alike, reverse=True):
            lines = stands.pop(number, [])
            if sum(line.amount for line in lines) == -item.amount_cents:
                drafts += _reversed(lines, f"{ITEM}{number}")
                done[item.item] = Match(f"reversal of {ITEM}{number}", client=lines[0].client)
                break
        else:
            drafts.append(_suspended(item))
            done[item.item] = Match()
    book(work, drafts)
    return done


def _reversed(lines: Sequence[Line], source: str) -> list[Draft]:
    """The entries that take back what stands on these lines: one for each client."""
    drafts = []
    for client in dict.fromkeys(line.client for line in lines):
        own = [line for line in lines if line.client == client]
        cash = Line(BANK, -sum(line.amount for line in own))
        drafts.append(Draft("receipt-reversed", [*own, cash], client, own[0].month, source))
    return drafts


def _alike(work: Work, reversals: Sequence[Item]) -> dict[tuple[Any, ...], list[int]]:
    """Earlier items, by amount and by what a reversal repeats of them."""
    query = select(
        bank_item.c.item, bank_item.c.amount_cents, *(bank_item.c[name] for name in _SAME)
    ).where(bank_item.c.municipality == work.municipality, bank_item.c.reversal == 0)
    wanted = {-item.amount_cents for item in reversals}
    rows = bulk.among(work.conn, query, bank_item.c.amount_cents, wanted)
    found: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for item, *likeness in zip(*(rows[n].tolist() for n in rows), strict=True):
        found[tuple(likeness)].append(item)
    return found


def _likeness(item: Item, cents: int) -> tuple[Any, ...]:
    return (cents, *(getattr(item, name) for name in _SAME))


def standing(work: Work, items: Collection[int]) -> dict[int, list[Line]]:
    """Where receipts stand on wages, in suspense or with the municipality: by item, as the lines
    that take them back.
    """
    if not items:
        return {}
    query = select(bank_item.c.match, bank_item.c.client).where(
        bank_item.c.municipality == work.municipality
    )
    rows = bulk.among(work.conn, query, bank_item.c.item, items)
    several = {*rows["match"].tolist()} & {*_OF_SEVERAL}
    placed_now = placed(
        work.conn, work.municipality, None if several else {0, *rows["client"].tolist()}
    )
    found: dict[int, list[Line]] = defaultdict(list)
    for item, account, client, employment, month, cents in zip(
        *(placed_now[n].tolist() for n in placed_now), strict=True
    ):
        if account in (RECEIVABLE, UNMATCHED, MUNICIPALITY) and item in items:
            own = item if account == UNMATCHED else 0
            found[item].append(Line(account, cents, client, employment, month, own))
    return found


def _remember(work: Work, matches: dict[int, Match]) -> None:
    """What an item is on the item, and BOOKED on the payments that the bank executed."""
    said = [(number, match) for number, match in matches.items() if match.how or match.client]
    if said:
        bulk.change(
            work.conn,
            bank_item,
            {
                "municipality": work.municipality,
                "item": [number for number, _match in said],
                "match": [match.how for _number, match in said],
                "client": [match.client for _number, match in said],
            },
        )
    paid = [
        Told(payment.obligation, source=f"{ITEM}{number}")
        for number, match in matches.items()
        if match.how == "payment"
        for payment in match.payments
    ]
    payments.record(work, paid, "BOOKED")


def _assign(work: Work) -> int:
    """Try the items in suspense again; returns how many could be assigned."""
    rows = bulk.read(
        work.conn,
        _in_suspense(work, *(bank_item.c[name] for name in Item._fields)).where(
            balance.c.amount == -bank_item.c.amount_cents,
            bank_item.c.match == "",
            bank_item.c.item.not_in(_refunds(work)),
        ),
    )
    items = [Item(*row) for row in zip(*(rows[n].tolist() for n in Item._fields), strict=True)]
    if not items:
        return 0
    matches, expected = _matches(work, items)
    found = {number: match for number, match in matches.items() if match.how in _LATER}
    book(
        work,
        [
            _from_suspense(draft, item.item)
            for item in items
            if item.item in found
            for draft in _drafts(item, found[item.item], expected)
        ],
    )
    _remember(work, found)
    payments.returned(work, _returns(items, found), UNMATCHED)
    return len(found)


def _fixed(work: Work, items: Any) -> list[int]:
    """Those of these items that a person put on months of their own."""
    query = select(bank_item.c.item).where(
        bank_item.c.municipality == work.municipality, bank_item.c.match == "fixed"
    )
    numbers: list[int] = bulk.among(work.conn, query, bank_item.c.item, {*items.tolist()})[
        "item"
    ].tolist()
    return numbers


def _refunds(work: Work) -> Select[Any]:
    """The items of which a person decided that they go back."""
    return select(decision.c.item).where(
        decision.c.municipality == work.municipality,
        decision.c.kind == "refund",
        decision.c.item.is_not(None),
    )


def _in_suspense(work: Work, *columns: Any) -> Select[Any]:
    same = (balance.c.municipality == bank_item.c.municipality) & (
        balance.c.item == bank_item.c.item
    )
    return (
        select(*columns)
        .join(balance, same)
        .where(balance.c.municipality == work.municipality)
        .where(balance.c.account == UNMATCHED, balance.c.amount != 0)
        .order_by(bank_item.c.item)
    )


def _from_suspense(draft: Draft, item: int) -> Draft:
    """An entry as it would be for new money, out of suspense instead of the bank."""
    lines = [
        line._replace(account=UNMATCHED, item=item) if line.account == BANK else line
        for line in draft.lines
    ]
    return draft._replace(kind="receipt-assigned", lines=lines)


def _with_receivable(work: Work) -> list[int]:
    """The clients of whom some month of some employment is not exactly received."""
    query = (
        select(balance.c.client)
        .distinct()
        .where(balance.c.municipality == work.municipality)
        .where(balance.c.account == RECEIVABLE, balance.c.amount != 0)
    )
    clients: list[int] = bulk.read(work.conn, query)["client"].tolist()
    return clients


def _moved(move: Move) -> Draft:
    whose = {"client": move.client, "employment": move.employment}
    lines = [
        Line(RECEIVABLE, sum(part.cents for part in move.parts), month=move.month, **whose),
        *(Line(RECEIVABLE, -part.cents, month=part.month, **whose) for part in move.parts),
    ]
    first = move.parts[0].month
    return Draft("receipt-assigned", lines, move.client, first, f"{ITEM}{move.item}")
