"""What each kind of decision (besluit) must tell, and what can be no decision at all.

Whether it fits the books is looked at where it is booked: see `settlement.by_decision`.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from stdnum import iban

from surplus.ledger.accounts import BANK, IN_TRANSIT, NAMES, UNMATCHED
from surplus.ledger.executed import executed
from surplus.ledger.invariants import IN_TRANSIT_STATES
from surplus.money import euros
from surplus.months import Month
from surplus.problems import Refusal
from surplus.rules.at_exit import REASONS
from surplus.rules.payees import OTHERS, PARTNER
from surplus.runs import Work
from surplus.store.tables import client, employment, obligation, person


class Asked(NamedTuple):
    """A decision as a person asks for it; what a kind does not use stays empty."""

    client: int
    kind: str
    month: int | None = None
    amount_cents: int | None = None
    valid_from: str = ""
    valid_until: str = ""
    employer: str = ""  # loonheffingennummer
    payee: str = ""
    value: str = ""  # what is decided where that is no amount
    payee_iban: str = ""
    payee_name: str = ""
    payee_reference: str = ""  # betalingskenmerk, or what the payee knows the client by
    item: int | None = None  # the bank item that is refunded
    number: str = ""  # besluitnummer
    reason: str = ""


#: What each kind of decision must tell.
KINDS = {
    "norm": ("amount_cents", "valid_from"),
    "norm-reduction": ("valid_from", "number"),
    "norm-increase": ("valid_from", "number"),
    "institution": ("value", "valid_from"),
    "spouse-without-right": ("valid_from",),
    "dependent-children": ("valid_from",),
    "no-recourse-to-parents": ("valid_from", "number"),
    "pay-periods": ("employer", "value"),
    "paid_to": ("employer", "payee"),
    "payslip": ("month", "employer", "amount_cents"),
    "protected-amount": ("amount_cents", "valid_from"),
    "instalments": ("amount_cents", "valid_from", "number"),
    "fixed-payment": ("amount_cents", "valid_from", "valid_until", "number"),
    "hold-payment": ("valid_from",),
    "give-up-payment": ("month",),
    "pay-again": ("value",),
    "split": ("payee", "payee_iban", "payee_name", "valid_from", "number"),
    "third-party": ("payee", "payee_iban", "payee_name", "amount_cents", "valid_from", "number"),
    "refund": ("amount_cents", "payee_iban", "payee_name"),
    "premium": ("amount_cents", "number"),
    "volunteer-allowance": ("month", "amount_cents"),
    "wage-paid-to-client": ("month", "employer", "amount_cents"),
    "wage-lost": ("month", "employer", "amount_cents"),
    "set-off-correction": ("month",),
    "exit": ("value", "valid_until"),
    "transfer": ("payee", "valid_until"),
    "claim": ("amount_cents", "number"),
    "claim-cancelled": ("amount_cents", "number"),
    "write-off": ("value", "amount_cents", "number"),
    "buffer-budget": ("amount_cents", "month", "number"),
    "adjustment": ("value", "amount_cents"),
}
#: The kind that says that a payslip holds as it is; its amount is the net wage paid.
PAYSLIP = "payslip"
#: Kinds that choose between a few things: the option that says which, and what it may be.
CHOICES = {
    "institution": ("value", ("self", "partner", "both")),
    "pay-periods": ("value", ("13/12", "by-days", "end-date", "payment-month")),
    "paid_to": ("payee", ("client", "buffer")),
    "split": ("payee", (PARTNER, *OTHERS)),
    "exit": ("value", REASONS),
    "write-off": ("value", ("claim", "shortfall", "wage")),
}
#: Kinds that change the norm by an amount or by a percentage, one of the two.
ADJUSTMENTS = ("norm-reduction", "norm-increase")
#: Kinds whose amount holds for whole months.
MONTHLY = ("fixed-payment", "instalments", "split", "third-party")
#: Kinds that may pay to an account that the decision tells.
PAYING = ("split", "third-party", "refund", "pay-again")
#: Kinds about a wage that one employer owes for one month.
WAGES = ("wage-paid-to-client", "wage-lost")
#: Accounts that the bank and the payments themselves decide on.
NOT_ADJUSTABLE = (BANK, IN_TRANSIT)
PERCENT = r"(100|[0-9]{1,2})([,.][0-9]{1,3})?%"
OPTIONS = {
    "amount_cents": "--amount", "valid_from": "--from", "valid_until": "--until",
    "payee_iban": "--iban", "payee_name": "--name", "payee_reference": "--reference",
}  # fmt: skip


def check(work: Work, asked: Asked) -> None:
    """Refuse what cannot be decided, whatever the books say.

    Raises:
        Refusal: an unknown kind, client or employer, something missing, or not in its form.
    """
    if asked.kind not in KINDS:
        raise Refusal(f"there is no decision of kind {asked.kind}", f"known are {', '.join(KINDS)}")
    missing = [
        OPTIONS.get(name, f"--{name}")
        for name in (*KINDS[asked.kind], "reason")
        if getattr(asked, name) is None or not str(getattr(asked, name)).strip()
    ]
    if missing:
        raise Refusal(f"{asked.kind} needs {', '.join(missing)}", "give the command again with it")
    known = work.conn.execute(
        select(client.c.version).where(
            client.c.municipality == work.municipality, client.c.client == asked.client
        )
    ).first()
    nobody = not asked.client and asked.kind in ("refund", "pay-again", "adjustment")
    if known is None and not nobody:  # money of nobody's may have come in, and go back
        raise Refusal(f"there is no client K{asked.client:07d}", "check the number")
    nothing = asked.amount_cents is not None and asked.amount_cents <= 0
    if nothing and asked.kind != PAYSLIP:  # an advance settled may leave less than nothing
        raise Refusal("--amount must be more than 0,00", "a payment is stopped by hold-payment")
    _check_dates(asked)
    _check_value(asked)
    _check_payee(work, asked)
    if asked.kind in (*WAGES, "pay-periods"):
        employment_of(work, asked.client, asked.employer)
    if asked.kind == "give-up-payment" and asked.month:
        refuse_paid(work, asked.client, asked.month)


def _check_dates(asked: Asked) -> None:
    for option, day in (("--from", asked.valid_from), ("--until", asked.valid_until)):
        try:
            told = date.fromisoformat(day).isoformat() if day else ""
        except ValueError:
            told = ""
        if told != day:
            raise Refusal(f"{option} {day} is no date", "write it as 2026-03-01")
    if asked.valid_until and asked.valid_until < asked.valid_from:
        raise Refusal("--until lies before --from", "turn them round")
    if asked.kind not in MONTHLY:
        return
    last = asked.valid_until and Month.of(asked.valid_until).last_day.isoformat()
    if not asked.valid_from.endswith("-01") or asked.valid_until != last:
        raise Refusal(
            f"{asked.kind} holds for whole months",
            "give the first day of a month with --from, and the last day of one with --until",
        )


def _check_value(asked: Asked) -> None:
    """What is chosen must be one of the known things; a percentage must be one."""
    if asked.kind in CHOICES:
        name, known = CHOICES[asked.kind]
        if getattr(asked, name) not in known:
            raise Refusal(
                f"--{name} {getattr(asked, name)} is nothing that {asked.kind} knows",
                f"choose one of {', '.join(known)}",
            )
    elif asked.kind == "adjustment":
        accounts_of(asked)
    elif asked.kind in ADJUSTMENTS:
        percent = re.fullmatch(PERCENT, asked.value)
        if (asked.amount_cents is None) == (not percent) or (asked.value and not percent):
            raise Refusal(
                f"{asked.kind} needs either --amount 140,15 or --value 10%", "give one of the two"
            )
    elif asked.value and asked.kind != "pay-again":
        raise Refusal(f"--value means nothing to {asked.kind}", "leave it out")
    if asked.kind == "transfer" and not re.fullmatch("[0-9]{4}", asked.payee):
        raise Refusal(
            f"--payee {asked.payee} is no municipality", "give the code of the new one: 0344"
        )
    if asked.kind == "write-off" and asked.value == "wage" and not (asked.month and asked.employer):
        raise Refusal("write-off of a wage needs --month and --employer", "give both")


def _check_payee(work: Work, asked: Asked) -> None:
    """Where money goes, and how much of a payment that is divided."""
    told = (asked.payee_iban, asked.payee_name, asked.payee_reference)
    if any(told) and asked.kind not in PAYING:
        raise Refusal(f"--iban, --name and --reference mean nothing to {asked.kind}", "leave out")
    if asked.payee_iban and not iban.is_valid(asked.payee_iban):
        raise Refusal(
            f"--iban {asked.payee_iban} is no IBAN: check digits or length are wrong",
            "look at the payee's own letter",
        )
    if asked.kind == "split":
        _check_split(work, asked)
    if asked.kind == "refund" and bool(asked.item) == bool(asked.month and asked.employer):
        raise Refusal(
            "refund needs either --item, or --month and --employer",
            "an item of the bank, or what an employer paid too much for a month",
        )


def _check_split(work: Work, asked: Asked) -> None:
    """A partner gets half (art. 45(4)); others a fixed amount or a percentage."""
    told = (asked.amount_cents is not None) + bool(asked.value)
    if asked.payee != PARTNER:
        if told != 1 or (asked.value and not re.fullmatch(PERCENT, asked.value)):
            raise Refusal("split needs either --amount 650,00 or --value 10%", "give one of them")
        return
    if told:
        raise Refusal("a partner gets half by law (art. 45(4))", "leave --amount and --value out")
    couple = work.conn.execute(
        select(person.c.person).where(
            person.c.municipality == work.municipality, person.c.client == asked.client,
            person.c.person == 2,
        )
    ).first()  # fmt: skip
    if couple is None:
        raise Refusal(f"K{asked.client:07d} has no partner", "look at the household in clients.csv")


def accounts_of(asked: Asked) -> tuple[int, int]:
    """The accounts that an adjustment debits and credits.

    Raises:
        Refusal: not two of the chart, or one that is not to be adjusted by hand.
    """
    found = re.fullmatch(r"([0-9]{4})/([0-9]{4})", asked.value)
    told = [int(each) for each in found.groups()] if found else []
    fit = [each for each in told if each in NAMES and each not in NOT_ADJUSTABLE]
    if len(set(fit)) != 2:
        raise Refusal(
            f"--value {asked.value} is no pair of accounts to adjust",
            "write debit/credit, such as 4900/2000; the bank (1000) and payments in transit (1010) "
            "follow from statements and batches",
        )
    if UNMATCHED in fit and not asked.item:
        raise Refusal("an adjustment of 1900 needs --item", "surplus bank list shows the items")
    return fit[0], fit[1]


def employment_of(work: Work, number: int, employer: str) -> int:
    """The client's employment at an employer.

    Raises:
        Refusal: there is none, or both members of the household work there.
    """
    found = work.conn.execute(
        select(employment.c.employment).where(
            employment.c.municipality == work.municipality,
            employment.c.client == number,
            employment.c.employer == employer,
        )
    ).all()
    if len(found) != 1:
        said = "is not known to employ" if not found else "employs two persons of"
        raise Refusal(f"{employer} {said} K{number:07d}", "surplus explain shows the employments")
    return int(found[0].employment)


def refuse_paid(work: Work, number: int, month: int) -> None:
    """Giving up money that has left would make it a surplus, and pay it a second time."""
    paid = work.conn.execute(
        select(obligation.c.obligation).where(
            obligation.c.municipality == work.municipality,
            obligation.c.client == number,
            obligation.c.month == month,
            obligation.c.kind == "fixed",
            obligation.c.state.in_((*IN_TRANSIT_STATES, "BOOKED")),
        )
    ).first()
    if paid:
        raise Refusal(
            f"the payment of K{number:07d} for {Month(month)} has been approved; it stays",
            "cancel its batch first, where the file has not gone out yet",
        )
    mine = select(obligation.c.obligation, obligation.c.end_to_end_id).where(
        obligation.c.municipality == work.municipality,
        obligation.c.client == number,
        obligation.c.month == month,
        obligation.c.kind == "fixed",
    )
    doubted = set(executed(work.conn, work.municipality)["obligation"].tolist())
    left = [name for key, name in work.conn.execute(mine) if key in doubted]
    if left:
        raise Refusal(
            f"the payment of K{number:07d} for {Month(month)} may have left: the bank refused it, "
            "and a debit on the statement names it",
            f"surplus bank list shows the line; surplus bank assign ITEM --to payment:{left[0]}",
        )


def sentence(asked: Asked, outcome: str = "") -> str:
    """The decision in one line with what it comes to, for who approves it."""
    said = {
        "month": asked.month and str(Month(asked.month)),
        "amount": asked.amount_cents and euros(asked.amount_cents),
        "from": asked.valid_from, "until": asked.valid_until, "employer": asked.employer,
        "payee": asked.payee, "value": asked.value, "iban": asked.payee_iban,
        "name": asked.payee_name, "reference": asked.payee_reference, "item": asked.item,
        "number": asked.number,
    }  # fmt: skip
    told = ", ".join(f"{name} {value}" for name, value in said.items() if value)
    return f"{told}: {outcome}" if outcome else told
