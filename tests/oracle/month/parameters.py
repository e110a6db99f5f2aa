"""The published amounts, read from the same file as the product's but by a reader of its own."""

import csv
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

FILE = Path(__file__).parents[3] / "config/parameters/statutory.csv"
CLAIM_TABLE = "holiday_claim"


class LackingError(Exception):
    """No amount is published for that day: nobody can work the month out."""


@cache
def rows() -> dict[tuple[str, str, str], list[tuple[date, Decimal, str]]]:
    """By name, household and age: from which day which amount in which unit, oldest first."""
    found: dict[tuple[str, str, str], list[tuple[date, Decimal, str]]] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row["name"], row["household"], row["age_band"]
            since = date.fromisoformat(row["valid_from"])
            found.setdefault(key, []).append((since, Decimal(row["amount"]), row["unit"]))
    return {key: sorted(dated) for key, dated in found.items()}


@cache
def amount(name: str, household: str, age: str, month: int) -> Decimal:
    """What was in force in a month (yyyymm).

    A rate holds until a later row. An amount is indexed every half year and never carried into
    the next one; the table of the claim to holiday allowance is laid down for a calendar year.

    >>> amount("norm_incl", "single", "21-aow", 202603)
    Decimal('1401.50')
    >>> amount("norm_incl", "single", "21-aow", 202612)  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
        ...
    LackingError: norm_incl single 21-aow 202612
    """
    started = [row for row in rows().get((name, household, age), []) if yyyymm(row[0]) <= month]
    if started:
        since, value, unit = started[-1]
        if unit == "percent" and not name.startswith(CLAIM_TABLE):
            return value
        if since.year == month // 100 and (
            name.startswith(CLAIM_TABLE) or (since.month > 6) == (month % 100 > 6)
        ):
            return value
    raise LackingError(f"{name} {household} {age} {month}")


@cache
def claim_table(article: str, month: int) -> list[tuple[Decimal, Decimal, Decimal]]:
    """Brackets of the claim to holiday allowance: from, rate in percent, deduct; rising."""
    age = "below aow"
    name = f"{CLAIM_TABLE}_{article}"
    count = sum(1 for key, _, _ in rows() if key.startswith(f"{name}_from_"))
    brackets = []
    for number in range(1, count + 1):
        try:
            since = amount(f"{name}_from_{number}", "person", age, month)
        except LackingError:
            if number == 1:
                raise
            break
        brackets.append(
            (
                since,
                amount(f"{name}_rate_{number}", "person", age, month),
                amount(f"{name}_deduct_{number}", "person", age, month),
            )
        )
    return brackets


@cache
def pension_ages() -> list[tuple[int, int]]:
    """Calendar years with the age, in months, at which those who reach it in that year get AOW."""
    dated = [
        row
        for (name, _, _), found in rows().items()
        if name == "state_pension_age"
        for row in found
    ]
    return sorted((since.year, int(value)) for since, value, _ in dated)


def yyyymm(day: date) -> int:
    return day.year * 100 + day.month
