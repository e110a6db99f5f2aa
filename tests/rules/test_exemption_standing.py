"""Why a right gives nothing in a month, and how long an exemption goes on."""

# ruff: noqa: E501 (tables are wide)

from __future__ import annotations

import numpy as np
import pytest

from surplus.rules.exemption import (
    ENDLESS,
    KINDS,
    Policy,
    letters,
    months_left,
    numbers,
    persons,
    standings,
)
from surplus.rules.exemption.persons import USED_UP, Persons

from .tables import STATUTORY, case, decided, rows

NO_PARTNER = np.array([0])


def person(row: dict[str, str], policy: Policy = Policy()) -> Persons:  # noqa: B008
    """The client of a row in its month."""
    rights = case(rights=decided(row["rights"])).rights
    born, month = (np.array([int(row[name])]) for name in ("born", "month"))
    return persons(rights, born, month, NO_PARTNER, NO_PARTNER, STATUTORY, policy)[0]


STANDING = rows(
    """
    rights                                | born     | month  | policy | how each stands
    n 20260101 2/6                        | 19900101 | 202603 |        | n 2 of 6: in force
    n 20260101 2/6                        | 20020101 | 202603 |        | n 2 of 6: under 27 (art. 31(5))
    n 20260401 0/6                        | 19900101 | 202603 |        | n 0 of 6: it has not begun
    n 20260101 6/6 + r 20260101           | 19900101 | 202603 |        | n 6 of 6: all its months are used; r 2 of 30: in force
    n 20260101 2/6 + r 20260101           | 19900101 | 202603 |        | n 2 of 6: in force; r 2 of 30: it comes after kind n
    r 20260101                            | 20020101 | 202603 |        | r 2 of 30: under 27 (art. 31(5))
    r 20230101                            | 19900101 | 202603 |        | r 38 of 30: its consecutive months are over
    n 20260101 2/6 + y 20260101           | 19900101 | 202603 |        | n 2 of 6: in force; y: another kind goes first
    y 20260101 + z 20260101 + aa 20260101 | 19900101 | 202603 |        | y: in force; z 0 of 12: not beside kind y; aa: not beside kind y
    z 20260101 3/12 + aa 20260101         | 19900101 | 202603 |        | z 3 of 12: in force; aa: it comes after kind z
    n 20260101 2/6 + aa 20260101          | 19900101 | 202603 |        | n 2 of 6: in force; aa: it comes after kind n
    z 20250101 12/12                      | 19900101 | 202603 |        | z 12 of 12: all its months are used
    aa 20260101 + r 20260101              | 19900101 | 202603 |        | aa: in force; r 2 of 30: not beside kind y, z or aa
    y 20260101                            | 19900101 | 202701 |        | y: ended on 2027-01-01 (art. 34a); 34a(1)b: in force
    34a 20270101                          | 19900101 | 202703 |        | 34a(1)c: below the state pension age; 34a(1)a 2 of 12: in force
    34a 20270101                          | 19900101 | 202801 |        | 34a(1)c: below the state pension age; 34a(1)a 12 of 12: its consecutive months are over
    34a 20270201                          | 19900101 | 202701 |        | 34a(1)c: it has not begun; 34a(1)a -1 of 12: it has not begun
    n 20260101 2/6                        | 19900101 | 202701 |        | n 2 of 6: ended on 2027-01-01 (art. 34a)
    n 20260101 2/6                        | 19900101 | 202701 | run on | n 2 of 6: in force
    n 20250101 7/6                        | 19500101 | 202603 |        | n: in force
    n 20250101 7/6                        | 19500101 | 202701 |        | n: ended on 2027-01-01 (art. 34a); 34a(1)c: in force
    34a 20270101                          | 19500101 | 202701 |        | 34a(1)c: in force; 34a(1)a 0 of 12: at the state pension age
    y 20260101 + 34a 20270101             | 19900101 | 202701 |        | y: ended on 2027-01-01 (art. 34a); 34a(1)c: below the state pension age; 34a(1)b: in force; 34a(1)a 0 of 12: another kind goes first
    """
)


@pytest.mark.parametrize("row", STANDING, ids=[f"{r['rights']} {r['month']}" for r in STANDING])
def test_of_every_right_it_is_said_how_it_stands_and_why(row: dict[str, str]) -> None:
    policy = Policy(old_exemptions_run_on=row["policy"] == "run on")
    told = []
    for right in standings(person(row, policy), policy):
        months = "" if right.entitled == ENDLESS else f" {right.used} of {right.entitled}"
        why = right.reason.text("en") if right.reason else "in force"
        assert not right.reason or right.reason.text("nl")
        told.append(f"{right.kind.letter}{months}: {why}")
        assert right.person == 0
        assert right.since in {told[2] for told in decided(row["rights"])}
    assert "; ".join(told) == row["how each stands"]


def test_a_reason_is_said_in_the_language_of_the_municipality() -> None:
    assert USED_UP.text("nl") == "alle maanden zijn gebruikt"
    assert USED_UP.text("en") == "all its months are used"


LEFT = rows(
    """
    kind    | rights                  | born     | month  | policy | months left
    n       | n 20260101 4/6          | 19900101 | 202604 |        | 2
    n       | n 20260101 5/6          | 19900101 | 202604 |        | 1
    n       | n 20260101 6/6          | 19900101 | 202604 |        | 0
    r       | r 20240101              | 19900101 | 202604 |        | 3
    r       | r 20240101              | 19900101 | 202607 |        | 0
    z       | z 20260101 11/12        | 19900101 | 202604 |        | 1
    y       | y 20260101              | 19900101 | 202612 |        | endless
    aa      | aa 20260101             | 19900101 | 202604 |        | 9
    aa      | aa 20260101             | 19900101 | 202604 | run on | endless
    r       | r 20260101              | 19900101 | 202612 |        | 1
    r       | r 20260101              | 19900101 | 202612 | run on | 19
    n       | n 20260901 1/6          | 19900101 | 202701 |        | 0
    n       | n 20260901 1/6          | 19900101 | 202701 | run on | 5
    34a(1)a | 34a 20270101            | 19900101 | 202711 |        | 2
    34a(1)a | 34a 20270101            | 19900101 | 202712 |        | 1
    34a(1)b | y 20270101              | 19900101 | 202712 |        | endless
    n       | n 20250101 6/6          | 19500101 | 202612 |        | endless
    34a(1)c | 34a 20270101            | 19500101 | 202712 |        | endless
    """
)


@pytest.mark.parametrize("row", LEFT, ids=[f"{r['kind']} {r['month']} {r['policy']}" for r in LEFT])
def test_months_left_tell_the_end_of_every_kind_that_has_one(row: dict[str, str]) -> None:
    policy = Policy(old_exemptions_run_on=row["policy"] == "run on")
    kind = numbers(np.array([row["kind"]], dtype=object))
    left = int(months_left(kind, person(row, policy), policy)[0])
    a_lifetime = 100 * 12
    assert ("endless" if left > ENDLESS - a_lifetime else str(left)) == row["months left"]


def test_who_had_no_exemption_has_none_to_end() -> None:
    nobody = person({"rights": "", "born": "19900101", "month": "202603"})
    assert months_left(numbers(np.array([""], dtype=object)), nobody, Policy()).tolist() == [
        ENDLESS
    ]


def test_letters_and_numbers_of_kinds_go_both_ways() -> None:
    each = np.arange(len(KINDS) + 1)
    assert numbers(letters(each)).tolist() == each.tolist()
    assert numbers(letters(each)).dtype == "int8"
    assert len(set(letters(each))) == len(KINDS) + 1
