"""What a line of a statement is: one of our payments, a wage, funding, a charge, or unknown.

The order of formats.md §3.1; the first that fits counts, and of two candidates none is chosen.
What nothing fits goes to suspense (1900) with a finding.
"""

from __future__ import annotations

from typing import NamedTuple

from stdnum import iso11649

from surplus import payment_reference
from surplus.bank.entries import Item
from surplus.bank.families import FAMILIES, is_cost, names_ours, undoes
from surplus.bank.known import (
    Client,
    Known,
    Payment,
    alone,
    compact,
    in_rf,
    messages,
    structured,
    written,
)


class Share(NamedTuple):
    """The part of a credit that is the wage of one employment."""

    client: int
    employment: int
    cents: int


class Match(NamedTuple):
    """What a bank item is. `how` is empty where it is not known; `code` then may say why."""

    # payment | return | funding | cost | reference | text | rf | payslip | several | reversal |
    # zero | repeated
    how: str = ""
    code: str = ""
    client: int = 0
    employment: int = 0
    payments: tuple[Payment, ...] = ()
    reasons: tuple[str, ...] = ()  # of each payment, where a notice tells why it came back
    several: tuple[Share, ...] = ()  # employments; while `how` is empty, those that are named
    may_be_wage: bool = False  # a credit that names nobody: announced payslips may tell

    def shares(self, cents: int) -> tuple[Share, ...]:
        """Whose wages a credit of this amount is."""
        if self.employment:
            return (Share(self.client, self.employment, cents),)
        return self.several if self.how else ()


def matched(item: Item, known: Known) -> Match:
    """What a bank item is.

    A payment that is found moves on in `known`, so that no debit books it a second time, and what
    came back does not come back again. That a debit undoes a receipt is only said, not of which.
    """
    if not item.booked_on:  # told when it was read (B06)
        return Match()
    if not item.amount_cents:
        return Match("zero")
    if item.item in known.repeated:
        return Match("repeated", "REPEATED_ENTRY")
    if compact(item.party_iban) in known.funding and not names_ours(item):
        return Match("funding")
    if is_cost(item.family):
        return Match("cost")
    if item.family not in FAMILIES:
        return Match(code="B12")
    if item.amount_cents < 0:
        return Match("reversal") if undoes(item) else _payment(item, known)
    return _returned(item, known) if undoes(item) else _receipt(item, known)


def names_nobody(item: Item) -> bool:
    """Whether a credit tells no reference of a client: what others leave may be its own."""
    return item.amount_cents > 0 and not (structured(item) or written(item))


def _payment(item: Item, known: Known) -> Match:
    """Our own payment by its end-to-end id, or all that are left of a debit in a file of ours, or
    of the file, by their total.
    """
    if item.end_to_end_id:
        named = [item.end_to_end_id] if item.end_to_end_id in known.payments else []
    else:
        named = [name for name in _batch(item, known) if name in known.payments]
    total = sum(known.payments[name].cents for name in named)
    if not named or total != -item.amount_cents:
        return Match()
    paid = {name: known.payments.pop(name) for name in named}
    known.booked.update(paid)
    return Match("payment", payments=tuple(paid.values()))


def _returned(item: Item, known: Known) -> Match:
    """Our own payment that came back: by its end-to-end id, else by its batch, amount and IBAN.

    Without details it may be a batch as a whole. One that it names and that is not out (any more)
    is no other payment.
    """
    if item.end_to_end_id in known.booked or names_ours(item):
        named = [item.end_to_end_id] if item.end_to_end_id in known.booked else []
    else:
        named = [name for name in _batch(item, known) if name in known.booked]
        if item.detail:
            alike = (item.amount_cents, compact(item.party_iban))
            told = {name: known.booked[name] for name in named}
            named = [name for name, one in told.items() if (one.cents, one.iban) == alike]
    total = sum(known.booked[name].cents for name in named)
    if not named or total != item.amount_cents:
        return Match(code="B14")
    back = tuple(known.booked.pop(name) for name in named)
    return Match("return", client=back[0].client if len(back) == 1 else 0, payments=back)


def _batch(item: Item, known: Known) -> list[str]:
    """The payments of the debit in a file of ours that an item names, else of the whole file."""
    told = (item.payment_info_id, *sorted(messages(item)))
    return next((known.batches[name] for name in told if name in known.batches), [])


def _receipt(item: Item, known: Known) -> Match:
    """A wage: exactly one reference of a client, and a sender linked to that client."""
    told = {"reference": structured(item), "text": written(item), "rf": in_rf(item)}
    how, found = next(
        ((how, whose) for how, texts in told.items() if (whose := known.whose(texts))), ("", set())
    )
    if not found:
        code = _misspelt(item)
        return Match(code=code, may_be_wage=not code)
    if len(found) > 1:
        return Match(several=_all_linked(item, found, known))
    (client,) = found
    if not client.active or compact(item.party_iban) == client.iban:
        return Match(client=client.number)
    jobs = known.linked(client.number, item)
    if len(jobs) != 1:
        return Match(code="" if jobs else "B09", client=client.number)
    (employment,) = jobs
    return Match(how, "", client.number, employment)


def _all_linked(item: Item, found: set[Client], known: Known) -> tuple[Share, ...]:
    """The employments of several clients named together; none where one is not beyond doubt."""
    shares = []
    for client in sorted(found):
        jobs = [*known.linked(client.number, item)]
        if not client.active or len(jobs) != 1:
            return ()
        shares.append(Share(client.number, jobs[0], 0))
    return tuple(shares)


def _misspelt(item: Item) -> str:
    """B07 or B08 where a reference was meant and its check fails."""
    own = structured(item)
    if own and (own[0].startswith("RF") or item.reference_issuer == "ISO"):
        return "" if iso11649.is_valid(own[0]) else "B08"
    meant = [text for text in own if text.isdigit()] or ([] if own else alone(item))
    return "" if all(payment_reference.is_valid(text) for text in meant) else "B07"
