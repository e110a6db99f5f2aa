"""The claim to holiday allowance by the table of the Regeling, art. 8–14, to the cent."""

# ruff: noqa: E501 (tables are wide)

from __future__ import annotations

import numpy as np
import pytest

from surplus.money import decimal_to_cents
from surplus.rules.income.holiday_claim import SOURCES, claim, which_article, without_claim
from surplus.rules.parameters import Parameters, Row

from .tables import STATUTORY, rows, settled
from .told_rows import EXCL, INCL, TABLE, lines, march, months, weeks, year_of_four_weeks

VECTORS = rows(
    """
    article | year | ink → claim
    11      | 2026 | 0.00 → 0.00; 425.00 → 34.00; 600.00 → 48.00; 876.38 → 70.11; 876.39 → 49.34; 900.00 → 51.23; 1059.25 → 63.97; 1059.26 → 82.07; 1200.00 → 93.33; 2175.47 → 171.37; 2175.48 → 107.53
    12      | 2026 | 672.37 → 53.79; 672.38 → 34.56; 1733.81 → 106.13; 1851.75 → 114.68
    13      | 2026 | 600.00 → 48.00; 2500.00 → 200.00
    14      | 2026 | 600.00 → 48.00; 2500.00 → 200.00
    11      | 2022 | 685.10 → 54.81; 685.11 → 37.00; 822.60 → 63.06; 1537.66 → 78.32
    12      | 2022 | 601.15 → 48.09; 601.16 → 30.24; 1275.81 → 74.95; 1358.62 → 80.89
    """
)


@pytest.mark.parametrize("row", VECTORS, ids=[f"{r['article']} {r['year']}" for r in VECTORS])
def test_the_printed_table_jumps_included(row: dict[str, str]) -> None:
    pairs = [pair.split(" → ") for pair in row["ink → claim"].split("; ")]
    ink, expected = (
        np.array([decimal_to_cents(text) for text in side]) for side in zip(*pairs, strict=True)
    )
    article = np.full(len(ink), int(row["article"]))
    found = claim(ink, article, np.full(len(ink), int(row["year"]) * 100 + 7), STATUTORY)
    assert found.cents.tolist() == expected.tolist()
    assert found.article.tolist() == article.tolist()
    assert set(found.lacks) == {""}


def test_articles_and_years_are_looked_up_side_by_side() -> None:
    found = claim(
        np.array([90000, 90000, -500, 90000]), np.array([11, 13, 11, 11]),
        np.array([202601, 202612, 202603, 202212]), STATUTORY,
    )  # fmt: skip
    assert found.cents.tolist() == [5123, 7200, 0, 6925]


def test_which_article() -> None:
    """Present work 11, former work 12; no tax credit 13, and state pension age goes before all."""
    yes, no = True, False
    people = np.array([(yes, no, no), (no, no, no), (yes, yes, no), (no, yes, no), (yes, yes, yes)])
    assert which_article(*people.T).tolist() == [11, 12, 13, 13, 14]


def test_a_year_without_rows_has_no_claim_by_the_table() -> None:
    found = claim(np.array([60000] * 4), np.array([11, 12, 13, 14]), np.full(4, 202501), STATUTORY)
    assert found.cents.tolist() == found.article.tolist() == [0] * 4
    assert found.lacks.tolist() == [""] * 4


def test_a_line_that_is_not_whole_is_named() -> None:
    whole = [row for row in STATUTORY.told if row.name != "holiday_claim_art11_rate_2"]
    found = claim(
        np.array([60000, 90000]),
        np.array([11, 11]),
        np.array([202601, 202601]),
        Parameters(tuple(whole)),
    )
    assert found.lacks.tolist() == [
        "",
        "holiday_claim_art11_rate_2/person/below aow from 2026-01-01",
    ]


def test_what_was_added_by_the_table_is_taken_out_again() -> None:
    """Every net of a wide range comes back, also at the jumps where two give one total."""
    ink = np.arange(-5_000, 300_000, 7)
    for article in (11, 12, 13, 14):
        articles, months_of = np.full(len(ink), article), np.full(len(ink), 202603)
        total = ink + claim(ink, articles, months_of, STATUTORY).cents
        found, by_table = without_claim(total, articles, months_of, STATUTORY, near=ink)
        assert by_table.all()
        assert found.tolist() == ink.tolist()


def test_of_two_nets_with_one_total_the_expected_one_is_taken() -> None:
    """857.16 + 68.57 and 876.39 + 49.34 are both 925.73."""
    one = np.array([92573, 92573])
    found, _ = without_claim(
        one, np.full(2, 11), np.full(2, 202601), STATUTORY, near=np.array([85716, 87639])
    )
    assert found.tolist() == [85716, 87639]


@pytest.mark.parametrize(
    ("total", "expected", "net"),
    [(20, 0, 18), (5974, 5551, 5532), (918, 857, 850), (71313, 66929, 66031)],
    ids=["a cent too little", "a cent too much", "exact before near", "as near: the lower"],
)
def test_of_nets_as_far_from_the_total_the_one_nearest_to_what_is_expected_is_taken(
    total: int, expected: int, net: int
) -> None:
    told = np.array([total])
    found, _ = without_claim(
        told, np.array([12]), np.array([202603]), STATUTORY, near=np.array([expected])
    )
    assert found.tolist() == [net]


def test_a_year_without_a_table_leaves_the_total_as_it_is() -> None:
    total = np.array([64800])
    found, by_table = without_claim(total, np.array([11]), np.array([202501]), STATUTORY, total)
    assert (found.tolist(), by_table.tolist()) == ([64800], [False])


# --- as it counts in a month ----------------------------------------------------------------------

MONTHS = rows(
    """
    worked example (domain.md §3.4a)       | policy | told                                | ink   | claim | article | C
    P8 600.00                              | TABLE  | net 60000, holiday_accrued 5600     | 60000 | 4800  | 11      | 64800
    P8 900.00                              | TABLE  | net 90000, holiday_accrued 8400     | 90000 | 5123  | 11      | 95123
    P8 1200.00                             | TABLE  | net 120000, holiday_accrued 11000   | 120000 | 9333 | 11      | 129333
    an all-in wage has no claim            | TABLE  | net 60000                           | 60000 | 0     | 0       | 60000
    tax credit not applied                 | TABLE  | net 90000, holiday_accrued 8400, tax_credit 2 | 90000 | 7200 | 13 | 97200
    a benefit with a reserve               | TABLE  | net 67238, holiday_accrued 5000, code 33 | 67238 | 3456 | 12   | 70694
    state pension age since 1 March        | TABLE  | net 90000, holiday_accrued 8400, pension_from 2026-03-01 | 90000 | 7200 | 14 | 97200
    state pension age on 2 March           | TABLE  | net 90000, holiday_accrued 8400, pension_from 2026-03-02 | 90000 | 5123 | 11 | 95123
    2025 has no rows: payroll's figure     | TABLE  | net 60000, holiday_accrued 3400, month 2025-03 | 60000 | 3400 | 0 | 63400
    C12a payroll's figure                  | INCL   | net 60000, holiday_accrued 3400     | 60000 | 3400  | 0       | 63400
    EXCL leaves it out                     | EXCL   | net 60000, holiday_accrued 3400     | 60000 | 0     | 0       | 60000
    """
)  # fmt: skip


@pytest.mark.parametrize(
    "row", MONTHS, ids=[row["worked example (domain.md §3.4a)"] for row in MONTHS]
)
def test_holiday_pay_counts_in_its_month(row: dict[str, str]) -> None:
    parts = dict(part.split() for part in row["told"].split(", "))
    numbers = ("net", "holiday_accrued", "tax_credit")
    told = march(**{name: int(v) if name in numbers else v for name, v in parts.items()})
    policy = {"TABLE": TABLE, "INCL": INCL, "EXCL": EXCL}[row["policy"]]
    (line,) = lines(months(told, policy=policy))
    names = ("ink", "claim", "claim_article", "countable")
    assert [line[n] for n in names] == [int(row[n]) for n in ("ink", "claim", "article", "C")]


@pytest.mark.parametrize(
    ("net", "benefit", "difference"), [(60000, 71583, -1560), (90000, 42776, -367)]
)
def test_the_month_of_a_single_under_the_table(net: int, benefit: int, difference: int) -> None:
    (line,) = lines(months(march(net=net, holiday_accrued=5600), policy=TABLE))
    month = settled(countable=(line["countable"], 0), wage=line["wage"])
    assert (month["benefit"], month["difference"]) == (benefit, difference)


def test_two_employers_each_have_their_own_article() -> None:
    a = march(net=60000, holiday_accrued=4800)
    b = march(net=60000, holiday_accrued=4800, job=2, tax_credit=2)
    c = march(net=90000, holiday_accrued=4800, job=3)
    found = lines(months(a, b, c, policy=TABLE))
    assert [line["claim"] for line in found] == [4800, 4800, 5123]


def test_four_weekly_wage_first_times_13_over_12_then_the_table() -> None:
    told = weeks("2026-02-23", net=80_000, holiday_accrued=6_400)
    line = next(x for x in lines(months(told, policy=TABLE)) if x["month"] == 202603)
    assert (line["ink"], line["claim"], line["countable"]) == (86667, 6933, 93600)


def test_the_yearly_check_leaves_the_claims_of_the_table_alone() -> None:
    year = year_of_four_weeks("2025-12-29", [80_000] * 13, holiday_accrued=6_400)
    december = lines(months(*year, policy=TABLE))[-1]
    assert (december["claim"], december["check"], december["countable"]) == (6933, -4, 93596)
    december = lines(months(*year))[-1]
    assert (december["claim"], december["check"]) == (6933, 0)  # −0.04 + 0.04 of the accrual


def test_each_article_has_its_formula() -> None:
    for article in (11, 12, 13, 14):
        source = SOURCES[f"holiday_claim_{article}"]
        assert source.article.startswith(f"Regeling Participatiewet art. {article}")
        assert source.formula("nl").startswith("aanspraak = tarief × netto zonder vakantiegeld")
        assert source.formula("en").startswith("claim = rate × net without holiday pay")


def test_a_municipality_may_lay_down_the_table_of_another_year_itself() -> None:
    own = [
        Row("2025-01-01", f"holiday_claim_art11_{what}_1", "person", "below aow", amount, unit, "besluit", "decision", "B-1")
        for what, amount, unit in (("from", 0, "month"), ("rate", 8_000, "percent"), ("deduct", 0, "month"))
    ]  # fmt: skip
    found = claim(np.array([60000]), np.array([11]), np.array([202512]), STATUTORY.with_own(own))
    assert (found.cents.item(), found.article.item()) == (4800, 11)
