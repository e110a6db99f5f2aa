"""The worked examples of domain.md, published and constructed, by the second implementation.

It is held against them before the product is held against it.
"""

# ruff: noqa: E501 (tables are wide)

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.oracle.dates import first_day, last_day, months
from tests.oracle.month.case import Fact, Grant, Job, Life, Outcome, Policy, Row
from tests.oracle.month.income import (
    Income,
    by_brackets,
    claim,
    income_of_job,
    portions,
    thirteen_twelfths,
)
from tests.oracle.month.money import parts, percent
from tests.oracle.month.month import outcomes
from tests.oracle.month.norm import cost_sharer, in_institution, norm_of_month
from tests.oracle.month.parameters import amount, claim_table
from tests.oracle.month.pay import pay_of_period

EURO = Decimal


def rows(table: str) -> list[dict[str, str]]:
    """The rows of a table drawn with bars, by the names in its first row."""
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return [dict(zip(lines[0], cells, strict=True)) for cells in lines[1:]]


def payslip(month: int, net: str, **more: str) -> Row:
    """A monthly payslip; `net` is what is to be settled."""
    told: dict[str, Any] = {name: EURO(text) for name, text in more.items()}
    first, last = first_day(month), last_day(month)
    return Row("payslip", first, last, last, EURO(net), **told)


def facts(household: str, **more: str) -> tuple[Fact, ...]:
    told = {"household": household} | more
    return tuple(Fact(kind, date(2000, 1, 1), None, value) for kind, value in told.items())


WORKED = rows(
    """
    example                        | month   | who                          | wages            | payslip besides      | granted        | F given | N       | C       | E      | B       | Bp      | R     | W       | D       | F       | D-F
    C1 surplus through exemption   | 2026-03 | single 30                    | 600.00           |                      | n              |         | 1401.50 | 600.00  | 150.00 | 951.50  | 903.93  | 47.57 | 600.00  | 1503.93 | 1331.43 | 172.50
    C2 exemption hits the cap      | 2026-03 | single 30                    | 1200.00          |                      | n              |         | 1401.50 | 1200.00 | 285.00 | 486.50  | 462.18  | 24.32 | 1200.00 | 1662.18 | 1331.43 | 330.75
    C3 income above the norm       | 2026-03 | single 30                    | 1650.00          |                      | n              |         | 1401.50 | 1650.00 | 0.00   | 0.00    | 0.00    | 0.00  | 1650.00 | 1650.00 | 1331.43 | 318.57
    C4 fixed amount set too high   | 2026-03 | single 30                    | 420.00           |                      | n used 6       | 1450.00 | 1401.50 | 420.00  | 0.00   | 981.50  | 932.43  | 49.07 | 420.00  | 1352.43 | 1450.00 | -97.57
    C5 travel is passed on         | 2026-03 | single 30                    | 900.00           | travel 64.40         |                |         | 1401.50 | 900.00  | 0.00   | 501.50  | 476.43  | 25.07 | 964.40  | 1440.83 | 1331.43 | 109.40
    C6 late wage, n used up        | 2026-03 | single 30                    | 600.00           |                      | n used 6       |         | 1401.50 | 600.00  | 0.00   | 801.50  | 761.43  | 40.07 | 600.00  | 1361.43 | 1331.43 | 30.00
    C7 nothing earned after all    | 2026-05 | single 30                    | 0.00             |                      |                |         | 1401.50 | 0.00    | 0.00   | 1401.50 | 1331.43 | 70.07 | 0.00    | 1331.43 | 1331.43 | 0.00
    C8 corrected upwards           | 2026-03 | single 30                    | 700.00           |                      |                |         | 1401.50 | 700.00  | 0.00   | 701.50  | 666.43  | 35.07 | 700.00  | 1366.43 | 1331.43 | 35.00
    C9 corrected downwards         | 2026-03 | single 30                    | 480.00           |                      |                |         | 1401.50 | 480.00  | 0.00   | 921.50  | 875.43  | 46.07 | 480.00  | 1355.43 | 1331.43 | 24.00
    C10 two employers, one cap     | 2026-03 | single 30                    | 350.25 + 512.80  |                      | n used 1       |         | 1401.50 | 863.05  | 215.76 | 754.21  | 716.50  | 37.71 | 863.05  | 1579.55 | 1331.43 | 248.12
    C12a holiday pay accrues       | 2026-03 | single 30                    | 600.00           | accrued 34.00        |                |         | 1401.50 | 634.00  | 0.00   | 767.50  | 729.13  | 38.37 | 600.00  | 1329.13 | 1331.43 | -2.30
    C12b holiday pay is paid       | 2026-05 | single 30                    | 1008.00          | accrued 34.00, holiday_paid 408.00 |  |         | 1401.50 | 634.00  | 0.00   | 767.50  | 729.13  | 38.37 | 1008.00 | 1737.13 | 1331.43 | 405.70
    C13 sixth month of n           | 2026-03 | single 30                    | 600.00           |                      | n used 5       |         | 1401.50 | 600.00  | 150.00 | 951.50  | 903.93  | 47.57 | 600.00  | 1503.93 | 1331.43 | 172.50
    C13 n runs out                 | 2026-03 | single 30                    | 600.00           |                      | n used 6       |         | 1401.50 | 600.00  | 0.00   | 801.50  | 761.43  | 40.07 | 600.00  | 1361.43 | 1331.43 | 30.00
    C14 couple, both earn          | 2026-03 | couple 35 33                 | 520.00 & 1180.00 |                      | n & n          |         | 2002.13 | 1700.00 | 415.00 | 717.13  | 681.27  | 35.86 | 1700.00 | 2381.27 | 1902.02 | 479.25
    C15 couple, one is 24          | 2026-03 | couple 24 33                 | 520.00 & 1180.00 |                      | n & n          |         | 2002.13 | 1700.00 | 285.00 | 587.13  | 557.77  | 29.36 | 1700.00 | 2257.77 | 1902.02 | 355.75
    C16 single parent              | 2026-05 | single-parent 32, child 6    | 780.00           |                      | n used 6 + r   |         | 1401.50 | 780.00  | 97.50  | 719.00  | 683.05  | 35.95 | 780.00  | 1463.05 | 1331.43 | 131.62
    C17 medically restricted       | 2026-03 | single 24                    | 640.00           |                      | y              |         | 1401.50 | 640.00  | 96.00  | 857.50  | 814.63  | 42.87 | 640.00  | 1454.63 | 1331.43 | 123.20
    C18 the new exemption          | 2027-03 | single 40, norm 1401.50      | 1300.00          |                      | 34a            |         | 1401.50 | 1300.00 | 195.00 | 296.50  | 281.68  | 14.82 | 1300.00 | 1581.68 | 1331.43 | 250.25
    C19 cost sharer                | 2020-07 | single 30, sharers 1         | 300.00           |                      |                |         | 756.45  | 300.00  | 0.00   | 456.45  | 433.63  | 22.82 | 300.00  | 733.63  | 718.63  | 15.00
    C20 last month before exit     | 2026-06 | single 30                    | 1200.00          |                      |                |         | 1401.50 | 1200.00 | 0.00   | 201.50  | 191.43  | 10.07 | 1200.00 | 1391.43 | 1331.43 | 60.00
    C22 employer pays the client   | 2026-03 | single 30, paid to client    | 600.00           |                      |                |         | 1401.50 | 600.00  | 0.00   | 801.50  | 761.43  | 40.07 | 0.00    | 761.43  | 1331.43 | -570.00
    C23 attachment by the employer | 2026-03 | single 30                    | 780.00           | attachment 120.00    |                |         | 1401.50 | 900.00  | 0.00   | 501.50  | 476.43  | 25.07 | 780.00  | 1256.43 | 1331.43 | -75.00
    C23 without the attachment     | 2026-03 | single 30                    | 900.00           |                      |                |         | 1401.50 | 900.00  | 0.00   | 501.50  | 476.43  | 25.07 | 900.00  | 1376.43 | 1331.43 | 45.00
    3.4a claim by table            | 2026-03 | single 30, by table          | 600.00           | accrued 48.00        |                |         | 1401.50 | 648.00  | 0.00   | 753.50  | 715.83  | 37.67 | 600.00  | 1315.83 | 1331.43 | -15.60
    3.4a claim by table, higher    | 2026-03 | single 30, by table          | 900.00           | accrued 72.00        |                |         | 1401.50 | 951.23  | 0.00   | 450.27  | 427.76  | 22.51 | 900.00  | 1327.76 | 1331.43 | -3.67
    design: wage with travel       | 2026-03 | single 30                    | 600.00           | travel 20.00         | n              |         | 1401.50 | 600.00  | 150.00 | 951.50  | 903.93  | 47.57 | 620.00  | 1523.93 | 1331.43 | 192.50
    """
)


def life_of(row: dict[str, str]) -> Life:
    """The client that a row of the table tells of."""
    month = int(row["month"].replace("-", ""))
    who, *besides = (part.strip() for part in row["who"].split(","))
    household, *ages = who.split()
    more = dict(part.rsplit(" ", 1) for part in besides)
    extra = dict(part.strip().rsplit(" ", 1) for part in row["payslip besides"].split(",") if part)
    jobs = tuple(
        Job(
            person,
            date(2020, 1, 1),
            paid_to="client" if "paid to" in more else "buffer",
            rows=(payslip(month, wage.strip(), **extra),),
        )
        for person, wages in enumerate(row["wages"].split("&"))
        for wage in wages.split("+")
    )
    child = date(month // 100 - int(more["child"]), 1, 1) if "child" in more else None
    return Life(
        [month],
        tuple(date(month // 100 - int(age), 1, 1) for age in ages),
        facts(household, **{k: more[k] for k in ("norm", "sharers") if k in more}),
        grants=tuple(
            Grant(person, kind, month // 100 * 100 + 1, used=int(used or 0))
            for person, given in enumerate(row["granted"].split("&"))
            for kind, _, used in (one.strip().partition(" used ") for one in given.split("+"))
            if kind
        ),
        jobs=jobs,
        youngest=child,
        agreed=EURO(row["F given"]) if row["F given"] else None,
        policy=Policy(claim="TABLE" if "by" in more else "PAYROLL"),
    )


def only(life: Life) -> Outcome:
    """The figures of the first month, which nothing may be lacking for."""
    found = outcomes(life)[life.months[0]]
    assert isinstance(found, Outcome), found
    return found


@pytest.mark.parametrize("row", WORKED, ids=[row["example"] for row in WORKED])
def test_a_worked_example_comes_out_to_the_cent(row: dict[str, str]) -> None:
    month = only(life_of(row))
    figures = {
        "N": month.norm,
        "C": month.countable,
        "E": sum(month.exempt),
        "B": month.benefit,
        "Bp": month.paid,
        "R": month.reserve,
        "W": month.wage,
        "D": month.due,
        "F": month.fixed,
        "D-F": month.difference,
    }
    assert figures == {symbol: EURO(row[symbol]) for symbol in figures}


def test_p1_a_year_end_bonus_goes_to_the_months_in_which_it_was_built_up() -> None:
    year = months(201801, 201812)
    slips = [payslip(m, "661.84") for m in year[:-1]]
    slips.append(payslip(201812, "1059.19", year_end="397.35"))
    job = Job(0, date(2018, 1, 1), rows=tuple(slips))
    life = Life(year, (date(1980, 1, 1),), facts("single"), jobs=(job,), policy=Policy("EXCL"))
    # July 2018 has an indexed norm of its own; the published sums all use that of January.
    told = {month: found for month, found in outcomes(life).items() if month < 201807}
    assert {month.norm for month in told.values() if isinstance(month, Outcome)} == {EURO("992.12")}
    assert {month.fixed for month in told.values() if isinstance(month, Outcome)} == {
        EURO("942.51")
    }
    assert {month.paid for month in told.values() if isinstance(month, Outcome)} == {EURO("247.56")}
    income = {m: i for m, i in income_of_job(job, life).items() if isinstance(i, Income)}
    assert income[201811].countable - EURO("661.84") == EURO("33.11")
    assert income[201812].countable - EURO("661.84") == EURO("33.14")
    assert (income[201811].cash, income[201812].cash) == (EURO("661.84"), EURO("1059.19"))


def test_p1_an_accrual_of_32_93_gives_the_published_247_74() -> None:
    job = Job(0, date(2018, 1, 1), rows=(payslip(201801, "694.77"),))
    life = Life([201801], (date(1980, 1, 1),), facts("single"), jobs=(job,), policy=Policy("EXCL"))
    assert only(life).paid == EURO("247.74")


def test_p2_a_quarter_of_500() -> None:
    job = Job(0, date(2022, 1, 1), rows=(payslip(202201, "500.00"),))
    grants = (Grant(0, "n", 202201),)
    month = only(Life([202201], (date(1980, 1, 1),), facts("single"), grants=grants, jobs=(job,)))
    assert month.exempt == (EURO("125.00"),)
    assert amount("exemption_n_cap", "person", "27+", 202201) == EURO("224.00")


@pytest.mark.parametrize(
    "row",
    rows(
        """
        norm    | paid
        1030.42 | 978.90
        1472.03 | 1398.43
        1059.03 | 1006.08
        1512.90 | 1437.26
        1078.70 | 1024.77
        1541.00 | 1463.95
        1195.66 | 1135.88
        1708.08 | 1622.68
        756.45  | 718.63
        605.16  | 574.90
        574.90  | 546.16
        """
    ),
    ids=lambda row: row["norm"],
)
def test_p3_the_part_that_is_paid_is_95_percent(row: dict[str, str]) -> None:
    assert percent(EURO(95), EURO(row["norm"])) == EURO(row["paid"])


PUBLISHED_COST_SHARERS = """
    month   | 2       | 3      | 4      | 5      | 6      | 7      | 8
    2020-07 | 756.45  | 655.59 | 605.16 | 574.90 |        |        |
    2021-07 |         | 667.77 | 616.40 | 585.58 | 565.03 |        |
    2023-07 |         | 753.14 | 695.21 | 660.45 | 637.27 |        |
    2024-01 | 917.02  | 794.75 | 733.62 | 696.94 | 672.48 | 655.01 | 641.91
    2024-07 | 934.61  | 809.99 | 747.68 | 710.30 | 685.38 |        |
    2019-01 |         | 634.86 |        |        | 537.19 |        |
    2023-01 |         | 740.17 |        |        | 626.30 |        |
    """


def test_p3_and_p6_cost_sharers_by_the_exact_fraction() -> None:
    for row in rows(PUBLISHED_COST_SHARERS):
        month = int(row.pop("month").replace("-", ""))
        for count, published in row.items():
            if published:
                found = cost_sharer(int(count), "21-aow", month)
                assert found == EURO(published), (month, count)


def test_p3_the_table_of_norms_is_what_a_whole_month_gives() -> None:
    for row in rows(
        """
        month   | household | norm
        2019-07 | single    | 1030.42
        2019-07 | couple    | 1472.03
        2021-07 | single    | 1078.70
        2023-01 | couple    | 1708.08
        """
    ):
        born = (date(1980, 1, 1),) * (2 if row["household"] == "couple" else 1)
        month = int(row["month"].replace("-", ""))
        assert norm_of_month(Life([month], born, facts(row["household"])), month) == EURO(
            row["norm"]
        )


def test_p4_and_c11_thirteen_periods_over_twelve_months_and_the_year_adds_up() -> None:
    year = months(202501, 202512)
    start = date(2024, 12, 30)
    slips = []
    for number in range(13):
        first = start.fromordinal(start.toordinal() + 28 * number)
        last = first.fromordinal(first.toordinal() + 27)
        slips.append(Row("payslip", first, last, last, EURO("800.00")))
    job = Job(0, date(2020, 1, 1), pay="four-week", rows=tuple(slips))
    life = Life(year, (date(1980, 1, 1),), facts("single"), jobs=(job,), since=date(2024, 1, 1))
    income = {m: i for m, i in income_of_job(job, life).items() if isinstance(i, Income)}
    assert [income[month].countable for month in year[:-1]] == [EURO("866.67")] * 11
    assert income[202512].countable == EURO("866.63")
    assert sum(i.countable for i in income.values()) == 13 * EURO("800.00")
    assert sorted(i.cash for i in income.values()) == [*[EURO("800.00")] * 11, EURO("1600.00")]


def test_c11_the_months_of_2026() -> None:
    first, last = date(2026, 2, 9), date(2026, 3, 8)
    slip = Row("payslip", first, last, last, EURO("800.00"))
    job = Job(0, date(2020, 1, 1), pay="four-week", rows=(slip,))
    month = only(Life([202603], (date(1980, 1, 1),), facts("single"), jobs=(job,)))
    assert month[3] == thirteen_twelfths(EURO(800)) == EURO("866.67")
    assert (month.benefit, month.paid, month.reserve) == (
        EURO("534.83"),
        EURO("508.09"),
        EURO("26.74"),
    )
    assert (month.due, month.difference) == (EURO("1308.09"), EURO("-23.34"))


def test_p5_holiday_pay_counts_as_it_accrues_and_is_the_clients_when_paid() -> None:
    accrual, payment = (
        payslip(202604, "600.00", accrued="34.00"),
        payslip(202605, "1008.00", accrued="34.00", holiday_paid="408.00", travel="10.00"),
    )
    told = [pay_of_period([row], Policy()) for row in (accrual, payment)]
    assert [pay.regular + pay.accrued for pay in told] == [EURO("634.00")] * 2
    assert [pay.passed_on for pay in told] == [EURO(0), EURO("418.00")]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        month   | household | norm
        2026-01 | single    | 490.76
        2026-01 | couple    | 796.27
        2025-07 | single    | 478.49
        2025-07 | couple    | 775.29
        2022-01 | single    | 379.68
        2022-01 | couple    | 616.69
        """
    ),
    ids=lambda row: f"{row['month']} {row['household']}",
)
def test_p7_institution(row: dict[str, str]) -> None:
    month = int(row["month"].replace("-", ""))
    assert in_institution(row["household"], month) == EURO(row["norm"])


VECTORS = """
    year | article | ink     | claim
    2026 | art11   | 425.00  | 34.00
    2026 | art11   | 600.00  | 48.00
    2026 | art11   | 876.38  | 70.11
    2026 | art11   | 876.39  | 49.34
    2026 | art11   | 900.00  | 51.23
    2026 | art11   | 1059.25 | 63.97
    2026 | art11   | 1059.26 | 82.07
    2026 | art11   | 1200.00 | 93.33
    2026 | art11   | 2175.47 | 171.37
    2026 | art11   | 2175.48 | 107.53
    2026 | art12   | 672.37  | 53.79
    2026 | art12   | 672.38  | 34.56
    2026 | art12   | 1733.81 | 106.13
    2026 | art12   | 1851.75 | 114.68
    2022 | art11   | 685.10  | 54.81
    2022 | art11   | 685.11  | 37.00
    2022 | art11   | 822.60  | 63.06
    2022 | art11   | 1537.66 | 78.32
    """


@pytest.mark.parametrize("row", rows(VECTORS), ids=lambda row: f"{row['article']} {row['ink']}")
def test_p8_the_claim_to_holiday_allowance(row: dict[str, str]) -> None:
    brackets = claim_table(row["article"], int(row["year"]) * 100 + 9)
    assert by_brackets(brackets, EURO(row["ink"])) == EURO(row["claim"])


def test_p8_a_second_employer_and_a_pensioner_have_eight_percent() -> None:
    life = Life(
        [202601],
        (date(1990, 1, 1), date(1955, 1, 1)),
        facts("couple"),
        policy=Policy(claim="TABLE"),
    )
    second = Job(0, date(2020, 1, 1), credit=False)
    assert claim(second, life, 202601, EURO("900.00")) == EURO("72.00")


def test_c13_a_month_without_income_leaves_a_month_of_n() -> None:
    year = months(202509, 202604)
    grants = (Grant(0, "n", 202509),)

    def exempt(nothing_in: int) -> list[Decimal]:
        wages = [payslip(m, "0.00" if m == nothing_in else "600.00") for m in year]
        life = Life(
            year,
            (date(1990, 1, 1),),
            facts("single"),
            grants=grants,
            jobs=(Job(0, date(2020, 1, 1), rows=tuple(wages)),),
        )
        return [month.exempt[0] for month in outcomes(life).values() if isinstance(month, Outcome)]

    kept, none = EURO("150.00"), EURO("0.00")
    assert exempt(0) == [*[kept] * 6, none, none]
    assert exempt(202510) == [kept, none, *[kept] * 5, none]


@pytest.mark.parametrize(
    ("net", "expected"),
    [
        ("175.00", ["50.00", "125.00"]),
        ("176.00", ["50.29", "125.71"]),
        ("-176.00", ["-50.29", "-125.71"]),
    ],
)
def test_c24_a_week_over_the_end_of_a_month(net: str, expected: list[str]) -> None:
    row = Row("payslip", date(2026, 3, 30), date(2026, 4, 5), date(2026, 4, 5), EURO(net))
    job = Job(0, date(2020, 1, 1), pay="week", rows=(row,))
    pay = pay_of_period([row], Policy())
    assert [p.amount for p in portions(job, pay, [pay], pay.regular)] == [EURO(e) for e in expected]


def test_formats_four_weeks_by_days() -> None:
    assert parts(EURO("704.00"), [24, 4]) == [EURO("603.43"), EURO("100.57")]
    assert parts(EURO("763.00"), [27, 1]) == [EURO("735.75"), EURO("27.25")]
