"""What holds of every client-month, whatever is told: from norm and income to what is due.

The lives are drawn over household types, ages, exemptions, ways of pay and sources, and go through
the rules together as arrays (see `chain`).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from surplus.money import plain

from .chain import Life, lines, one, settled
from .tables import cents, rows
from .told_rows import EXCL, INCL, TABLE, march, weeks

#: Months of half-years of which every parameter is known, birthdays of their people among them.
MONTHS = (202303, 202308, 202409, 202512, 202601, 202603, 202606)
BIRTHS = {
    "single": [(19900101, 0), (20030910, 0), (19990115, 0), (19590310, 0)],
    "single parent": [(19920601, 0), (20000315, 0)],
    "couple": [(19910101, 19930101), (19910101, 20020401), (19590310, 19700101)],
}
RIGHTS = ("", "", "n 20230101 2/6", "n 20230101 6/6", "y 20230101", "z 20230101 1/12",
          "n 20230101 6/6 + r 20250601", "aa 20230101")  # fmt: skip
POLICIES = st.sampled_from([INCL, EXCL, TABLE, INCL._replace(special_rate=36_550)])
DELIVERED = ("net", "net_special", "travel", "holiday_paid", "holiday_accrued", "extra_paid")
TOLD_BY_SLIP = ("paid", "payable", "travel", "allowance", "voluntary", "attachment",
                "holiday_gross", "holiday_net", "year_end_net", "accrual_net")  # fmt: skip
SYMBOLS = {"C": "countable", "E": "exemption", "B": "supplementary_benefit", "Bp": "benefit",
           "R": "holiday_allowance", "W": "wage", "D": "entitlement"}  # fmt: skip


@st.composite
def people(draw: st.DrawFn) -> Life:
    """Somebody in a month, without pay."""
    household = draw(st.sampled_from(sorted(BIRTHS)))
    return Life(
        month=draw(st.sampled_from(MONTHS)),
        household=household,
        born=draw(st.sampled_from(BIRTHS[household])),
        sharers=draw(st.sampled_from([1, 1, 2, 3])),
        rights=(draw(st.sampled_from(RIGHTS)), draw(st.sampled_from(RIGHTS))),
    )


@st.composite
def earners(draw: st.DrawFn) -> Life:
    """Somebody with wages by the month, all-in: what counts is what is paid."""
    life = draw(people())
    pay = [
        wage(life, job, draw(st.integers(0, 150_000)), person=draw(whose(life)))
        for job in range(draw(st.integers(0, 3)))
    ]
    return life._replace(pay=tuple(pay))


@st.composite
def anybody(draw: st.DrawFn) -> Life:
    """Somebody with pay of every kind: by month or week, by delivery or payslip, not at all."""
    life = draw(people())
    pay: list[dict[str, Any]] = []
    for job in range(draw(st.integers(0, 3))):
        pay += draw(jobs(life, job))
    return life._replace(pay=tuple(pay))


@st.composite
def jobs(draw: st.DrawFn, life: Life, job: int) -> list[dict[str, Any]]:
    """What one employer, or another benefit, tells."""
    about = {
        "job": job,
        "person": draw(whose(life)),
        "method": draw(st.sampled_from(["13/12", "by-days", "end-date", "payment-month"])),
        "elsewhere": draw(st.booleans()),
        "slip": draw(st.booleans()),
    }
    year, month = divmod(life.month, 100)
    length = draw(st.sampled_from([0, 0, 1, 2, 4]))
    days = [day for day in (1, 1 + 7 * length) if day < 29] if length else [1]
    paid_on = st.sampled_from(["", f"{year}-{month:02d}-28", f"{year + month // 12}-12-20"])
    rows = []
    for day in days:
        first = f"{year}-{month:02d}-{day:02d}"
        period = weeks(first, length) if length else march(month=first[:7])
        for _ in range(draw(st.sampled_from([1, 1, 2]))):
            told = {
                "code": draw(st.sampled_from(["15", "15", "33"])),
                "paid_on": draw(paid_on),
                "relation_begin": draw(st.sampled_from(["", "2010-01-01", f"{year}-02-01"])),
                "relation_end": draw(st.sampled_from(["", "", f"{year}-12-31"])),
            }
            rows.append(about | period | told | draw(amounts(slip=about["slip"])))
    return rows


def amounts(*, slip: bool) -> st.SearchStrategy[dict[str, int]]:
    """Components of a period, most of them not told."""
    cents = st.sampled_from([0, 0, 1, 3_333, 60_000, 123_457, -4_321])
    return st.fixed_dictionaries(dict.fromkeys(TOLD_BY_SLIP if slip else DELIVERED, cents))


def whose(life: Life) -> st.SearchStrategy[int]:
    return st.sampled_from([1, 2] if life.household == "couple" else [1])


def wage(life: Life, job: int, net: int, **more: Any) -> dict[str, Any]:
    """An all-in wage of the life's month."""
    year, month = divmod(life.month, 100)
    return march(month=f"{year}-{month:02d}", job=job, net=net, **more)


# --- wage and benefit -----------------------------------------------------------------------------


@given(st.lists(earners(), min_size=1, max_size=5))
def test_due_and_reserved_are_the_norm_with_the_exemption_or_the_income_above_it(
    lives: list[Life],
) -> None:
    for month in lines(settled(lives)):
        assert month["lacks"] == ""
        assert month["wage"] == month["countable"], "all-in wages"
        kept = max(month["countable"], month["norm"] + month["exemption"])
        assert month["entitlement"] + month["holiday_allowance"] == kept


@given(people(), st.integers(0, 20_000), st.lists(st.integers(0, 250_000), min_size=2, max_size=6))
def test_below_the_norm_more_wage_never_lowers_what_is_due(
    life: Life, accrued: int, wages: list[int]
) -> None:
    """Under PAYROLL, with the same accrual of holiday pay in each."""
    cents = sorted({wage + more for wage in wages for more in (0, 1)})
    earning = [life._replace(pay=(wage(life, 1, net, holiday_accrued=accrued),)) for net in cents]
    below = [month for month in lines(settled(earning)) if month["countable"] < month["norm"]]
    for less, more in pairwise(below):
        assert more["entitlement"] >= less["entitlement"]


TABLE_OF_2026 = rows(
    """
    wage    | C       | B      | Bp     | R     | D
    876.38  | 946.49  | 455.01 | 432.26 | 22.75 | 1308.64
    876.39  | 925.73  | 475.77 | 451.98 | 23.79 | 1328.37
    1059.25 | 1123.22 | 278.28 | 264.37 | 13.91 | 1323.62
    1059.26 | 1141.33 | 260.17 | 247.16 | 13.01 | 1306.42
    """
)


@pytest.mark.parametrize("row", TABLE_OF_2026, ids=[row["wage"] for row in TABLE_OF_2026])
def test_the_statutory_claim_jumps_where_the_law_says_so(row: dict[str, str]) -> None:
    """One cent more wage: 19.73 more is due at 876.39, and 17.20 less at 1059.26 (Regeling 11)."""
    life = Life()
    earning = wage(life, 1, cents(row["wage"])[0], holiday_accrued=1)
    month = one(life._replace(pay=(earning,)), TABLE)
    assert {symbol: plain(month[SYMBOLS[symbol]]) for symbol in row if symbol != "wage"} == {
        symbol: amount for symbol, amount in row.items() if symbol != "wage"
    }


@given(people())
def test_where_income_reaches_the_norm_exemption_and_benefit_end_and_nothing_else(
    life: Life,
) -> None:
    """The drop at C = N: the exemption and its cent of benefit, for so far as they were paid."""
    norm = one(life)["norm"]
    last, reached = lines(settled([
        life._replace(pay=(wage(life, 1, norm + more),)) for more in (-1, 0)
    ]))  # fmt: skip
    assert last["supplementary_benefit"] == 1 + last["exemption"]
    gone = ("exemption", "supplementary_benefit", "benefit", "holiday_allowance")
    assert [reached[name] for name in gone] == [0, 0, 0, 0]
    assert reached["entitlement"] == reached["wage"] == norm
    assert last["entitlement"] - reached["entitlement"] == last["benefit"] - 1


def test_the_drop_at_the_norm_of_2026_with_the_cap_of_n_is_270_75() -> None:
    life = Life(rights=("n 20260101 0/6", ""))
    last, reached = lines(settled([
        life._replace(pay=(wage(life, 1, net),)) for net in (140149, 140150)
    ]))  # fmt: skip
    assert (last["exemption"], last["entitlement"], last["holiday_allowance"]) == (
        28500, 140149 + 27076, 1425,
    )  # fmt: skip
    assert (reached["entitlement"], reached["holiday_allowance"]) == (140150, 0)


# --- how it is told changes nothing ---------------------------------------------------------------


@given(anybody(), POLICIES, st.data())
def test_telling_an_income_in_two_rows_changes_nothing(
    life: Life, policy: Any, data: st.DataObject
) -> None:
    assume(life.pay)
    place = data.draw(st.integers(0, len(life.pay) - 1))
    row = life.pay[place]
    names = TOLD_BY_SLIP if row["slip"] else DELIVERED
    part = {name: data.draw(st.integers(-50_000, 50_000), label=name) for name in names}
    rest = {name: row[name] - cents for name, cents in part.items()}
    split = (*life.pay[:place], row | part, *life.pay[place + 1 :], row | rest)
    assert one(life._replace(pay=split), policy) == one(life, policy)


@given(st.lists(anybody(), min_size=1, max_size=4), POLICIES, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(lives: list[Life], policy: Any, dice: Any) -> None:
    shuffled = [life._replace(pay=tuple(dice.sample(life.pay, len(life.pay)))) for life in lives]
    assert lines(settled(shuffled, policy)) == lines(settled(lives, policy))


# --- nobody's figures are anybody else's ----------------------------------------------------------


@given(st.lists(anybody(), min_size=2, max_size=4), POLICIES)
def test_many_at_once_are_the_same_as_one_by_one(lives: list[Life], policy: Any) -> None:
    assert lines(settled(lives, policy)) == [one(life, policy) for life in lives]


@given(anybody(), st.lists(anybody(), max_size=2), st.lists(anybody(), max_size=2), POLICIES)
def test_what_is_paid_and_counts_never_depends_on_other_clients(
    life: Life, before: list[Life], after: list[Life], policy: Any
) -> None:
    here, alone = lines(settled([*before, life, *after], policy))[len(before)], one(life, policy)
    for name in ("wage", "passed_on", "countable", "countable_each"):
        assert here[name] == alone[name]
