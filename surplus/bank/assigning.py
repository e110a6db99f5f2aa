"""What a person says a bank item is: a wage, a deposit, the municipality's money, or a payment.

It goes out of suspense, or from the wages or the municipality where it was put by mistake. Above a
limit it waits for a second person in `changes`. Never more than is open on the item, never between
two candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, text, update

from surplus import trail
from surplus.bank import payments, suspense
from surplus.bank.booking import expected_of, standing, tell_receipts, tell_suspense
from surplus.bank.expected import Expected, Part
from surplus.bank.known import group_of
from surplus.bank.payments import Told, code_of
from surplus.decisions import Change, propose
from surplus.decisions.kinds import employment_of
from surplus.ledger.accounts import (
    BUFFER,
    CLAIMS,
    IN_TRANSIT,
    MUNICIPALITY,
    RECEIVABLE,
    UNMATCHED,
)
from surplus.ledger.executed import OWED
from surplus.ledger.invariants import IN_TRANSIT_STATES
from surplus.ledger.journal import Draft, Line, book
from surplus.ledger.receipts import ITEM
from surplus.money import euros
from surplus.months import Month
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.store.tables import bank_item, employment

#: The kind of a change that waits for a second person.
KIND = "bank:assign"
#: How an item is marked that a person told what it is; `fixed`: on months that no rule changes.
ASSIGNED, SPLIT, FIXED = "assigned", "split", "fixed"


class Target(NamedTuple):
    """Where money of an item goes; `cents` with the sign of the item, as all below."""

    to: str  # wage | deposit | municipality | payment
    cents: int = 0  # 0: all that is open
    client: int = 0
    employer: str = ""
    month: int = 0
    payment: str = ""  # end-to-end id, message id of a whole file, or PmtInfId of a debit in it
    paid: Sequence[Sequence[int]] = ()  # found for it: obligation, item and cents of each payment

    def __str__(self) -> str:
        """In words, for who approves it."""
        whose = f"K{self.client:07d}" if self.client else self.payment
        month = str(Month(self.month)) if self.month else ""
        count = f"{len(self.paid)} payments" if len(self.paid) > 1 else ""
        told = (self.to, whose, self.employer, month, count, euros(self.moved))
        return " ".join(each for each in told if each)

    @property
    def moved(self) -> int:
        """All that moves: of a file of which each payment has a debit of its own, all of them."""
        return sum(cents for _payment, _item, cents in self.paid) or self.cents


class _Open(NamedTuple):
    """An item with what can be assigned of it."""

    item: int
    cents: int  # open; credit positive
    booked_on: str
    match: str
    end_to_end_id: str  # that the bank tells
    return_reason: str  # of a payment that came back, where the bank tells one
    moved: list[Draft]  # entries that first bring it back to suspense


def assign(work: Work, number: int, targets: Sequence[Target], reason: str) -> int:
    """Assign a bank item, or parts of it; what is not assigned stays in suspense.

    Args:
        work: the run in whose transaction it happens.
        number: the item.
        targets: one, or several with their amounts.
        reason: why; kept in the audit trail.

    Returns:
        0 where it is booked; above limits.assign_cents, and for payments that the bank refused or
        gave back, the number of the change that waits for a second person.

    Raises:
        Refusal: no such item, nothing open on it, more than is open, or a target that does not fit.
    """
    found = _open(work, number)
    targets = [t if t.cents else t._replace(cents=found.cents) for t in targets]
    _check(work, found, targets)
    targets = [t._replace(paid=_paid(work, found, t)) for t in targets]
    ours = [number for target in targets for number, _item, _cents in target.paid]
    if len(set(ours)) < len(ours):
        raise Refusal("a payment is named twice", "name each payment, or its whole file, once")
    told = "; ".join(map(str, targets))
    doubtful = _refused(work, targets)
    if doubtful or max(abs(t.moved) for t in targets) > work.settings.limits.assign_cents:
        client = targets[0].client if len({t.client for t in targets}) == 1 else 0
        payload = {"item": number, "targets": [target._asdict() for target in targets]}
        old = f"{ITEM}{number} {euros(found.cents)} {found.match or 'unmatched'}"
        asked = Change(KIND, client, f"{ITEM}{number}", old, told, payload, reason)
        return propose(work, [asked])[0]
    _post(work, found, targets)
    trail.note(work, "bank assign", f"{ITEM}{number}: {told}", reason)
    return 0


def approved(work: Work, payload: dict[str, Any]) -> None:
    """Book what a second person has approved.

    Raises:
        Refusal: it does not fit any more.
    """
    found = _open(work, payload["item"])
    targets = [Target(**told) for told in payload["targets"]]
    _check(work, found, targets)
    for target in targets:
        if _paid(work, found, target) != [list(each) for each in target.paid]:
            raise Refusal(
                f"the payments of {target.payment} are not what was asked any more",
                "reject the change and assign the item again",
            )
    _post(work, found, targets)


def _open(work: Work, number: int) -> _Open:
    row = work.conn.execute(
        select(bank_item).where(
            bank_item.c.municipality == work.municipality, bank_item.c.item == number
        )
    ).one_or_none()
    if row is None:
        raise Refusal(f"there is no bank item {number}", "surplus bank list shows them")
    told = (row.booked_on, row.match, row.end_to_end_id, row.return_reason)
    cents = -_balance(work, UNMATCHED, item=number)
    if cents:
        cents -= suspense.promised(work.conn, work.municipality, number)
        if not cents:
            raise Refusal(
                f"item {number} is being refunded", "surplus export payments shows its payment"
            )
        return _Open(number, cents, *told, [])
    lines = standing(work, [number]).get(number, [])
    if not lines or sum(line.amount for line in lines) != row.amount_cents:
        raise Refusal(
            f"nothing is open on item {number}, and it is nothing that can be moved",
            "surplus bank list shows what is open",
        )
    moved = [
        Draft(
            "receipt-assigned", [line, Line(UNMATCHED, -line.amount, item=number)], line.client,
            line.month, f"{ITEM}{number}",
        )
        for line in lines
    ]  # fmt: skip
    return _Open(number, row.amount_cents, *told, moved)


def _check(work: Work, found: _Open, targets: Sequence[Target]) -> None:
    total = sum(target.cents for target in targets)
    if any(target.cents * found.cents <= 0 for target in targets) or abs(total) > abs(found.cents):
        raise Refusal(
            f"item {found.item} has {euros(found.cents)} open; {euros(total)} was assigned",
            "give parts of it, each with its sign",
        )
    for target in targets:
        if target.to == "wage":
            _refuse_same(found, target, _employment(work, target))
            if target.cents < 0 and not target.month:
                raise Refusal("a debit needs the month of the wage that it takes back", "name it")
        elif target.to == "municipality":
            if any(draft.lines[0].account == MUNICIPALITY for draft in found.moved):
                raise _there(found)
        elif target.to == "deposit":
            _known(work, target.client)
            if target.cents < 0:
                raise Refusal("a debit is no deposit", "pay it as a refund, or name the wage")


def _refuse_same(found: _Open, target: Target, job: int) -> None:
    """What stands where it is to go need not move: told twice, it is booked once."""
    lines = [draft.lines[0] for draft in found.moved]
    months = {target.month} if target.month else {line.month for line in lines}
    if lines and all((line.employment, line.month in months) == (job, True) for line in lines):
        raise _there(found)


def _there(found: _Open) -> Refusal:
    return Refusal(f"item {found.item} stands there already", "nothing is left to do")


def _post(work: Work, found: _Open, targets: Sequence[Target]) -> None:
    book(work, found.moved)
    clients = {line.client for draft in found.moved for line in draft.lines}
    clients |= {target.client for target in targets} - {0}
    expected = expected_of(work, clients)
    ours = [target for target in targets if target.to == "payment"]
    book(work, [d for t in targets if t.to != "payment" for d in _drafts(work, found, t, expected)])
    for target in ours:
        _settle_payment(work, target, found.return_reason)
    whole = sum(target.cents for target in targets) == found.cents
    match = ASSIGNED if len(targets) == 1 and whole else SPLIT
    match = FIXED if any(target.month for target in targets) else match
    work.conn.execute(
        update(bank_item)
        .where(bank_item.c.municipality == work.municipality, bank_item.c.item == found.item)
        .values(match=match, client=targets[0].client if match == ASSIGNED else 0)
    )
    if ours:
        payments.tell(work)
    tell_suspense(work)
    tell_receipts(work, clients)


def _drafts(work: Work, found: _Open, target: Target, expected: Expected) -> list[Draft]:
    cents, whose, month = target.cents, target.client, target.month or int(Month.of(work.on))
    if target.to == "municipality":
        lines = [Line(MUNICIPALITY, -cents)]
    elif target.to == "deposit":
        claim = max(0, min(cents, _balance(work, CLAIMS, client=whose)))
        rest = Line(BUFFER, claim - cents, whose, month=month)
        lines = [Line(CLAIMS, -claim, whose), rest] if claim else [rest]
    else:
        job = _employment(work, target)
        parts = [Part(month, cents)]
        if not target.month:
            parts, rest_cents = expected.place(job, cents)
            parts = [*parts, Part(int(Month.of(found.booked_on or work.on)), rest_cents)]
        lines = [Line(RECEIVABLE, -part.cents, whose, job, part.month) for part in parts]
    lines = [line for line in lines if line.amount]
    out = Line(UNMATCHED, cents, item=found.item)
    about = lines[0].month
    return [Draft("receipt-assigned", [out, *lines], whose, about, f"{ITEM}{found.item}")]


def _settle_payment(work: Work, target: Target, reason: str) -> None:
    """Our own payments, debited or come back, that the program did not recognise."""
    told = [Told(number, source=f"{ITEM}{item}") for number, item, _cents in target.paid]
    if target.cents > 0:
        code = code_of(reason)
        payments.returned(work, [each._replace(code=code) for each in told], UNMATCHED)
        return
    refused = _refused(work, [target])
    payments.reinstated(work, [each for each in told if each.obligation in refused])
    rows = {row.obligation: row for row in _named(work, target.payment)}
    drafts = []
    for number, item, cents in target.paid:
        client, month = rows[number].client, rows[number].month
        lines = [Line(IN_TRANSIT, -cents, client, item=number), Line(UNMATCHED, cents, item=item)]
        drafts.append(Draft("receipt-assigned", lines, client, month, f"{ITEM}{item}"))
    book(work, drafts)
    payments.record(work, told, "BOOKED")
    work.conn.execute(
        update(bank_item)
        .where(bank_item.c.municipality == work.municipality, bank_item.c.item == bindparam("n"))
        .values(match=ASSIGNED),
        [{"n": item} for item in {item for _payment, item, _cents in target.paid}],
    )


def _paid(work: Work, found: _Open, target: Target) -> list[list[int]]:
    """The payments that an item is: obligation, item and cents of each, by obligation.

    One payment by its end-to-end id. Of a file, or of one debit in it: all its payments that are
    under way or refused, or all but those refused for another reason than a duplicate, where the
    item is their sum; where the item is the debit of one of them, those that a debit in suspense
    names, each with its own.

    Raises:
        Refusal: they do not fit.
    """
    if target.to != "payment":
        return []
    wanted = ("BOOKED",) if target.cents > 0 else (*IN_TRANSIT_STATES, *OWED)
    named = _named(work, target.payment)
    rows = [row for row in named if row.state in wanted and not row.again and not row.given_up]
    one = len(named) == 1 and named[0].end_to_end_id == target.payment
    by_debit = {} if one or target.cents > 0 else _debits(work, rows)
    if found.item in by_debit.values():
        rows = [row for row in rows if row.obligation in by_debit]
    else:
        by_debit = dict.fromkeys((row.obligation for row in rows), found.item)
        fits = [rows, [row for row in rows if row.state not in OWED or _duplicate(row)]]
        cents = abs(target.cents)
        rows = next((some for some in fits if sum(r.amount_cents for r in some) == cents), [])
        if not rows:
            raise _unfit(target, named, fits[0])
    own = found.end_to_end_id
    if own and own not in {row.end_to_end_id for row in rows} and _named(work, own):
        raise Refusal(
            f"item {found.item} names the payment {own} itself", "it is not the debit of another"
        )
    sign = 1 if target.cents > 0 else -1
    return [
        [row.obligation, by_debit[row.obligation], sign * row.amount_cents]
        for row in sorted(rows, key=lambda row: row.obligation)
    ]


def _duplicate(row: Any) -> bool:
    """Whether the bank refused a payment because it had it already."""
    return payments.REASONS.get((row.reason or "").partition(" ")[0]) == "OWN_DUPLICATE"


def _unfit(target: Target, named: Sequence[Any], rows: Sequence[Any]) -> Refusal:
    if not named:
        said = "is not known"
    elif len(named) > 1:
        said = f"has {len(rows)} open payments, {euros(sum(row.amount_cents for row in rows))}"
    else:
        (row,) = named
        said = f"is {row.state}, {euros(row.amount_cents)}"
        said += " and has been made again" if row.again else ""
        said += " and was given up by decision" if row.given_up else ""
    hint = (
        "costs that the bank kept back are booked first: surplus decide CLIENT adjustment "
        "--value 4800/1900 --item ITEM --amount EUROS"
        if target.cents > 0
        else "what was paid without being owed is a claim: surplus decide CLIENT adjustment "
        "--value 1400/1900 --item ITEM --amount EUROS"
    )
    return Refusal(
        f"payment {target.payment} {said}: it cannot be {euros(target.cents)} on the statement",
        f"surplus export payments shows all payments; {hint}",
    )


def _named(work: Work, name: str) -> list[Any]:
    """The payments behind an end-to-end id, a message id or a PmtInfId; `again`: a later round was
    made, `given_up`: by decision, `reason`: why it is owed, where it is.
    """
    query = f"""
        SELECT o.obligation, o.client, o.month, o.amount_cents, o.state, o.end_to_end_id,
               why.reason, p.message_id, p.profile,
               CASE WHEN EXISTS (
                   SELECT 1 FROM obligation AS n WHERE n.municipality = o.municipality
                     AND n.client = o.client AND n.month = o.month AND n.kind = o.kind
                     AND n.payee = o.payee AND n.round > o.round AND n.state <> 'CANCELLED')
                 THEN 1 ELSE 0 END AS again,
               CASE WHEN o.kind = 'fixed' AND EXISTS (
                   SELECT 1 FROM decision AS d WHERE d.municipality = o.municipality
                     AND d.client = o.client AND d.month = o.month AND d.kind = 'give-up-payment')
                 THEN 1 ELSE 0 END AS given_up
        FROM obligation AS o
        LEFT JOIN ({payments.WHY_OWED}) AS first ON first.obligation = o.obligation
        LEFT JOIN payment_event AS why
          ON why.municipality = o.municipality AND why.event = first.event
        JOIN payment_batch AS p ON p.municipality = o.municipality AND p.batch = o.batch
        WHERE o.municipality = :municipality AND o.end_to_end_id <> ''
          AND (o.end_to_end_id = :name OR p.message_id IN (:name, :file))
    """
    file = name.rpartition("-P")[0]
    told = {"municipality": work.municipality, "name": name, "file": file or name}
    rows = list(work.conn.execute(text(query), told))
    return [
        row
        for row in rows
        if not file or group_of(row.message_id, row.profile, row.end_to_end_id) == name
    ]


def _debits(work: Work, rows: Sequence[Any]) -> dict[int, int]:
    """The debit in suspense of each payment that has exactly one, by obligation."""
    ours = {(row.end_to_end_id, -row.amount_cents): row.obligation for row in rows}
    query = """
        SELECT i.end_to_end_id, i.amount_cents, MIN(i.item) AS item FROM bank_item AS i
        JOIN balance AS b ON b.municipality = i.municipality AND b.account = :unmatched
          AND b.item = i.item AND b.amount = -i.amount_cents
        WHERE i.municipality = :here AND i.amount_cents < 0 AND i.end_to_end_id <> ''
        GROUP BY i.end_to_end_id, i.amount_cents HAVING COUNT(*) = 1
    """
    found = work.conn.execute(text(query), {"here": work.municipality, "unmatched": UNMATCHED})
    return {ours[name, cents]: item for name, cents, item in found if (name, cents) in ours}


def _refused(work: Work, targets: Sequence[Target]) -> set[int]:
    """Those of the payments of these targets that the bank refused, or gave back once."""
    told = {number for target in targets for number, _item, _cents in target.paid}
    named = [row for name in {t.payment for t in targets} - {""} for row in _named(work, name)]
    return {row.obligation for row in named if row.obligation in told and row.state in OWED}


def _employment(work: Work, target: Target) -> int:
    """The employment of a target: the client's only one where no employer is named.

    Raises:
        Refusal: there is none, or more than one.
    """
    if target.employer:
        return employment_of(work, target.client, target.employer)
    _known(work, target.client)
    jobs = work.conn.scalars(
        select(employment.c.employment).where(
            employment.c.municipality == work.municipality,
            employment.c.client == target.client,
        )
    ).all()
    if len(jobs) != 1:
        raise Refusal(
            f"K{target.client:07d} has {len(jobs)} employments", "name the employer's number too"
        )
    return int(jobs[0])


def _known(work: Work, client: int) -> None:
    known = work.conn.execute(
        text("SELECT 1 FROM client WHERE municipality = :here AND client = :client LIMIT 1"),
        {"here": work.municipality, "client": client},
    ).first()
    if known is None:
        raise Refusal(f"there is no client K{client:07d}", "check the number")


def _balance(work: Work, account: int, **dimensions: int) -> int:
    """What stands on an account, debit positive."""
    where = "".join(f" AND {name} = :{name}" for name in dimensions)
    query = f"""SELECT COALESCE(SUM(amount), 0) FROM balance
                WHERE municipality = :here AND account = :account{where}"""
    told = {"here": work.municipality, "account": account} | dimensions
    return int(work.conn.execute(text(query), told).scalar_one())
