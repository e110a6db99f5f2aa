"""Dated parameters: the right row on the right day, and never a guess."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surplus.months import Month
from surplus.rules.parameters import (
    EVER,
    UNITS,
    Key,
    MissingParameter,
    Parameters,
    Row,
    read_parameters,
)

from .tables import STATUTORY, rows

SINGLE = Key("norm_incl", "single", "21-aow")
N_RATE = Key("exemption_n_rate", "person", "all")
PREMIUM = Key("premium_j_cap", "person", "all")
PENSION_AGE = Key("state_pension_age", "person", "all")
SHARED = Path(__file__).parents[3] / "shared/parameters.csv"
HEADER = "valid_from,name,household,age_band,amount,unit,source,reliability\n"


def own(valid_from: str, key: Key, amount: str, unit: str = "month") -> Row:
    """A row that a municipality decided itself."""
    return Row.parse(valid_from, *key, amount, unit, "raadsbesluit", "decision", "B-1")


@pytest.mark.parametrize(
    ("key", "on", "amount"),
    [
        (SINGLE, "2026-01-01", 140150),
        (SINGLE, "2026-06-30", 140150),
        (SINGLE, "2025-12-31", 136906),
        (Key("exemption_n_cap", "person", "27+"), "2025-07-01", 27800),
        (Key("exemption_r_cap", "single_parent", "27+"), "2026-03-15", 17766),
        (N_RATE, "2022-12-31", 25_000),
        (Key("exemption_r_rate", "person", "all"), "2031-01-01", 12_500),
        (Key("holiday_allowance_share", "all", "all"), "2026-03-01", 5_000),
        (PENSION_AGE, "2023-12-31", 66 * 12 + 10),
        (PENSION_AGE, "2024-01-01", 67 * 12),
        (PREMIUM, "2026-12-31", 339800),
        (PREMIUM, "2018-06-30", 241600),
        (PREMIUM, "2018-12-31", 242900),
        (Key("holiday_claim_art11_rate_4", "person", "below aow"), "2026-12-31", 5_020),
    ],
)
def test_the_row_of_the_day_counts(key: Key, on: str, amount: int) -> None:
    assert STATUTORY.amount(key, on) == amount


@pytest.mark.parametrize(
    ("key", "on", "since", "until"),
    [
        (SINGLE, "2026-07-01", "2026-07-01", "2026-12-31"),
        (SINGLE, "2027-02-03", "2027-01-01", "2027-06-30"),
        (Key("exemption_r_cap", "single_parent", "27+"), "2022-03-01", "2022-01-01", "2022-06-30"),
        (PREMIUM, "2027-08-01", "2027-01-01", "2027-12-31"),
        (Key("holiday_claim_art11_rate_1", "person", "below aow"), "2024-01-01",
         "2024-01-01", "2024-12-31"),
        (N_RATE, "2020-12-31", "2020-07-01", "2020-12-31"),
        (Key("norm_incl", "trio", "21-aow"), "2026-01-01", "2026-01-01", "2026-06-30"),
        (PENSION_AGE, "2032-08-01", "2032-01-01", "2032-12-31"),
        (PENSION_AGE, "2016-08-01", "2016-01-01", "2016-12-31"),
    ],
)  # fmt: skip
def test_a_missing_amount_is_named_with_its_period_and_never_carried_forward(
    key: Key, on: str, since: str, until: str
) -> None:
    with pytest.raises(MissingParameter) as caught:
        STATUTORY.amount(key, on)
    error = caught.value
    assert (error.key, error.since, error.until) == (key, since, until)
    assert error.subject == f"{key} from {since}"
    assert error.unit in UNITS
    assert f"{key} has no row for {since} through {until}" in str(error)


def test_a_missing_amount_tells_until_when_the_last_one_held() -> None:
    with pytest.raises(MissingParameter, match="holds from 2026-01-01 through 2026-06-30"):
        STATUTORY.amount(SINGLE, "2026-09-01")
    with pytest.raises(MissingParameter, match=r"; there is no earlier one either$"):
        STATUTORY.amount(SINGLE, "2016-09-01")


def test_a_column_of_months_gets_its_amounts_and_the_names_of_those_missing() -> None:
    months = np.array([202607, 202601, 202512, 202608, 202601])
    found = STATUTORY.monthly(SINGLE, months)
    lacking = "norm_incl/single/21-aow from 2026-07-01"
    assert found.amounts.tolist() == [0, 140150, 136906, 0, 140150]
    assert found.missing.tolist() == [lacking, "", "", lacking, ""]
    assert STATUTORY.monthly(SINGLE, months[:0]).amounts.shape == (0,)


def test_a_municipalitys_own_row_goes_before_the_statutory_one() -> None:
    table = STATUTORY.with_own([own("2026-03-15", SINGLE, "1450.00")])
    on = ["2026-03-14", "2026-03-15", "2026-06-30"]
    assert [table.amount(SINGLE, day) for day in on] == [140150, 145000, 145000]
    with pytest.raises(MissingParameter):
        table.amount(SINGLE, "2026-07-01")


def test_a_municipalitys_own_rate_outlives_a_later_statutory_row() -> None:
    table = STATUTORY.with_own([own("2025-03-01", N_RATE, "30", "percent")])
    assert table.amount(N_RATE, "2026-03-01") == 30_000
    assert table.row(N_RATE, "2026-03-01").number == "B-1"


def test_of_two_own_rows_with_one_start_the_one_told_last_counts() -> None:
    rows = [own("2026-07-01", SINGLE, amount) for amount in ("1500.00", "1420.00")]
    assert STATUTORY.with_own(rows).amount(SINGLE, "2026-08-01") == 142000


def test_a_yearly_amount_and_a_rate_tell_until_when_they_hold() -> None:
    assert STATUTORY.row(PREMIUM, "2026-02-01").valid_until == "2026-12-31"
    assert STATUTORY.row(N_RATE, "2026-02-01").valid_until == EVER


def test_the_list_of_a_day_holds_each_parameter_in_force_once() -> None:
    rows = STATUTORY.rows("2026-07-01")
    assert len({row.key for row in rows}) == len(rows) > 0
    assert all(row.valid_from <= "2026-07-01" <= row.valid_until for row in rows)
    assert not [row for row in rows if row.name == "norm_incl"]
    assert len(STATUTORY.rows()) == 533


GAPS = rows(
    """
    from   | through | name                        | missing
    202604 | 202606  | norm_incl                   |
    202606 | 202607  | norm_incl                   | 2026-07-01
    202606 | 202702  | norm_incl                   | 2026-07-01 + 2027-01-01
    202606 | 202702  | premium_j_cap               | 2027-01-01
    202606 | 202702  | exemption_n_rate            |
    202606 | 202702  | norm_excl                   |
    202606 | 202702  | norm_cost_sharer_incl       |
    203111 | 203303  | state_pension_age           | 2032-01-01 + 2033-01-01
    202401 | 202604  | holiday_claim_art11_from_1  | 2024-01-01 + 2025-01-01
    202401 | 202604  | holiday_claim_art11_from_5  | 2024-01-01 + 2025-01-01
    201701 | 201802  | exemption_n_cap             |
    """
)


@pytest.mark.parametrize("row", GAPS, ids=[" ".join(row.values()) for row in GAPS])
def test_every_gap_of_a_stretch_of_months_is_named_once_per_half_year_or_year(
    row: dict[str, str],
) -> None:
    gaps = STATUTORY.gaps(Month(int(row["from"])), Month(int(row["through"])))
    mine = [gap for gap in gaps if gap.key.name == row["name"]]
    assert " + ".join(dict.fromkeys(gap.since for gap in mine)) == row["missing"]
    assert len({(gap.key, gap.since) for gap in mine}) == len(mine)


def test_a_table_without_its_first_bracket_is_a_gap_from_its_first_day_on() -> None:
    second = own("2026-01-01", Key("holiday_claim_art11_from_2", "person", "below aow"), "876.39")
    gaps = Parameters((second,)).gaps(Month(202601), Month(202601))
    assert [gap.key for gap in gaps] == [second.key]


def test_what_is_laid_down_per_calendar_year_is_told_by_year_the_earliest_first() -> None:
    ages = STATUTORY.by_year(PENSION_AGE)
    assert list(ages) == sorted(ages)
    assert {year: ages[year] for year in (2023, 2024)} == {2023: 66 * 12 + 10, 2024: 67 * 12}
    assert STATUTORY.by_year(Key("state_pension_age", "couple", "all")) == {}


def test_what_is_missing_in_june_is_missing_since_january() -> None:
    with pytest.raises(MissingParameter) as raised:
        STATUTORY.row(SINGLE, "2017-06-30")
    assert (raised.value.since, raised.value.until) == ("2017-01-01", "2017-06-30")


def test_a_number_of_months_holds_for_its_calendar_year() -> None:
    told = own("2026-01-01", Key("grace", "person", "all"), "3", "months")
    assert told.valid_until == "2026-12-31"


def test_the_amounts_of_no_months_are_whole_cents_too() -> None:
    assert STATUTORY.monthly(SINGLE, np.array([], dtype=np.int64)).amounts.dtype == np.int64


def test_the_amounts_of_months_stand_in_the_order_of_the_months_asked() -> None:
    months = np.array([202603, 202607, 202512, 202603])
    found = STATUTORY.monthly(SINGLE, months)
    assert found.amounts.tolist() == [140150, 0, 136906, 140150]
    assert found.missing.tolist() == ["", f"{SINGLE} from 2026-07-01", "", ""]
    assert (found.amounts.dtype, found.missing.dtype) == (np.int64, object)


def test_a_gap_tells_the_unit_of_the_row_to_fill_in() -> None:
    gaps = STATUTORY.gaps(Month(203201), Month(203201))
    units = {gap.key.name: gap.unit for gap in gaps}
    told = units["norm_incl"], units["minimum_wage"], units["state_pension_age"]
    assert told == ("month", "hour", "months")


def test_the_digest_follows_the_content_and_not_the_order_of_the_file() -> None:
    assert Parameters(STATUTORY.told[::-1]).digest() == STATUTORY.digest()
    assert STATUTORY.with_own([own("2026-07-01", SINGLE, "1.00")]).digest() != STATUTORY.digest()
    again = Parameters(tuple(Row(*list(row)) for row in STATUTORY.rows()))
    assert again.digest() == STATUTORY.digest()


def test_a_table_cannot_be_changed() -> None:
    table: Any = STATUTORY
    with pytest.raises(dataclasses.FrozenInstanceError):
        table.told = ()


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("2026-02-30,a,b,c,1.00,month,s,verified", "day is out of range"),
        (
            "2026-01-01,a,b,c,1.00,week,s,verified",
            "unit 'week' is none of month, year, total, hour, percent, months",
        ),
        ("2026-01-01,a,b,c,1.005,month,s,verified", "more precise than a cent"),
        ("2026-01-01,a,b,c,-1.00,month,s,verified", "below zero"),
        ("2026-01-01,a,b,c,veel,percent,s,verified", "'veel' is not a percentage"),
        ("2026-01-01,a,b,c,1.2345,percent,s,verified", "finer than 0.001"),
        ("2026-01-01,a,b,c,67.5,months,s,verified", "'67.5' is not a whole number of months"),
        ("2026-01-01,a,b,c,1.00,month,s", "shorter"),
        ('2026-01-01,"a"b,c,d,1.00,month,s,verified', "expected after"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_by_its_number(line: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=f"line 2: .*{complaint}"):
        read_parameters(HEADER + line + "\n")


def test_a_line_is_read_as_it_is_written() -> None:
    lines = (
        "2026-01-01,norm_incl,single,21-aow,1401.50,month,art. 21,verified\n"
        "2026-01-01,exemption_n_rate,person,all,12.5,percent,art. 31,secondary\n"
        "2026-01-01,state_pension_age,person,all,804,months,art. 7a,inferred\n"
        "2026-01-01,holiday_claim_art11_deduct_1,person,below aow,0.00,month,art. 11,verified\n"
    )
    assert read_parameters(HEADER + lines).told == (
        Row("2026-01-01", *SINGLE, 140150, "month", "art. 21", "verified", ""),
        Row("2026-01-01", *N_RATE, 12_500, "percent", "art. 31", "secondary", ""),
        Row("2026-01-01", *PENSION_AGE, 804, "months", "art. 7a", "inferred", ""),
        Row("2026-01-01", "holiday_claim_art11_deduct_1", "person", "below aow", 0, "month",
            "art. 11", "verified", ""),
    )  # fmt: skip


def test_the_digest_of_a_table_stays_what_it_is_for_it_is_kept_with_each_month() -> None:
    row = Row.parse("2026-01-01", *SINGLE, "1401.50", "month", "één", "verified")
    assert Parameters((row,)).digest() == "af86a1c936d04ce3"


@pytest.mark.parametrize("text", ["", "name,amount\n"])
def test_a_file_with_other_columns_is_no_parameter_file(text: str) -> None:
    with pytest.raises(ValueError, match=f"columns of a parameter file are {HEADER.strip()}$"):
        read_parameters(text)


@pytest.mark.skipif(not SHARED.exists(), reason="../shared with its parameters.csv is absent")
def test_the_table_is_the_given_one_row_for_row_with_the_state_pension_age_added() -> None:
    given = SHARED.read_text(encoding="utf-8").replace("amount_eur", "amount", 1)
    added = [row for row in STATUTORY.told if row.name == "state_pension_age"]
    assert [row for row in STATUTORY.told if row not in added] == [*read_parameters(given).told]
    assert [(row.valid_from, divmod(row.amount, 12)) for row in added] == [
        ("2017-01-01", (65, 9)), ("2018-01-01", (66, 0)),
        ("2019-01-01", (66, 4)), ("2020-01-01", (66, 4)),
        ("2021-01-01", (66, 4)), ("2022-01-01", (66, 7)), ("2023-01-01", (66, 10)),
        ("2024-01-01", (67, 0)), ("2025-01-01", (67, 0)), ("2026-01-01", (67, 0)),
        ("2027-01-01", (67, 0)), ("2028-01-01", (67, 3)), ("2029-01-01", (67, 3)),
        ("2030-01-01", (67, 3)), ("2031-01-01", (67, 3)),
    ]  # fmt: skip
    assert {(row.source, row.reliability) for row in added} == {("AOW art. 7a", "secondary")}


@pytest.mark.parametrize(("household", "months"), [("single", 12), ("couple", 6)])
def test_p9_the_published_taxable_income_of_a_full_benefit_follows_from_norm_credit_and_rate(
    household: str, months: int
) -> None:
    year = {
        name: STATUTORY.amount(Key(f"benefit_{name}", "person", "below aow"), "2026-03-01")
        for name in ("tax_credit", "wage_tax_rate")
    }
    norm = STATUTORY.amount(Key("norm_incl", household, "21-aow"), "2026-03-01")
    of_whom = "single" if household == "single" else "couple_each_partner"
    taxed = (months * norm - year["tax_credit"]) * 100_000 // (100_000 - year["wage_tax_rate"])
    published = Key("benefit_taxable_estimate", of_whom, "21-aow")
    assert taxed // 100 * 100 == STATUTORY.amount(published, "2026-03-01")
