"""Wages that payslips announce: what a credit without one client's reference may still be.

Only what is beyond doubt is taken: the amount of one open payslip of this sender, of all open ones
of one month together, or of the oldest open months of exactly the clients that the sender names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from surplus.bank.entries import Item
from surplus.bank.expected import Expected
from surplus.bank.known import Known, compact
from surplus.bank.matching import Match, Share


class Slip(NamedTuple):
    """An employment-month that a payslip announced and nothing was received for."""

    month: int
    client: int
    employment: int
    cents: int


class Announced:
    """What is announced and open, by the IBAN that will send it; what is used counts no more."""

    def __init__(self, known: Known, expected: Expected) -> None:
        self._known, self._expected = known, expected
        self._slips: dict[str, list[Slip]] = {
            iban: sorted(
                Slip(month, client, employment, told)
                for (client, employment), nets in jobs.items()
                for month, told, received in expected.open_months(employment)
                if told in nets and not received
            )
            for iban, jobs in known.slips.items()
        }
        self._open: dict[tuple[int, int], list[Slip]] = defaultdict(list)
        for slip in sorted({slip for slips in self._slips.values() for slip in slips}):
            self._open[slip.employment, slip.cents].append(slip)
        self._used: set[Slip] = set()

    def settle(self, items: Sequence[Item], matches: dict[int, Match]) -> dict[int, Match]:
        """What the items are that are not matched yet, after those that are have had their share.

        Args:
            items: in their order.
            matches: what each is, as far as it is known; see `matching.matched`.

        Returns:
            The matches that are found now.
        """
        for item in items:
            for share in matches[item.item].shares(item.amount_cents):
                self._use(share)
        found = {}
        for item in items:
            shares = self._shares(item, matches[item.item])
            if shares:
                how = "payslip" if len(shares) == 1 else "several"
                client = shares[0].client if len(shares) == 1 else 0
                found[item.item] = Match(how, client=client, several=shares)
                for share in shares:
                    self._use(share)
        return found

    def _shares(self, item: Item, match: Match) -> tuple[Share, ...]:
        if match.how:
            return ()
        if match.several:
            return self._named(match.several, item.amount_cents)
        if not match.may_be_wage:
            return ()
        sent = self._slips.get(compact(item.party_iban), [])
        slips = [slip for slip in sent if slip not in self._used]
        alike = [slip for slip in slips if slip.cents == item.amount_cents]
        if alike:
            return _as_shares(alike[:1] if len({slip.employment for slip in alike}) == 1 else [])
        months: dict[int, list[Slip]] = defaultdict(list)
        for slip in slips:
            months[slip.month].append(slip)
        groups = [
            group
            for group in months.values()
            if sum(slip.cents for slip in group) == item.amount_cents
        ]
        return _as_shares(groups[0] if len(groups) == 1 else [])

    def _named(self, named: Iterable[Share], cents: int) -> tuple[Share, ...]:
        """The oldest open month of each client named, where these add up to the amount."""
        shares = []
        for client, employment, _none in named:
            first = next(iter(self._expected.open_months(employment)), None)
            if first is None:
                return ()
            _month, told, received = first
            shares.append(Share(client, employment, told - received))
        return tuple(shares) if sum(share.cents for share in shares) == cents else ()

    def _use(self, share: Share) -> None:
        """Take out the oldest slip of an employment with this amount."""
        if slips := self._open.get((share.employment, share.cents)):
            self._used.add(slips.pop(0))


def _as_shares(slips: Iterable[Slip]) -> tuple[Share, ...]:
    return tuple(Share(slip.client, slip.employment, slip.cents) for slip in slips)
