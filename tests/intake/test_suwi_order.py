"""Deliveries of SuwiML answers in sequence: numbers, corrections, nothing known, faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surplus.intake.held.quarantine import look_again
from tests.intake.conftest import BSNS, Place
from tests.intake.suwi_files import (
    april,
    delivery,
    fault,
    header,
    message,
    nothing,
    relation,
    statement,
    wage,
)
from tests.schemas import needs_schemas

pytestmark = needs_schemas

FIRST = header(1)
SECOND = header(2, "2026-05-20")
THIRD = header(3, "2026-06-20")
FULL = header(2, "2026-05-20", SoortLevering="VOLLEDIG")


def test_30_the_same_file_again_changes_nothing(place: Place) -> None:
    content = delivery(wage())
    place.take(content)
    again = place.take(content, "other name.xml")
    assert (again.verdict, again.codes, again.exit_code) == ("duplicate", [("F06", "I")], 0)
    assert place.rows("income") == 1


@pytest.mark.parametrize(
    ("head", "field"),
    [
        (FIRST | {"Volgnummer": "2"}, "Kop/LeveringId"),
        (FIRST | {"LeveringId": "IB-X"}, "Kop/Volgnummer"),
    ],
    ids=["31 a LeveringId", "a Volgnummer"],
)
def test_31_one_identity_for_two_contents_is_refused(
    head: dict[str, str], field: str, place: Place
) -> None:
    place.take(delivery(wage(), head=FIRST))
    outcome = place.take(delivery(wage(71_000), head=head))
    assert [(note.code, note.field) for note in outcome.notes.file] == [("F07", field)]
    assert place.rows("income") == 1


def test_32_a_number_that_is_skipped_is_a_finding_until_it_comes(place: Place) -> None:
    place.take(delivery(wage(), head=FIRST))
    outcome = place.take(delivery(april(), head=header(9, "2026-06-20")))
    assert (outcome.verdict, outcome.codes, outcome.exit_code) == ("accepted", [("F08", "H")], 3)
    assert place.rows("income") == 2
    assert _open(place, "GAP") == ["Volgnummer 2-8"]
    late = place.take(delivery(head=header(5, "2026-05-20")))
    assert set(late.codes) == {("F08", "H"), ("F09", "I")}
    assert _open(place, "GAP") == ["Volgnummer 2-4", "Volgnummer 6-8"]


def test_the_first_number_ever_may_be_any(place: Place) -> None:
    assert place.take(delivery(wage(), head=header(7))).codes == []
    assert place.take(delivery(april(), head=header(8, "2026-05-20"))).codes == []


@pytest.mark.parametrize(
    ("told", "codes"), [("IB-0999-2026-03-001", []), ("IB-0999-2026-02-001", [("F08", "H")])]
)
def test_the_delivery_that_a_sender_says_came_before_is_the_one(
    told: str, codes: list[tuple[str, str]], place: Place
) -> None:
    place.take(delivery(wage(), head=FIRST))
    outcome = place.take(delivery(april(), head=SECOND | {"VorigeLeveringId": told}))
    assert outcome.codes == codes


def test_of_two_deliveries_of_one_day_the_number_decides_not_its_name(place: Place) -> None:
    tenth, ninth = (
        header(number, LeveringId=f"L-{name}") for number, name in ((10, "A"), (9, "B"))
    )
    place.take(delivery(wage(72_000), head=tenth))
    assert place.take(delivery(wage(71_000), head=ninth)).codes == [("F09", "I")]
    assert _standing(place) == [(1001, "recorded", 72_000)]


def test_a_later_total_replaces_an_earlier_one(place: Place) -> None:
    place.take(delivery(wage(), head=FIRST))
    outcome = place.take(delivery(wage(-15_200), head=SECOND))
    assert outcome.rows()[0] == {
        "line": "Bericht 1", "client_no": "K0001001", "codes": [["R27", "W"]], "state": "recorded",
    }  # fmt: skip
    assert _standing(place) == [(1001, "recorded", -15_200)]
    assert place.rows("income") == 2


def test_a_total_told_again_makes_no_new_version(place: Place) -> None:
    place.take(delivery(wage(), head=FIRST))
    outcome = place.take(delivery(wage(), wage(bsn=BSNS[1002]), head=SECOND))
    assert [row["state"] for row in outcome.rows()] == ["unchanged", "recorded"]
    assert outcome.counts == {
        "berichten": 2, "inkomstenopgaven": 2, "recorded": 1, "held": 0, "rejected": 0,
        "unchanged": 1,
    }  # fmt: skip
    assert place.rows("income") == 2


def test_a_good_statement_goes_on_beside_one_that_is_held(place: Place) -> None:
    odd = relation(statement(end="20260320"), VolgnrIkv="2")
    outcome = place.take(delivery(message(relation(statement()), odd)))
    assert [(row["codes"], row["state"]) for row in outcome.rows()] == [([["R13", "H"]], "held")]
    assert _standing(place) == [(1001, "recorded", 70_000)]


def test_a_held_row_keeps_its_place_in_the_file_when_it_is_looked_at_again(
    empty_place: Place,
) -> None:
    odd = relation(statement(end="20260320"), VolgnrIkv="2")
    empty_place.take(delivery(wage(), message(odd)))
    empty_place.enrol({1001: BSNS[1001]})
    with empty_place.work() as work:
        assert look_again(work).released == 1
    assert empty_place.query("SELECT line, field, code FROM rejected_row WHERE state = 'held'") == [
        (2, "Bericht[2]/Inkomstenverhouding[1]/Inkomstenopgave[1]/DatEIko", "R13")
    ]


def test_the_rows_that_wait_tell_what_was_read(place: Place) -> None:
    place.take(delivery(message(relation(statement(end="20260320", gross=70_012)))))
    ((raw,),) = place.query("SELECT raw FROM rejected_row")
    assert '"DatEIko":"20260320"' in raw
    assert '"BedrBrutoloonSv":"70012"' in raw


# --- nothing known -------------------------------------------------------------------------------


def test_that_nothing_is_known_of_somebody_is_stored_as_told(place: Place) -> None:
    outcome = place.take(delivery(nothing(), message(bsn=BSNS[1002]), head=FIRST))
    assert [(row["codes"], row["state"]) for row in outcome.rows()] == [([], "recorded")] * 2
    assert place.query(
        "SELECT month, client, person, employer, relation, period_begin, period_end, period_kind, "
        "income.relation_end, gross_sv, wage_tax_base, net, state FROM income "
        "JOIN employment USING (municipality, employment) ".replace(", person,", ", income.person,")
        .replace(" client,", " income.client,")
    ) == [
        (202603, client, 1, "NietsGevonden", "", "2026-03-01", "2026-03-31", "06", "2026-03-31",
         None, None, None, "recorded")
        for client in (1001, 1002)
    ]  # fmt: skip


def test_nothing_known_again_is_nothing_new(place: Place) -> None:
    place.take(delivery(nothing(), head=FIRST))
    outcome = place.take(delivery(nothing(), head=SECOND))
    assert [row["state"] for row in outcome.rows()] == ["unchanged"]


def test_nothing_known_takes_back_nothing_that_was_told(place: Place) -> None:
    place.take(delivery(wage(), head=FIRST))
    outcome = place.take(delivery(nothing(), head=SECOND))
    assert [(row["codes"], row["state"]) for row in outcome.rows()] == [([["R18", "H"]], "held")]
    assert _open(place, "R18") == ["IB-0999-2026-03-002:1"]
    assert _standing(place) == [(1001, "recorded", 70_000)]


def test_nothing_known_in_a_full_delivery_takes_back_what_was_told(place: Place) -> None:
    place.take(delivery(wage(), wage(bsn=BSNS[1002]), head=FIRST))
    outcome = place.take(delivery(nothing(), wage(bsn=BSNS[1002]), head=FULL))
    assert outcome.exit_code == 0
    assert _standing(place) == [(1001, "withdrawn", 0), (1002, "recorded", 70_000)]


def test_income_after_all_stands_beside_that_nothing_was_known(place: Place) -> None:
    place.take(delivery(nothing(), head=FIRST))
    place.take(delivery(wage(), head=SECOND))
    assert _standing(place) == [(1001, "recorded", 70_000)]


# --- faults --------------------------------------------------------------------------------------


def test_28_a_fault_is_no_zero_and_a_finding_until_the_answer_comes(place: Place) -> None:
    outcome = place.take(delivery(fault(), head=FIRST))
    assert outcome.rows()[0]["client_no"] == "K0001001"
    assert place.rows("income") == 0
    assert _findings(place, "R25") == [(1001, 202603, "open")]
    place.take(delivery(wage(bsn=BSNS[1002]), head=SECOND))
    assert _findings(place, "R25") == [(1001, 202603, "open")]
    answer = place.take(delivery(wage(), head=THIRD))
    assert answer.exit_code == 0
    assert _findings(place, "R25") == [(1001, 202603, "closed")]
    assert place.query("SELECT state FROM rejected_row ORDER BY rejected") == [
        ("released",), ("dropped",),
    ]  # fmt: skip


def test_a_fault_that_was_answered_before_it_arrived_is_no_finding(place: Place) -> None:
    place.take(delivery(nothing(), head=SECOND))
    assert place.take(delivery(fault(), head=FIRST)).exit_code == 0
    assert _findings(place, "R25") == []


def test_an_answer_that_tells_the_same_as_before_the_fault_is_one(place: Place) -> None:
    place.take(delivery(wage(), head=FIRST))
    place.take(delivery(fault(), head=SECOND))
    place.take(delivery(wage(), head=THIRD))
    assert _findings(place, "R25") == [(1001, 202603, "closed")]


def test_an_answer_about_another_month_is_none(place: Place) -> None:
    place.take(delivery(fault(), head=FIRST))
    place.take(delivery(april(), head=SECOND))
    assert _findings(place, "R25") == [(1001, 202603, "open")]


def test_a_full_delivery_takes_nothing_back_of_whom_the_source_could_not_tell(
    place: Place,
) -> None:
    place.take(delivery(wage(), wage(bsn=BSNS[1002]), head=FIRST))
    place.take(delivery(fault(), head=FULL))
    assert _standing(place) == [(1001, "recorded", 70_000), (1002, "withdrawn", 0)]
    with place.work() as work:
        assert look_again(work, ("2026-05-20", "000000002")) == (0, 0, 0)


def test_a_fault_in_a_full_delivery_that_was_answered_before_it_arrived_takes_nothing_back(
    place: Place,
) -> None:
    place.take(delivery(wage(), wage(bsn=BSNS[1002]), head=FIRST))
    place.take(delivery(nothing(BSNS[1003]), message(relation(VolgnrIkv="2")), head=THIRD))
    place.take(delivery(wage(gross=71_000, VolgnrIkv="2"), head=header(4, "2026-07-20")))
    place.take(delivery(fault(), head=FULL))
    assert _standing(place)[0] == (1001, "recorded", 70_000)


def test_a_full_delivery_with_two_bsns_in_one_message_takes_nothing_back(place: Place) -> None:
    place.take(delivery(wage(), head=FIRST))
    place.take(delivery(message(relation(statement()), body_bsn=BSNS[1003]), head=FULL))
    assert _standing(place) == [(1001, "recorded", 70_000)]


def _open(place: Place, code: str) -> list[str]:
    rows = place.query(
        "SELECT subject FROM finding WHERE state = 'open' AND code = :code", code=code
    )
    return sorted(row[0] for row in rows)


def _findings(place: Place, code: str) -> list[tuple[int, int, str]]:
    return [
        tuple(row)  # type: ignore[misc]
        for row in place.query("SELECT client, month, state FROM finding WHERE code = :c", c=code)
    ]


def _standing(place: Place) -> list[tuple[int, str, int]]:
    """Client, state and gross of what is told of jobs."""
    return [(row[0], row[5], row[6] or 0) for row in place.effective() if row[1] != "NietsGevonden"]


# --- any order of arrival ends in the same facts ----------------------------------------------


class Sender:
    """A sender that keeps its books right: nothing is known of somebody only where it told none."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.told: dict[tuple[int, str], int] = {}

    def next(self, number: int) -> bytes:
        month = self.draw(st.sampled_from(["03", "04"]))
        whole = self.draw(st.booleans())
        messages = [self._about(BSNS[client], month, whole) for client in (1001, 1002, 1003)]
        # Several numbers on one day, and names that sort otherwise.
        head = header(
            number, f"2026-05-{10 + number // 3:02d}", Maand=f"2026-{month}",
            SoortLevering="VOLLEDIG" if whole else "MUTATIES", LeveringId=f"L-{99 - number}",
        )  # fmt: skip
        return delivery(*(one for one in messages if one), head=head)

    def _about(self, bsn: int, month: str, whole: bool) -> str:
        amounts = st.sampled_from([0, 0, 10_000, 20_000, 30_000])
        before = [relation for who, when, relation in self._keys() if (who, when) == (bsn, month)]
        if self.draw(st.sampled_from([True, False, False, False, False])):
            return fault(bsn)
        told = []
        for number in ("1", "2"):
            key = (bsn, f"{month}-{number}")
            gross = self.draw(amounts) or (0 if whole else self.told.get(key, 0))
            if gross:
                self.told[key] = gross
                told.append(relation(self._statement(month, gross), VolgnrIkv=number))
            elif whole:
                self.told.pop(key, None)
        if told:
            return message(*told, bsn=bsn)
        if whole or not before:
            return nothing(bsn) if self.draw(st.booleans()) else ""
        return ""

    def _keys(self) -> list[tuple[int, str, str]]:
        return [(bsn, *key.split("-")) for bsn, key in self.told]  # type: ignore[misc]

    @staticmethod
    def _statement(month: str, gross: int) -> str:
        last = {"03": "31", "04": "30"}[month]
        return statement(f"2026{month}01", f"2026{month}{last}", gross, hours=str(gross // 1_500))


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[bytes], list[bytes]]:
    """Some deliveries as a sender numbers them, and in an order in which they may arrive."""
    sender = Sender(draw)
    told = [sender.next(number) for number in range(1, draw(st.integers(2, 6)) + 1)]
    return told, draw(st.permutations(told))


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories())
def test_any_order_of_arrival_ends_in_the_same_effective_facts(
    history: tuple[list[bytes], list[bytes]], fresh: Iterator[Place]
) -> None:
    told, arrived = history
    in_time, out_of_order = next(fresh), next(fresh)
    for content in told:
        assert in_time.take(content).verdict in ("accepted", "duplicate")
    for content in arrived:
        assert out_of_order.take(content).verdict in ("accepted", "duplicate")
    assert out_of_order.effective() == in_time.effective()
    held = (
        "SELECT client, month, code FROM rejected_row WHERE state = 'held' AND code <> 'R18' "
        "ORDER BY client, month, code, delivery"
    )
    assert out_of_order.query(held) == in_time.query(held)
