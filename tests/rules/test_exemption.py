"""The exemption: who has it, which kind, how much, and how its months run."""

# ruff: noqa: E501 (tables are wide)

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.months import plus
from surplus.rules.benefit import figures
from surplus.rules.exemption import COUNTED, KINDS, Policy, exempt, letters, number
from surplus.rules.exemption.ages import from_27
from surplus.rules.parameters import Parameters, Row

from .tables import KIND, STATUTORY, case, cents, decided, joined_rights, right, rows, settled

N, Y, Z, AA, R, NEW = KIND.values()
TOLERATING = Policy(tolerate_under27_2026=True)
RUNNING_ON = Policy(old_exemptions_run_on=True)


def kind_in(row: dict[str, str], policy: Policy) -> str:
    """The kind that the client of a row has, or what the month lacks."""
    month = settled(
        month=int(row["month"]), countable=(60000, 0), birth=(int(row["born"]), 0),
        rights=decided(row["rights"]), policy=policy,
    )  # fmt: skip
    return str(month["lacks"] or month["exemption_kind"][0])


def walk(first: int, wages: list[int], **told: Any) -> list[dict[str, Any]]:
    """Months after each other of one client, with the months used carried forward."""
    one = case(**told)
    used, months = one.rights.used.copy(), []
    for place, wage in enumerate(wages):
        one = case(month=int(plus(first, place)), countable=(wage, 0), wage=wage, **told)
        one = one._replace(rights=one.rights._replace(used=used.copy()))
        month = figures(one, STATUTORY)
        for kind in COUNTED:
            used[kind.right] += month.exemption_kind == number(kind)
        months.append({
            "E": int(month.exemption[0]), "kind": letters(month.exemption_kind)[0, 0],
            "used": int(month.months_used[0, 0]), "difference": int(month.difference[0]),
        })  # fmt: skip
    return months


# --- worked examples (domain.md §5) ---------------------------------------------------------------


def test_p2_a_quarter_of_500_under_the_cap_of_224_is_125() -> None:
    month = settled(month=202201, norm=109171, countable=(50000, 0), rights=[right(N, 20220101)])
    assert (month["exemption"], month["exemption_kind"]) == (12500, ["n", ""])


def test_c10_months_of_n_are_counted_once_whatever_the_number_of_employers() -> None:
    month = settled(countable=(86305, 0), wage=86305, rights=[right(N, 20260201, 6, 1)])
    assert (month["exemption"], month["difference"]) == (21576, 24812)
    assert month["months_used"] == [2, 0]


def test_c13_after_six_months_the_exemption_ends() -> None:
    months = walk(202507, [60000] * 7, rights=[right(N, 20250701, 6)], norm=140150)
    assert [(m["E"], m["used"]) for m in months] == [
        (15000, 1), (15000, 2), (15000, 3), (15000, 4), (15000, 5), (15000, 6), (0, 6),
    ]  # fmt: skip
    assert [m["difference"] for m in months[5:]] == [17250, 3000]


def test_c13_a_month_corrected_to_zero_frees_one_and_later_months_shift() -> None:
    wages = [60000, 0, 60000, 60000, 60000, 60000, 60000, 60000]
    months = walk(202507, wages, rights=[right(N, 20250701, 6)])
    assert [m["used"] for m in months] == [1, 1, 2, 3, 4, 5, 6, 6]
    assert [m["kind"] for m in months] == ["n", "", "n", "n", "n", "n", "n", ""]


def test_c16_month_4_of_30_for_a_single_parent_who_used_n_up() -> None:
    used_up = [right(N, 20250601, 6, 6), right(R, 20251201, 30)]
    month = settled(countable=(78000, 0), wage=78000, birth=(19940101, 0), rights=used_up)
    assert (month["exemption"], month["difference"]) == (9750, 13162)


def test_c18_article_34a_in_month_3_of_12() -> None:
    month = settled(
        month=202703, countable=(130000, 0), wage=130000, birth=(19870101, 0),
        rights=[right(NEW, 20270101, 12)],
    )  # fmt: skip
    symbols = ("exemption", "supplementary_benefit", "benefit", "holiday_allowance", "entitlement",
               "fixed", "difference")  # fmt: skip
    assert [month[name] for name in symbols] == cents(
        "195.00 + 296.50 + 281.68 + 14.82 + 1581.68 + 1331.43 + 250.25"
    )
    assert month["exemption_kind"] == ["34a(1)a", ""]


# --- which kind, by the order of the law ----------------------------------------------------------

ORDER = rows(
    """
    what is decided                        | rights                                           | born     | month  | kind
    n goes before all others               | n 20260101 + y 20260101 + z 20260101 + r 20260101 | 19900101 | 202603 | n
    y where n is used up                   | n 20250101 6/6 + y 20260101 + z 20260101         | 19900101 | 202603 | y
    y while n has not begun                | n 20260401 + y 20260101                          | 19900101 | 202603 | y
    y under 27, where n cannot run         | n 20260101 + y 20260101                          | 20020101 | 202603 | y
    z after the six of n                   | n 20250101 6/6 + z 20260101                      | 19900101 | 202603 | z
    z waits for n                          | n 20260401 + z 20260101                          | 19900101 | 202603 |
    z under 27 does not wait               | n 20260101 + z 20260101                          | 20020101 | 202603 | z
    z in its twelfth month                 | z 20250101 11/0                                  | 19900101 | 202603 | z
    z after twelve months                  | z 20250101 12/0                                  | 19900101 | 202603 |
    z for more months by decision          | z 20250101 12/18                                 | 19900101 | 202603 | z
    aa after z                             | z 20250101 12/0 + aa 20260101                    | 19900101 | 202603 | aa
    aa waits for z                         | z 20260401 + aa 20260101                         | 19900101 | 202603 |
    aa alone                               | aa 20260101                                      | 19900101 | 202603 | aa
    aa waits for n                         | n 20260401 + aa 20260101                         | 19900101 | 202603 |
    aa under 27 does not wait              | n 20260101 + aa 20260101                         | 20020101 | 202603 | aa
    r not beside y                         | y 20260101 + r 20260101                          | 19900101 | 202603 | y
    r until y begins                       | y 20260401 + r 20260101                          | 19900101 | 202603 | r
    r not beside z that waits for n        | n 20260401 + z 20260101 + r 20260101             | 19900101 | 202603 |
    r not beside aa                        | aa 20260101 + r 20260101                         | 19900101 | 202603 | aa
    r until aa begins                      | aa 20260401 + r 20260101                         | 19900101 | 202603 | r
    r again once z is over                 | z 20250101 12/0 + r 20260101                     | 19900101 | 202603 | r
    r waits for n, begun or not            | n 20260401 6 + r 20260101                        | 19900101 | 202603 |
    r under 27                             | r 20260101                                       | 20020101 | 202603 |
    n at the state pension age is endless  | n 20250101 6/6 + r 20260101                      | 19500101 | 202603 | n
    y in 2027 is 34a(1)b                   | y 20260101                                       | 19900101 | 202701 | 34a(1)b
    34a in 2027                            | 34a 20270101                                     | 19900101 | 202701 | 34a(1)a
    34a under 27                           | 34a 20270101                                     | 20050101 | 202701 | 34a(1)a
    34a takes the place of n               | n 20260101 2/6 + 34a 20270101                    | 19900101 | 202701 | 34a(1)a
    34a and y                              | y 20260101 + 34a 20270101                        | 19900101 | 202701 | 34a(1)b
    34a at the state pension age           | 34a 20270101                                     | 19500101 | 202701 | 34a(1)c
    n at the state pension age in 2027     | n 20250101 6/6                                   | 19500101 | 202701 | 34a(1)c
    y at the state pension age in 2027     | y 20250101                                       | 19500101 | 202701 | 34a(1)b
    c goes before b                        | n 20250101 + y 20250101                          | 19500101 | 202701 | 34a(1)c
    34a in its twelfth month               | 34a 20270101                                     | 19900101 | 202712 | 34a(1)a
    34a in its thirteenth                  | 34a 20270101                                     | 19900101 | 202801 |
    34a extended by decision               | 34a 20270101 0/18                                | 19900101 | 202806 | 34a(1)a
    34a again, with a new job              | 34a 20280101                                     | 19900101 | 202801 | 34a(1)a
    nothing decided                        |                                                  | 19900101 | 202603 |
    nothing decided at pension age in 2027 |                                                  | 19500101 | 202701 |
    """.replace("n 20260401 6 +", "n 20260401 0/6 +")
)


@pytest.mark.parametrize("row", ORDER, ids=[row["what is decided"] for row in ORDER])
def test_the_kind_is_the_first_of_the_law_that_nothing_keeps(row: dict[str, str]) -> None:
    assert kind_in(row, Policy()) == row["kind"]


def test_single_parents_pass_to_kind_r_once_n_is_used_up() -> None:
    told = [right(N, 20250601, 6, 4), right(R, 20260301, 30)]
    months = walk(202603, [80000] * 4, rights=told)
    assert [(m["kind"], m["E"]) for m in months] == [
        ("n", 20000), ("n", 20000), ("r", 10000), ("r", 10000),
    ]  # fmt: skip


def test_work_with_a_wage_subsidy_passes_from_n_to_z_to_aa() -> None:
    told = decided("n 20250701 5/6 + z 20250701 10/12 + aa 20250701")
    months = walk(202507, [60000, 60000, 0, 60000, 60000, 60000], rights=told)
    assert [m["kind"] for m in months] == ["n", "z", "", "z", "aa", "aa"]


def test_under_27_z_counts_from_the_first_month_of_work() -> None:
    told = {"birth": (20020101, 0), "rights": decided("n 20250101 0/6 + z 20250101 10/12")}
    months = walk(202507, [0, 60000, 60000, 60000], **told)
    assert [m["kind"] for m in months] == ["", "z", "z", ""]


# --- ages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "exemption"), [(19990301, 15000), (19990302, 0), (19981231, 15000)]
)
def test_27_within_a_month_counts_from_the_first_of_the_next(born: int, exemption: int) -> None:
    month = settled(birth=(born, 0), countable=(60000, 0), rights=[right(N, 20260101)])
    assert month["exemption"] == exemption


@pytest.mark.parametrize(
    ("born", "kind"), [(19590301, "n"), (19590302, "")], ids=["on the first", "on the second"]
)
def test_the_state_pension_age_within_a_month_counts_from_the_first_of_the_next(
    born: int, kind: str
) -> None:
    used_up = [right(N, 20250101, 6, 6)]
    month = settled(birth=(born, 0), countable=(60000, 0), rights=used_up)
    assert month["exemption_kind"][0] == kind
    later = settled(month=202604, birth=(born, 0), countable=(60000, 0), rights=used_up)
    assert later["exemption_kind"][0] == "n"


UNDER_27 = rows(
    """
    when                               | rights       | born     | month  | by law | tolerated
    2020-11 is before the rates known  | n 20200101   | 20000101 | 202011 | exemption_n_rate/person/all from 2020-07-01 | exemption_n_rate/person/all from 2020-07-01
    the month before                   | n 20200101   | 20000101 | 202010 |        |
    2021-01                            | n 20210101   | 20000101 | 202101 | n      | n
    2021-06, the last                  | n 20210101   | 20000101 | 202106 | n      | n
    2021-07                            | n 20210101   | 20000101 | 202107 |        |
    r in 2021-06                       | r 20210101   | 20000101 | 202106 | r      | r
    r in 2021-07                       | r 20210101   | 20000101 | 202107 |        |
    2025-12                            | n 20250101   | 20020101 | 202512 |        |
    2026-01                            | n 20250101   | 20020101 | 202601 |        | n
    r in 2026-01                       | r 20250101   | 20020101 | 202601 |        | r
    z waits for n where n is tolerated | n 20260401 + z 20260101 | 20020101 | 202603 | z |
    """
)


@pytest.mark.parametrize("row", UNDER_27, ids=[row["when"] for row in UNDER_27])
def test_n_and_r_under_27_are_there_in_some_months_and_where_tolerated(row: dict[str, str]) -> None:
    assert kind_in(row, Policy()) == row["by law"]
    assert kind_in(row, TOLERATING) == row["tolerated"]


def test_who_has_no_birth_date_is_27_on_no_account() -> None:
    assert from_27(np.array([0]), np.array([202106]), tolerate_under27_2026=False).tolist() == [
        False
    ]


def test_the_cap_of_2021_holds_under_27_too() -> None:
    month = settled(month=202106, norm=153634, birth=(20000101, 0), countable=(120000, 0),
                    rights=[right(N, 20210101)])  # fmt: skip
    assert month["exemption"] == 22000


# --- months ---------------------------------------------------------------------------------------


def test_a_month_in_which_income_reaches_the_norm_uses_nothing() -> None:
    months = walk(202601, [140150, 140149], rights=[right(N, 20260101, 6)])
    assert [(m["E"], m["used"]) for m in months] == [(0, 0), (28500, 1)]


@pytest.mark.parametrize(
    ("used", "kind"), [(5, "n"), (6, "")], ids=["the sixth month", "the seventh"]
)
def test_n_has_six_months(used: int, kind: str) -> None:
    month = settled(countable=(60000, 0), rights=[right(N, 20250101, 0, used)])
    assert (month["exemption_kind"][0], month["months_used"][0]) == (kind, 6)


CLOCK = rows(
    """
    right from | months | month  | E
    20260301   | 0      | 202602 | 0
    20260301   | 0      | 202603 | 9750
    20260302   | 0      | 202603 | 0
    20260302   | 0      | 202604 | 9750
    20240101   | 30     | 202606 | 9750
    20230901   | 30     | 202602 | 9750
    20230901   | 30     | 202603 | 0
    20230902   | 30     | 202603 | 9750
    20260101   | 2      | 202602 | 9750
    20260101   | 2      | 202603 | 0
    """
)


@pytest.mark.parametrize("row", CLOCK, ids=[f"{r['right from']} {r['month']}" for r in CLOCK])
def test_the_thirty_months_of_r_run_by_the_calendar_also_without_work(row: dict[str, str]) -> None:
    told = [right(R, int(row["right from"]), int(row["months"]), 29)]
    month = settled(month=int(row["month"]), countable=(78000, 0), rights=told)
    assert month["exemption"] == int(row["E"])


@pytest.mark.parametrize(("since", "exemption"), [(20260301, 15000), (20260302, 0)])
def test_a_right_counts_from_the_first_month_that_begins_within_it(
    since: int, exemption: int
) -> None:
    month = settled(countable=(60000, 0), rights=[right(N, since)])
    assert month["exemption"] == exemption


# --- how much -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wage", "kind", "exemption"),
    [
        (114000, N, 28500),
        (114002, N, 28500),
        (113998, N, 28500),  # 284.995 rounds half up to the cap
        (113996, N, 28499),
        (1, N, 0),
        (2, N, 1),
        (139999, R, 17500),
        (142123, R, 17765),
        (142124, R, 17766),  # 177.655 rounds half up to the cap
        (142128, R, 17766),
        (150000, R, 17766),
        (64000, Y, 9600),
        (120127, Y, 18019),
        (130000, Y, 18019),
        (130000, Z, 18019),
        (130000, AA, 18019),
    ],
)
def test_the_exemption_is_a_share_of_the_wage_up_to_its_cap(
    wage: int, kind: str, exemption: int
) -> None:
    couples_norm = 200213
    month = settled(norm=couples_norm, countable=(wage, 0), rights=[right(kind, 20260101)])
    assert month["exemption"] == exemption


@pytest.mark.parametrize(
    ("wage", "born", "told", "exemption"),
    [
        (190000, 19900101, [right(NEW, 20270101)], 28500),  # without a cap
        (190000, 19900101, [right(Y, 20200101)], 28500),
        (90400, 19500101, [right(NEW, 20270101)], 22600),
        (190000, 19500101, [right(NEW, 20270101)], 22600),
    ],
)
def test_article_34a_has_a_cap_at_the_state_pension_age_only(
    wage: int, born: int, told: Any, exemption: int
) -> None:
    month = settled(
        month=202701, norm=200213, birth=(born, 0), countable=(wage, 0), rights=told
    )  # fmt: skip
    assert (month["exemption"], month["lacks"]) == (exemption, "")


@pytest.mark.parametrize(("wage", "used"), [(1, 0), (2, 1)])
def test_a_share_that_rounds_to_nothing_uses_no_month(wage: int, used: int) -> None:
    month = settled(countable=(wage, 0), rights=[right(N, 20260101)])
    assert (month["exemption_kind"][0], month["months_used"][0]) == ("n" if used else "", used)


def test_income_that_is_not_earned_has_no_exemption() -> None:
    month = settled(countable=(60000, 0), earned=(20000, 0), rights=[right(N, 20260101)])
    assert month["exemption"] == 5000


def test_each_member_of_a_household_has_an_own_cap_and_own_months() -> None:
    month = settled(
        norm=200213,
        birth=(19900101, 19920101),
        countable=(52000, 118000),
        rights=[right(N, 20260101, 6, 2), right(N, 20260101, 6, 5, person=2)],
    )
    assert month["exemption_each"] == [13000, 28500]
    assert month["months_used"] == [3, 6]


def test_members_of_a_household_may_have_different_kinds() -> None:
    told = [*decided("n 20250101 6/6 + r 20260101"), *decided("y 20260101", person=2)]
    month = settled(norm=200213, birth=(19900101, 20020101), countable=(50000, 60000), rights=told)
    assert month["exemption_kind"] == ["r", "y"]
    assert month["exemption_each"] == [6250, 9000]


def test_no_exemption_is_above_what_counts() -> None:
    couple = {"norm": 200213, "birth": (19900101, 19920101), "rights": [right(N, 20260101)]}
    assert settled(**couple, countable=(40000, -38000))["exemption_each"] == [2000, 0]
    assert settled(**couple, countable=(3000, 9000), earned=(40000, 0))["exemption"] == 3000
    nothing_left = settled(**couple, countable=(40000, -45000))
    assert nothing_left["exemption_kind"] == ["", ""]
    assert nothing_left["months_used"] == [0, 0]


# --- what is held instead of guessed --------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "more", "lacks"),
    [
        ([right("PREMIE", 20260101)], {}, "PREMIE"),
        ([right("PREMIE", 20260101, person=2)], {"countable": (0, 50000)}, "PREMIE"),
        ([right("PREMIE", 20260302)], {}, ""),
        ([right("PREMIE", 20260301), right(N, 20260101)], {}, "PREMIE"),
        ([right("PREMIE", 20260101)], {"countable": (0, 0)}, ""),
        ([right("PREMIE", 20260101)], {"countable": (1, 0)}, "PREMIE"),
        ([right("PREMIE", 20260101)], {"countable": (150000, 0)}, ""),
        ([right("GEEN", 0)], {}, ""),
        ([right("", 0)], {}, ""),
        ([right(NEW, 20260101)], {}, "NIEUW_34A before 2027-01-01"),
        ([right(NEW, 20261201)], {"month": 202612}, "NIEUW_34A before 2027-01-01"),
        ([right(NEW, 20270101)], {"month": 202612}, ""),
        ([right(N, 20260101)], {"birth": (0, 0)}, "birth date"),
        ([right(NEW, 20270101)], {"birth": (0, 0), "month": 202701}, "birth date"),
        ([right(Y, 20260101)], {"birth": (0, 0), "month": 202701}, ""),
        ([right(Y, 20260101)], {"birth": (0, 0)}, ""),
        ([right(R, 20260401)], {"birth": (0, 0)}, ""),
        ([], {"birth": (0, 0)}, ""),
        ([right(R, 20220101)], {"month": 202203},
         "exemption_r_cap/single_parent/27+ from 2022-01-01"),
        ([right(N, 20200101)], {"month": 202008}, "exemption_n_rate/person/all from 2020-07-01"),
        ([right(Y, 20200101)], {"month": 202401}, "exemption_y_cap/person/all from 2024-01-01"),
        ([right(NEW, 20270101)], {"month": 202707, "birth": (19500101, 0)},
         "exemption_34a_cap/person/aow from 2027-07-01"),
    ],
)  # fmt: skip
def test_a_right_that_cannot_be_decided_holds_the_month_only_where_it_matters(
    told: Any, more: dict[str, Any], lacks: str
) -> None:
    assert settled(**{"countable": (60000, 0), "rights": told} | more)["lacks"] == lacks


def test_a_code_that_is_not_known_holds_only_the_client_it_is_of() -> None:
    unknown = [right("PREMIE", 20260101)]
    rights = joined_rights([case(rights=unknown).rights for _ in range(2)])
    two = exempt(rights, np.zeros((2, 2), dtype=np.int64), np.array([[0, 0], [60000, 0]]),
                 np.array([[0, 0], [60000, 0]]), np.array([140150] * 2), np.array([202603] * 2),
                 STATUTORY)  # fmt: skip
    assert two.lacks.tolist() == ["", "PREMIE"]
    assert (two.cents.dtype, two.kind.dtype, two.months_used.dtype) == ("int64", "int8", "int64")


PENSION_UNKNOWN = rows(
    """
    rights                          | born     | month  | lacks
    n 20250101 6/6                  | 19600101 | 202603 | state_pension_age/person/all from 2026-01-01
    n 20250101 6/6 + r 20260101     | 19600101 | 202603 | state_pension_age/person/all from 2026-01-01
    n 20250101 5/6                  | 19600101 | 202603 |
    n 20260401 6/6                  | 19600101 | 202603 |
    n 20250101 6/6                  | 19620101 | 202603 |
    r 20260101                      | 19600101 | 202603 |
    y 20260101                      | 19600101 | 202701 |
    34a 20270101                    | 19600101 | 202701 | state_pension_age/person/all from 2027-01-01
    n 20260101 5/6                  | 19600101 | 202701 | state_pension_age/person/all from 2027-01-01
    34a 20270201                    | 19600101 | 202701 |
    """
)


@pytest.mark.parametrize(
    "row", PENSION_UNKNOWN, ids=[f"{r['rights']} {r['born']}" for r in PENSION_UNKNOWN]
)
def test_a_state_pension_age_that_is_not_laid_down_is_named_where_it_matters(
    row: dict[str, str],
) -> None:
    without = Parameters(tuple(r for r in STATUTORY.rows() if r.name != "state_pension_age"))
    cases = [
        case(month=int(row["month"]), countable=(60000, 0), birth=(born, 0), rights=told)
        for born, told in (
            (int(row["born"]), decided(row["rights"])),
            (19900101, decided("n 20250101 6/6")),
            (19600101, decided("y 20250101")),
        )
    ]
    three = exempt(
        joined_rights([one.rights for one in cases]),
        *(np.concatenate([getattr(one, name) for one in cases])
          for name in ("birth", "earned", "countable")),
        np.array([140150] * 3), np.array([int(row["month"])] * 3), without,
    )  # fmt: skip
    assert three.lacks.tolist() == [row["lacks"], "", ""]


@pytest.mark.parametrize(
    ("first", "second", "lacks"),
    [
        ("n 20200101", "r 20200101", "exemption_n_rate/person/all from 2020-07-01"),
        ("n 20200101", "34a 20200101", "NIEUW_34A before 2027-01-01"),
    ],
)
def test_of_two_things_that_lack_the_decision_is_named_before_the_amount(
    first: str, second: str, lacks: str
) -> None:
    told = [*decided(first), *decided(second, person=2)]
    month = settled(month=202009, countable=(30000, 30000), birth=(19800101, 19800101), rights=told)
    assert month["lacks"] == lacks


TURN_OF_2027 = rows(
    """
    running on 2027-01-01         | rights                             | born     | month  | by law                                  | run on
    n with months left            | n 20260901 3/6                     | 19900101 | 202701 | VRIJLATING_25 from 2027 (Pw art. 78ff)  | n
    n used up                     | n 20260101 6/6                     | 19900101 | 202701 |                                         |
    n from 2027 on                | n 20270101                         | 19900101 | 202701 | VRIJLATING_25 from 2027 (Pw art. 78ff)  | VRIJLATING_25 from 2027 (Pw art. 78ff)
    n under 27                    | n 20260101                         | 20020101 | 202701 |                                         |
    r in its 30 months            | r 20260101                         | 19900101 | 202701 | ALLEENSTAANDE_OUDER from 2027 (Pw art. 78ff) | r
    r whose months are over       | r 20240601                         | 19900101 | 202701 |                                         |
    z                             | z 20260101 3/12                    | 19900101 | 202701 | LOONKOSTENSUBSIDIE from 2027 (Pw art. 78ff) | z
    aa                            | aa 20260101                        | 19900101 | 202701 | LOONKOSTENSUBSIDIE_BLIJVEND from 2027 (Pw art. 78ff) | aa
    n beside y                    | n 20260901 3/6 + y 20260101        | 19900101 | 202701 | VRIJLATING_25 from 2027 (Pw art. 78ff)  | n
    n used up, y                  | n 20260101 6/6 + y 20260101        | 19900101 | 202701 | 34a(1)b                                 | 34a(1)b
    n with a decision on 34a      | n 20260901 3/6 + 34a 20270101      | 19900101 | 202701 | 34a(1)a                                 | n
    r with a decision on 34a      | r 20260101 + 34a 20270101          | 19900101 | 202701 | 34a(1)a                                 | 34a(1)a
    34a over, n left              | n 20260901 3/6 + 34a 20270101 0/1  | 19900101 | 202702 |                                         | n
    """
)


def with_caps_of_2027() -> Parameters:
    """The table with the caps of the old kinds carried into 2027, as a municipality might."""
    caps = [
        row._replace(valid_from="2027-01-01")
        for row in STATUTORY.rows("2026-01-01")
        if row.name.startswith("exemption_") and row.unit == "month"
    ]
    return STATUTORY.with_own(caps)


@pytest.mark.parametrize(
    "row", TURN_OF_2027, ids=[r["running on 2027-01-01"] for r in TURN_OF_2027]
)
def test_an_old_right_at_the_turn_of_2027_is_held_or_runs_on_as_chosen(
    row: dict[str, str],
) -> None:
    one = case(month=int(row["month"]), countable=(60000, 0), birth=(int(row["born"]), 0),
               rights=decided(row["rights"]))  # fmt: skip
    for policy, column in ((Policy(), "by law"), (RUNNING_ON, "run on")):
        found = figures(one, with_caps_of_2027(), "INCL", policy)
        assert (found.lacks[0] or letters(found.exemption_kind)[0, 0]) == row[column]


@pytest.mark.parametrize(
    ("wage", "kind", "exemption"),
    [(60000, "n", 15000), (190000, "34a(1)a", 28500), (189999, "34a(1)a", 28500),
     (189993, "n", 28500)],
)  # fmt: skip
def test_a_right_that_runs_on_gives_way_where_34a_is_as_good(
    wage: int, kind: str, exemption: int
) -> None:
    one = case(month=202701, norm=200213, countable=(wage, 0),
               rights=decided("n 20260901 3/6 + 34a 20270101"))  # fmt: skip
    found = figures(one, with_caps_of_2027(), "INCL", RUNNING_ON)
    assert letters(found.exemption_kind)[0, 0] == kind
    assert (int(found.exemption[0]), int(found.months_used[0, 0])) == (
        exemption, 4 if kind == "n" else 3
    )  # fmt: skip


def test_a_right_that_runs_on_needs_amounts_of_2027() -> None:
    month = settled(
        month=202701, countable=(60000, 0), rights=decided("n 20260901 3/6"), policy=RUNNING_ON
    )
    assert month["lacks"] == "exemption_n_cap/person/27+ from 2027-01-01"


def test_every_kind_has_its_parameters_in_the_statutory_table() -> None:
    for kind in KINDS:
        day = "2027-03-01" if kind.letter.startswith("34a") else "2026-03-01"
        assert STATUTORY.amount(kind.rate, day) in (25_000, 15_000, 12_500)
        assert kind.cap is None or STATUTORY.amount(kind.cap, day) > 0


# --- what holds for every exemption ---------------------------------------------------------------

RATE_AND_CAP = {N: (25_000, 28500), R: (12_500, 17766), Y: (15_000, 18019), Z: (15_000, 18019),
                AA: (15_000, 18019)}  # fmt: skip
kinds = st.sampled_from(list(RATE_AND_CAP))


@given(st.integers(0, 300_000), kinds)
def test_the_exemption_never_exceeds_income_or_cap_and_never_falls_with_income(
    wage: int, kind: str
) -> None:
    cap = RATE_AND_CAP[kind][1]
    less, more = (
        settled(norm=400_000, countable=(amount, 0), rights=[right(kind, 20260101)])["exemption"]
        for amount in (wage, wage + 1)
    )
    assert 0 <= less <= min(wage, cap)
    assert less <= more


person = st.tuples(
    st.integers(-20_000, 150_000),
    st.sampled_from([19500101, 19900101, 20020101]),
    st.lists(
        st.tuples(
            st.sampled_from(list(KIND.values())), st.sampled_from([20240101, 20260101, 20270101]),
            st.sampled_from([0, 6]), st.integers(0, 6),
        ),
        max_size=4, unique_by=lambda told: told[0],
    ),
)  # fmt: skip
months = st.sampled_from([202603, 202612, 202701])
policies = st.builds(Policy, st.booleans(), st.booleans())


@given(person, person, months, policies)
def test_the_order_of_the_members_of_a_household_changes_nothing(
    one: Any, other: Any, month: int, policy: Policy
) -> None:
    def household(*members: Any) -> dict[str, Any]:
        return settled(
            month=month, norm=200213, policy=policy,
            countable=tuple(income for income, _, _ in members),
            birth=tuple(born for _, born, _ in members),
            rights=[
                right(*told, person=place)
                for place, (_, _, rights) in enumerate(members, 1) for told in rights
            ],
        )  # fmt: skip

    as_told, turned = household(one, other), household(other, one)
    assert bool(as_told["lacks"]) == bool(turned["lacks"])
    if not as_told["lacks"]:
        for name in ("exemption_each", "exemption_kind", "months_used"):
            assert as_told[name] == turned[name][::-1]


@given(st.lists(st.integers(0, 160_000), min_size=8, max_size=20), st.integers(0, 6))
def test_no_counter_passes_what_a_right_gives(wages: list[int], used: int) -> None:
    told = [right(N, 20240701, 6, used), right(Z, 20240701, 8, used), right(AA, 20240701)]
    found = walk(202407, wages[:12], rights=told)
    of_n = [month["kind"] for month in found].count("n")
    assert found[-1]["used"] == used + of_n <= 6
    assert used + [month["kind"] for month in found].count("z") <= 8


@given(st.lists(st.tuples(person, person, months), min_size=1, max_size=5), policies)
def test_many_households_at_once_are_the_same_as_one_by_one(many: Any, policy: Policy) -> None:
    cases = [
        case(
            month=month, norm=200213,
            countable=(one[0], other[0]), birth=(one[1], other[1]),
            rights=[right(*told, person=place)
                    for place, member in enumerate((one, other), 1) for told in member[2]],
        )
        for one, other, month in many
    ]  # fmt: skip
    columns = {
        name: np.concatenate([getattr(one, name) for one in cases])
        for name in case()._fields if name not in ("norm", "rights")
    }  # fmt: skip
    norm = type(cases[0].norm)(
        *(np.concatenate(column) for column in zip(*(one.norm for one in cases), strict=True))
    )
    rights = joined_rights([one.rights for one in cases])
    together = figures(
        case()._replace(**columns, norm=norm, rights=rights), STATUTORY, "INCL", policy
    )
    for place, alone in enumerate(cases):
        one = figures(alone, STATUTORY, "INCL", policy)
        for name in ("exemption_each", "exemption_kind", "months_used", "lacks"):
            np.testing.assert_array_equal(getattr(together, name)[place], getattr(one, name)[0])


def test_a_municipality_may_give_a_missing_cap_a_row_of_its_own() -> None:
    own = Row.parse("2024-01-01", "exemption_y_cap", "person", "all", "167.49", "month",
                    "besluit", "decision", "B-1")  # fmt: skip
    one = case(month=202403, countable=(130000, 0), norm=200213, rights=[right(Y, 20240101)])
    found = figures(one, STATUTORY.with_own([own]))
    assert (found.lacks[0], int(found.exemption[0])) == ("", 16749)
