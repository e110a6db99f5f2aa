r"""Dated amounts and rates (config/parameters/statutory.csv), looked up by the day of the right.

An indexed amount holds only within its own half year, a yearly one (and an age in months) within
its calendar year, a rate until a later row. What is missing is never zero and never last period's
value: it is named.

>>> table = read_parameters(
...     "valid_from,name,household,age_band,amount,unit,source,reliability\n"
...     "2026-01-01,norm_incl,single,21-aow,1401.50,month,Participatiewet art. 21,verified\n"
... )
>>> single = Key("norm_incl", "single", "21-aow")
>>> table.amount(single, "2026-06-30")
140150
>>> table.amount(single, "2026-07-01")  # doctest: +ELLIPSIS
Traceback (most recent call last):
surplus.rules.parameters.MissingParameter: norm_incl/single/21-aow has no row for 2026-07-01 ...
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

import numpy as np

from surplus.money import Cents, decimal_to_cents, euros, rate_of
from surplus.months import Month, Months
from surplus.rules.arrays import Texts

COLUMNS = (
    "valid_from", "name", "household", "age_band", "amount", "unit", "source", "reliability",
)  # fmt: skip
UNITS = ("month", "year", "total", "hour", "percent", "months")
EVER = "9999-12-31"
#: Amounts published to check norms by; the norms themselves follow from `norm_incl`.
CHECK_VALUES = ("norm_excl", "norm_cost_sharer")
#: Laid down anew for each calendar year, rates included.
YEARLY = ("benefit_", "holiday_claim_", "state_pension_age", "whk_", "zorgtoeslag_")


class Key(NamedTuple):
    """What is looked up: `norm_incl/single/21-aow`."""

    name: str
    household: str
    age_band: str

    def __str__(self) -> str:
        return "/".join(self)


class Row(NamedTuple):
    """A dated parameter. All columns are text or whole numbers, so a row is a line of JSON too."""

    valid_from: str
    name: str
    household: str
    age_band: str
    amount: int  # cents; per 100,000 where the unit is percent; months of age where it is months
    unit: str
    source: str
    reliability: str  # verified | secondary | inferred | decision
    number: str = ""  # decision number (besluitnummer) of a municipality's own row

    @classmethod
    def parse(
        cls, valid_from: str, name: str, household: str, age_band: str, amount: str, unit: str,
        source: str, reliability: str, number: str = "",
    ) -> Row:  # fmt: skip
        """A row as written: the amount in euros, or in percent, with a decimal point; or months.

        Raises:
            ValueError: no date, an unknown unit, or an amount that is negative, finer than a cent
                or finer than a thousandth of a percent, or no whole number of months.
        """
        date.fromisoformat(valid_from)
        if unit not in UNITS:
            raise ValueError(f"unit {unit!r} is none of {', '.join(UNITS)}")
        value = _value(amount, unit)
        return cls(valid_from, name, household, age_band, value, unit, source, reliability, number)

    @property
    def key(self) -> Key:
        """What it is the amount of."""
        return Key(self.name, self.household, self.age_band)

    @property
    def shown(self) -> str:
        """The amount as a Dutch reader writes it.

        >>> law = ("single", "21-aow")
        >>> Row.parse("2026-01-01", "norm_incl", *law, "1401.5", "month", "", "verified").shown
        '1.401,50'
        >>> Row.parse("2021-01-01", "exemption_r_rate", *law, "12.5", "percent", "", "").shown
        '12,5%'
        >>> Row.parse("2023-01-01", "state_pension_age", *law, "802", "months", "", "").shown
        '66 jaar en 10 maanden'
        """
        if self.unit == "percent":
            return f"{Decimal(self.amount) / 1000:f}%".replace(".", ",")
        if self.unit == "months":
            return f"{self.amount // 12} jaar en {self.amount % 12} maanden"
        return euros(self.amount)

    @property
    def valid_until(self) -> str:
        """The last day on which it holds."""
        if self.unit == "percent" and not self.name.startswith(YEARLY):
            return EVER
        return _period(self.name, self.unit, self.valid_from)[1]


class MissingParameter(LookupError):
    """No row holds on a day.

    Attributes:
        key: what is missing.
        unit: of the last row, month where there is none.
        since: the first day of the half year (or year) without it.
        until: its last day.
        subject: key and first day, as it stands in findings.
    """

    def __init__(self, key: Key, on: str, last: Row | None) -> None:
        self.key, self.unit = key, last.unit if last else "month"
        self.since, self.until = _period(key.name, self.unit, on)
        self.subject = f"{key} from {self.since}"
        known = (
            f"the last one holds from {last.valid_from} through {last.valid_until}"
            if last
            else "there is no earlier one either"
        )
        super().__init__(f"{key} has no row for {self.since} through {self.until}; {known}")


class Found(NamedTuple):
    """Amounts of a column of months; where one is missing 0, and its subject in `missing`."""

    amounts: Cents
    missing: Texts


@dataclass(frozen=True)
class Parameters:
    """A table of dated parameters that never changes.

    A municipality's own row (one with a decision number) goes before a statutory one on every day
    on which it holds; of two rows with the same start the one told last counts.
    """

    told: tuple[Row, ...]

    def with_own(self, rows: Iterable[Row]) -> Parameters:
        """The same table with a municipality's own rows added."""
        return Parameters((*self.told, *rows))

    def row(self, key: Key, on: str) -> Row:
        """The row in force.

        Args:
            key: what is looked up.
            on: the day of the right, ISO.

        Raises:
            MissingParameter: no row holds on that day.
        """
        holding = self._holding(key, on)
        if holding is None:
            raise self._missing(key, on)
        return holding

    def amount(self, key: Key, on: str) -> int:
        """Cents, or a rate per 100,000, in force on a day. Raises MissingParameter."""
        return self.row(key, on).amount

    def by_year(self, key: Key) -> dict[int, int]:
        """Calendar year -> amount, of what is laid down per calendar year; the earliest first."""
        years = sorted({row.valid_from[:4] for row in self._by_key.get(key, [])})
        return {int(year): self.amount(key, f"{year}-12-31") for year in years}

    def monthly(self, key: Key, months: Months) -> Found:
        """The amounts on the first day of each of `months` (yyyymm, shape (n,))."""
        each = np.unique(months)
        place = np.searchsorted(each, months)
        days = [Month(month).first_day.isoformat() for month in each.tolist()]
        rows = [self._holding(key, day) for day in days]
        amounts = [row.amount if row else 0 for row in rows]
        missing = [
            "" if row else self._missing(key, day).subject
            for row, day in zip(rows, days, strict=True)
        ]
        return Found(
            np.array(amounts, dtype=np.int64)[place], np.array(missing, dtype=object)[place]
        )

    def rows(self, on: str | None = None) -> list[Row]:
        """Every row by key and date, or only those in force on a day."""
        if on is None:
            return [row for _, rows in sorted(self._by_key.items()) for row in rows]
        return [row for key in sorted(self._by_key) if (row := self._holding(key, on))]

    def gaps(self, first: Month, through: Month) -> list[MissingParameter]:
        """What is missing on the first day of one of these months though it was told before.

        Once per half year or year. Left out is what is published to check by only
        (`CHECK_VALUES`), and a further bracket of a table that is there.
        """
        known = [key for key in sorted(self._by_key) if not key.name.startswith(CHECK_VALUES)]
        found: dict[tuple[Key, str], MissingParameter] = {}
        for key in known:
            for month in first.through(through):
                day = month.first_day.isoformat()
                begun = self._by_key[key][0].valid_from <= day
                if begun and self._holding(_first_bracket(key), day) is None:
                    missing = self._missing(key, day)
                    found.setdefault((key, missing.since), missing)
        return list(found.values())

    def digest(self) -> str:
        """A short hash of the content, whatever the order of different rows."""
        content = json.dumps(self.rows(), separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    @cached_property
    def _by_key(self) -> dict[Key, list[Row]]:
        by_key: dict[Key, list[Row]] = {}
        for row in sorted(self.told, key=lambda row: (row.number != "", row.valid_from)):
            by_key.setdefault(row.key, []).append(row)
        return by_key

    def _holding(self, key: Key, on: str) -> Row | None:
        rows = self._by_key.get(key, [])
        return next((r for r in reversed(rows) if r.valid_from <= on <= r.valid_until), None)

    def _missing(self, key: Key, on: str) -> MissingParameter:
        earlier = [row for row in self._by_key.get(key, []) if row.valid_from <= on]
        return MissingParameter(key, on, max(earlier, default=None))


def read_parameters(text: str) -> Parameters:
    """The table of a parameter file (CSV with a comma; the columns of `COLUMNS`).

    Raises:
        ValueError: other columns, or a line that cannot be read; names the line.
    """
    lines = csv.reader(io.StringIO(text), strict=True)
    if tuple(next(lines, ())) != COLUMNS:
        raise ValueError(f"the columns of a parameter file are {','.join(COLUMNS)}")
    rows = []
    try:
        for fields in lines:
            rows.append(Row.parse(**dict(zip(COLUMNS, fields, strict=True))))
    except (csv.Error, ValueError) as error:
        raise ValueError(f"line {lines.line_num}: {error}") from None
    return Parameters(tuple(rows))


def _first_bracket(key: Key) -> Key:
    """The first bracket of a table with numbered ones: not every year has as many of them."""
    return key._replace(name=re.sub(r"_[0-9]+$", "_1", key.name))


def _value(amount: str, unit: str) -> int:
    if unit == "months":
        return _whole(amount)
    try:
        value = rate_of(amount) if unit == "percent" else decimal_to_cents(amount)
    except ArithmeticError:
        raise ValueError(f"{amount!r} is not a percentage such as 12.5") from None
    if value < 0:
        raise ValueError(f"{amount} is below zero")
    return value


def _whole(amount: str) -> int:
    if not re.fullmatch("[0-9]{1,4}", amount):
        raise ValueError(f"{amount!r} is not a whole number of months")
    return int(amount)


def _period(name: str, unit: str, day: str) -> tuple[str, str]:
    """First and last day of the half year, or year, of which an amount of `day` is part."""
    year = day[:4]
    if unit in ("year", "months") or name.startswith(YEARLY):
        return f"{year}-01-01", f"{year}-12-31"
    if day[5:7] <= "06":
        return f"{year}-01-01", f"{year}-06-30"
    return f"{year}-07-01", f"{year}-12-31"
