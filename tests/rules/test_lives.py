"""Random lives by the rules alone: at the end every cent is paid, claimed, or somebody else's.

For a finished participation (design.md §6, Conservation), to the cent:

    Σ paid to the client − what it paid in = Σ W credited + Σ Bp + Σ R + claims
        − wages the employer paid to the client − wages that never came + written off

Data come late or twice, employers pay late, too much, to the client or never, payments are held,
surpluses kept, shortfalls paid off by instalments, and the end comes with and without set-off.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

import pytest

from surplus.rules.at_exit import REASONS, at_exit
from surplus.rules.shortfall import instalment, shortfall
from surplus.rules.surplus import available, extra, kept

from .tables import KIND, right, settled

LIVES = 2000
FIRST_JUNE, MONTHS = 5, 14


@cache
def figures(wage: int, accrued: int, used: int) -> dict[str, Any]:
    """A month of a single person with exemption n from 2026 on, some months of it used."""
    given = (right(KIND["n"], 20260101, 6, used),)
    return settled(wage=wage, countable=(wage + accrued, 0), rights=given)


@dataclass
class Life:
    """One client: what is told and received per month, and what was paid and booked so far."""

    dice: Random
    told: dict[int, tuple[int, int]] = field(default_factory=dict)  # wage and accrual
    month: dict[int, dict[str, Any]] = field(default_factory=dict)  # figures of settled months
    fixed: dict[int, int] = field(default_factory=dict)  # F agreed, frozen when prepared
    taken: dict[int, int] = field(default_factory=dict)  # instalments
    received: dict[int, int] = field(default_factory=dict)  # or closed otherwise
    beside: int = 0  # extras and exit payments
    holiday: int = 0  # paid out of the reserve
    direct: int = 0  # wages that the employer paid to the client
    lost: int = 0  # wages that never came
    paid_in: int = 0
    written_off: int = 0
    offset: int = 0
    claim: int = 0

    def __post_init__(self) -> None:
        dice = self.dice
        self.keeps = dice.choice(("pay-next", "keep-to-cap"))
        self.consent = dice.choice((-1, 0, 5000, 28500))
        self.offsets = dice.choice(("from-surplus", "instalments"))
        self.agreed, self.protected = dice.choice((2000, 10000)), dice.choice((0, 100000, 126486))
        self.override = dice.choice((0, 0, 0, 145000, 120000))

    # --- where it stands --------------------------------------------------------------------------

    def settle(self, month: int, wage: int, accrued: int) -> None:
        """Tell a month, and settle it and every later one again (months of n count forward)."""
        self.told[month] = (wage, accrued)
        used = 0
        for each in sorted(self.told):
            self.month[each] = figures(*self.told[each], min(6, used))
            used += self.month[each]["exemption"] > 0

    def total(self, name: str) -> int:
        return sum(month[name] for month in self.month.values())

    @property
    def position(self) -> int:
        agreed = sum(self.fixed[month] for month in self.month)
        other = self.paid_in + self.written_off + self.claim + self.offset - self.direct - self.lost
        return self.total("entitlement") - agreed - self.beside + other

    @property
    def reserve(self) -> int:
        return self.total("holiday_allowance") - self.holiday - self.offset

    @property
    def receivable(self) -> int:
        return self.total("wage") - sum(self.received.values())

    # --- what happens -----------------------------------------------------------------------------

    def prepare(self, month: int) -> None:
        """The fixed payment, less an instalment, and what earlier months left over."""
        whole = self.override or figures(0, 0, 0)["fixed"]
        waiting = sum(cents for told, cents in self.taken.items() if told not in self.month)
        owed = int(shortfall(self.position, 0)) - waiting
        cents = int(instalment(self.offsets, whole, self.protected, self.agreed, owed).cents)
        assert 0 <= cents <= max(0, owed)
        assert not cents or whole - cents >= self.protected > 0
        self.taken[month], self.fixed[month] = cents, whole - cents
        free = int(available(self.position, max(0, self.receivable), 0))
        more = int(extra(self.keeps, self.position, free, int(kept(self.consent, 0))))
        assert 0 <= more <= max(0, self.position - max(0, self.receivable))
        self.beside += more
        if month == FIRST_JUNE and self.reserve > 0:
            self.holiday += self.reserve

    def something(self) -> None:
        """A wage is told or corrected, an employer pays, the client pays in."""
        dice = self.dice
        if dice.random() < 0.8:
            wage, accrued = 5000 * dice.randrange(37), 3400 * dice.randrange(2)
            self.settle(dice.choice(sorted(self.fixed)), wage, accrued)
        if dice.random() < 0.8:
            self.close(dice.choice(("received", "received", "received", "direct", "lost")))
        if self.position < 0 and dice.random() < 0.1:
            self.paid_in += dice.randrange(1, 1 - self.position)

    def close(self, how: str) -> None:
        """What an employer owes (or has paid too much) for a month is closed one way or another."""
        owing = {m: self.month[m]["wage"] - self.received.get(m, 0) for m in self.month}
        owing = {month: cents for month, cents in owing.items() if cents}
        if not owing:
            return
        month, cents = self.dice.choice(sorted(owing.items()))
        self.received[month] = self.received.get(month, 0) + cents
        if cents > 0 and how != "received":
            setattr(self, how, getattr(self, how) + cents)

    def end(self, months: int) -> None:
        """Every month is told, every wage closed; the exit, perhaps a write-off first."""
        for month in range(months):
            if month not in self.month:
                self.settle(month, 5000 * self.dice.randrange(37), 0)
        while any(self.month[m]["wage"] != self.received.get(m, 0) for m in self.month):
            self.close(self.dice.choice(("received", "direct", "lost")))
        if self.position < 0 and self.dice.random() < 0.2:
            self.written_off += self.dice.randrange(1, 1 - self.position)
        self.reason, policy = self.dice.choice(REASONS), self.dice.random() < 0.5
        done = at_exit(self.reason, self.position, 0, 0, self.reserve, offset_reserve=policy)
        self.offset, self.claim = int(done.offset), int(done.claim)
        self.beside += int(done.payment)
        self.holiday += max(0, int(done.reserve))


def lived(seed: int) -> Life:
    """A life of two to fourteen months."""
    life = Life(Random(seed))
    months = life.dice.randrange(2, MONTHS)
    for month in range(months):
        life.prepare(month)
        for _ in range(life.dice.randrange(3)):
            life.something()
    life.end(months)
    return life


@pytest.fixture(scope="module")
def lives() -> list[Life]:
    return [lived(seed) for seed in range(LIVES)]


def test_every_cent_of_a_finished_participation_is_accounted_for(lives: list[Life]) -> None:
    for seed, life in enumerate(lives):
        paid = sum(life.fixed.values()) + life.beside + life.holiday
        due = life.total("wage") + life.total("benefit") + life.total("holiday_allowance")
        due += life.claim - life.direct - life.lost + life.written_off
        assert paid - life.paid_in == due - life.position - life.reserve, f"life {seed}"


def test_nothing_is_left_but_what_no_rule_may_set_off(lives: list[Life]) -> None:
    """A shortfall of the dead, and a reserve below zero where the benefit goes on or death came."""
    for seed, life in enumerate(lives):
        assert life.receivable == 0, f"life {seed}"
        assert life.position == 0 or (life.reason == "death" and life.position < 0), f"life {seed}"
        assert life.reserve == 0 or (life.reason != "benefit-ends" and life.reserve < 0)


def test_the_lives_are_of_every_kind(lives: list[Life]) -> None:
    """So that the tests above cannot hold for want of something that happens."""
    for name in ("claim", "offset", "direct", "lost", "paid_in", "written_off", "beside"):
        assert sum(getattr(life, name) > 0 for life in lives) > 50, name
    assert sum(any(life.taken.values()) for life in lives) > 50
    assert {life.reason for life in lives} == set(REASONS)
