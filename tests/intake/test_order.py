"""What was told when, by whose count: duplicates, conflicts, gaps, corrections, late arrivals."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surplus.intake.held.quarantine import drop, look_again
from surplus.intake.held.waiting import Chosen
from surplus.problems import Refusal
from surplus.settlement.facts import effective
from surplus.store.engine import reading
from tests.intake.conftest import BSNS, Place
from tests.intake.files import Row, april, delivery, header, wage, withdrawn

MARCH = header()
APRIL = header("IB-0999-2026-04-001", "20260520", maand="2026-04")
MAY = header("IB-0999-2026-05-001", "20260620", maand="2026-05")


def changed(amount: str = "720,00") -> Row:
    return wage(amount=amount, tag="GEWIJZIGD")


def test_f06_the_same_file_again_changes_nothing(place: Place) -> None:
    content = delivery(wage())
    place.take(content, "march.csv")
    again = place.take(content, "renamed.csv")
    assert (again.verdict, again.exit_code, again.codes) == ("duplicate", 0, [("F06", "I")])
    assert place.rows("income") == place.rows("employment") == 1


def test_f06_two_equal_rows_told_in_two_files_are_one_fact(place: Place) -> None:
    place.take(delivery(wage()))
    outcome = place.take(delivery(wage(), head=APRIL))
    assert outcome.counts["unchanged"] == 1
    assert place.rows("income") == 1


def test_f07_a_number_that_comes_again_with_other_content_is_refused(place: Place) -> None:
    place.take(delivery(wage()))
    outcome = place.take(delivery(wage(amount="710,00")))
    assert (outcome.verdict, outcome.codes) == ("refused", [("F07", "F")])
    assert place.rows("income") == 1


def test_a_refused_file_leaves_its_number_free(place: Place) -> None:
    broken = delivery(wage(), edit=lambda lines: [*lines[:-1], "T;1;0,00;0,00;0,00;0,00"])
    assert place.take(broken).verdict == "refused"
    assert place.take(delivery(wage())).verdict == "accepted"


def test_f08_a_gap_is_a_finding_that_closes_when_the_number_comes(place: Place) -> None:
    third = header("IB-0999-2026-03-003", "20260425")
    outcome = place.take(delivery(april(), head=third))
    assert ("F08", "H") in outcome.codes
    assert outcome.exit_code == 3
    place.take(delivery(wage()))
    assert _open(place, "GAP") == ["IB-0999-2026-03-002"]
    second = header("IB-0999-2026-03-002", "20260422")
    place.take(delivery(april(BSNS[1002]), head=second))
    assert _open(place, "GAP") == []


def test_a_number_far_ahead_is_one_finding_that_shrinks_with_what_comes(place: Place) -> None:
    place.take(delivery(wage()))
    place.take(delivery(april(), head=header("IB-0999-2026-03-999", "20260425")))
    assert _open(place, "GAP") == ["IB-0999-2026-03-002-998"]
    middle = header("IB-0999-2026-03-003", "20260422")
    place.take(delivery(april(BSNS[1002]), head=middle))
    assert _open(place, "GAP") == ["IB-0999-2026-03-002", "IB-0999-2026-03-004-998"]


def test_f09_an_older_delivery_brings_older_versions(place: Place) -> None:
    place.take(delivery(wage(dat_e_ikv="20260331"), head=APRIL))
    outcome = place.take(delivery(wage(), head=MARCH))
    assert outcome.codes == [("F09", "I")]
    assert (outcome.exit_code, outcome.counts["recorded"]) == (0, 1)
    told = place.query("SELECT sent_on, relation_end FROM income ORDER BY sent_on")
    assert told == [("2026-04-20", None), ("2026-05-20", "2026-03-31")]


def test_a_fact_that_contradicts_what_its_sender_told_before_waits_once_that_arrives(
    place: Place,
) -> None:
    place.take(delivery(wage(amount="720,00"), head=APRIL))
    assert place.take(delivery(wage(), head=MARCH)).again["set_aside"] == 1
    assert [row[-1] for row in place.effective()] == [70000]
    assert _open(place, "R18") == ["IB-0999-2026-04-001:3"]
    assert place.query("SELECT line, field, code, state, client, raw <> '' FROM rejected_row "
                       "WHERE code = 'R18'") == [(3, "tag", "R18", "held", 1001, 1)]  # fmt: skip
    between = header("IB-0999-2026-03-002", "20260422")
    assert place.take(delivery(withdrawn(wage()), head=between)).again["released"] == 1
    assert [row[-1] for row in place.effective()] == [72000]
    assert _open(place, "R18") == []
    assert place.query("SELECT COUNT(*) FROM income") == [(4,)], "nothing that was told is lost"


def test_what_was_known_on_a_day_before_a_fact_was_set_aside_is_still_told(place: Place) -> None:
    place.take(delivery(wage(amount="720,00"), head=APRIL))
    place.on = "2026-11-25"
    place.take(delivery(wage(), head=MARCH))
    with reading(place.engine) as conn:
        nets = [
            effective(conn, place.settings.code, known_on=day)["net"].tolist()
            for day in ("2026-11-24", "2026-11-25")
        ]
    assert nets == [[72000], [70000]]


def test_a_row_that_gives_way_and_is_given_up_comes_back_no_more(place: Place) -> None:
    place.take(delivery(wage(amount="720,00"), head=APRIL))
    place.take(delivery(wage(), head=MARCH))
    with place.work() as work:
        drop(work, Chosen(1, first=3, last=3))
    place.take(delivery(withdrawn(wage()), head=header("IB-0999-2026-03-002", "20260422")))
    assert [row[-3] for row in place.effective()] == ["withdrawn"]


def test_a_row_waits_again_when_what_put_it_right_gives_way(place: Place) -> None:
    """Its key was told later; then something older arrived with which that does not agree."""
    place.take(delivery(wage(tag="ONGEWIJZIGD"), head=MARCH))
    place.take(delivery(wage(amount="300,00"), head=APRIL))
    assert _open(place, "R18") == []
    weeks = wage(dat_b_iko="20260202", dat_e_iko="20260301", periode_soort="05")
    place.take(delivery(weeks, head=header("IB-0999-2026-03-002", "20260422")))
    assert _open(place, "R17") == ["IB-0999-2026-04-001:3"]
    assert _open(place, "R18") == ["IB-0999-2026-03-001:3"]


def test_a_period_gives_way_to_one_that_its_sender_told_before(place: Place) -> None:
    weeks = wage(dat_b_iko="20260330", dat_e_iko="20260426", periode_soort="05")
    place.take(delivery(weeks, head=APRIL))
    place.take(delivery(wage(), head=MARCH))
    assert [row[3] for row in place.effective()] == ["2026-03-01"]
    assert _open(place, "R17") == ["IB-0999-2026-04-001:3"]


def test_a_full_delivery_takes_back_only_what_was_told_before_it_whenever_that_arrives(
    place: Place,
) -> None:
    """A period that gives way was never there to be left out."""
    weeks = wage(dat_b_iko="20260316", dat_e_iko="20260412", periode_soort="05")
    place.take(delivery(weeks, head=header("IB-0999-2026-04-001", "20260510", maand="2026-04")))
    place.take(delivery(april(BSNS[1002]), head=header("IB-0999-2026-04-002", "20260520",
                        maand="2026-04", soort="VOLLEDIG")))  # fmt: skip
    assert [row[5] for row in place.effective()] == ["withdrawn", "recorded"]
    place.take(delivery(wage(), head=MARCH))
    assert [(row[0], row[3], row[5]) for row in place.effective()] == [
        (1001, "2026-03-01", "recorded"),
        (1002, "2026-04-01", "recorded"),
    ]


def test_a_correction_is_a_new_version_and_the_old_one_stays(place: Place) -> None:
    place.take(delivery(wage()))
    place.take(delivery(changed(), head=APRIL))
    told = place.query("SELECT net, sent_on, line FROM income ORDER BY income")
    assert told == [(70000, "2026-04-20", 3), (72000, "2026-05-20", 3)]
    assert [row[-1] for row in place.effective()] == [72000]


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (wage(), "unchanged"),
        (wage(tag="NIEUW_IKV"), "unchanged"),
        (wage(tag="ONGEWIJZIGD"), "unchanged"),
        (wage(tag="GEWIJZIGD"), "unchanged"),
        (wage(amount="720,00"), "held"),
        (wage(amount="720,00", tag="NIEUW_IKV"), "held"),
        (wage(amount="720,00", tag="ONGEWIJZIGD"), "held"),
        (wage(amount="720,00", tag="GEWIJZIGD"), "recorded"),
        (wage(dat_e_ikv="20260331", tag="ONGEWIJZIGD"), "recorded"),
        (withdrawn(wage()), "recorded"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value['tag']} {value['loon_lb']}",
)
def test_19_20_a_tag_agrees_with_what_was_told(row: Row, state: str, place: Place) -> None:
    place.take(delivery(wage()))
    outcome = place.take(delivery(row, head=APRIL))
    assert outcome.rows()[0]["state"] == state
    assert place.rows("income") == (2 if state == "recorded" else 1)


def test_what_was_withdrawn_can_be_told_anew(place: Place) -> None:
    place.take(delivery(wage()))
    place.take(delivery(withdrawn(wage()), head=APRIL))
    place.take(delivery(wage(amount="705,00"), head=MAY))
    assert [row[-3:] for row in place.effective()] == [("recorded", 70500, 70500)]


def test_a_held_row_is_recorded_once_it_fits_with_its_own_place_in_the_order(
    place: Place,
) -> None:
    assert place.take(delivery(changed(), head=APRIL)).exit_code == 3
    assert _open(place, "R18") == ["IB-0999-2026-04-001:3"]
    outcome = place.take(delivery(wage(), head=MARCH))
    assert outcome.again == {"released": 1, "withdrawn": 0, "set_aside": 0}
    assert place.query("SELECT net, sent_on, delivery, line FROM income ORDER BY sent_on") == [
        (70000, "2026-04-20", 2, 3),
        (72000, "2026-05-20", 1, 3),
    ]
    assert place.query("SELECT code, state FROM rejected_row") == [("R18", "released")]
    assert _open(place, "R18") == []


def test_a_row_about_a_stranger_is_recorded_once_the_stranger_takes_part(
    empty_place: Place,
) -> None:
    empty_place.take(
        delivery(wage(), changed() | {"dat_b_iko": "20260201", "dat_e_iko": "20260228"})
    )
    empty_place.enrol({1001: BSNS[1001]})
    with empty_place.work() as work:
        assert look_again(work).released == 1
    still = empty_place.query("SELECT code, client FROM rejected_row WHERE state = 'held'")
    assert sorted(still) == [("R15", 1001), ("R18", 1001)]
    assert empty_place.rows("income") == 1


def test_looking_again_without_news_writes_nothing(place: Place) -> None:
    place.take(delivery(changed(), head=APRIL))
    before = place.query("SELECT * FROM rejected_row"), place.query("SELECT * FROM finding")
    place.run = 2
    with place.work() as work:
        assert look_again(work) == (0, 0, 0)
    assert (
        place.query("SELECT * FROM rejected_row"),
        place.query("SELECT * FROM finding"),
    ) == before


def test_a_dropped_row_is_looked_at_no_more(place: Place) -> None:
    place.take(delivery(changed(), head=APRIL))
    with place.work() as work:
        drop(work, Chosen(1, first=3, last=3))
    place.take(delivery(wage(), head=MARCH))
    assert [row[-1] for row in place.effective()] == [70000]
    assert _open(place, "R18") == []
    with place.work() as work, pytest.raises(Refusal, match="no such row waits"):
        drop(work, Chosen(1, first=3, last=3))


def test_what_was_told_again_counts_when_something_older_arrives_between(place: Place) -> None:
    place.take(delivery(wage()))
    back = place.take(delivery(wage(tag="GEWIJZIGD"), head=MAY))
    assert back.counts["unchanged"] == 1
    place.take(delivery(changed(), head=APRIL))
    assert [(row[5], row[-1]) for row in place.effective()] == [("recorded", 70000)]


def full(number: str = "IB-0999-2026-03-002", sent: str = "20260501") -> Row:
    return header(number, sent, soort="VOLLEDIG")


def test_a_full_delivery_withdraws_what_it_leaves_out_in_its_month_only(place: Place) -> None:
    place.take(delivery(wage(), wage(BSNS[1002]), april()))
    outcome = place.take(delivery(wage(BSNS[1002], tag="ONGEWIJZIGD"), head=full()))
    assert outcome.again == {"released": 0, "withdrawn": 1, "set_aside": 0}
    assert [(row[0], row[3], row[5]) for row in place.effective()] == [
        (1001, "2026-03-01", "withdrawn"),
        (1001, "2026-04-01", "recorded"),
        (1002, "2026-03-01", "recorded"),
    ]
    assert place.query("SELECT delivery, line, net FROM income WHERE state = 'withdrawn'") == [
        (2, 0, None)
    ]


def test_a_change_delivery_withdraws_nothing_by_absence(place: Place) -> None:
    place.take(delivery(wage(), wage(BSNS[1002])))
    place.take(delivery(changed(), head=header("IB-0999-2026-03-002", "20260501")))
    assert {row[5] for row in place.effective()} == {"recorded"}


def test_a_full_delivery_withdraws_what_arrives_late_from_before_it(place: Place) -> None:
    place.take(delivery(wage(BSNS[1002]), head=full()))
    outcome = place.take(delivery(wage(), head=MARCH))
    assert outcome.again["withdrawn"] == 1
    assert [(row[0], row[5]) for row in place.effective()] == [
        (1001, "withdrawn"),
        (1002, "recorded"),
    ]


def test_a_full_delivery_withdraws_what_is_released_later_from_before_it(
    empty_place: Place,
) -> None:
    empty_place.enrol({1002: BSNS[1002]})
    empty_place.take(delivery(wage()))
    empty_place.take(delivery(wage(BSNS[1002]), head=full()))
    empty_place.enrol({1001: BSNS[1001]})
    with empty_place.work() as work:
        assert look_again(work) == (1, 1, 0)
    assert [(row[0], row[5]) for row in empty_place.effective()] == [
        (1001, "withdrawn"),
        (1002, "recorded"),
    ]


def test_a_rejected_or_held_row_of_a_full_delivery_is_not_left_out(place: Place) -> None:
    place.take(delivery(wage(), wage(BSNS[1002])))
    rejected = wage(tag="GEWIJZIGD", vakantietoeslag="1.0")
    held = wage(BSNS[1002], amount="720,00", tag="ONGEWIJZIGD")
    place.take(delivery(rejected, held, head=full()))
    assert {row[5] for row in place.effective()} == {"recorded"}


def test_a_full_delivery_with_an_unreadable_key_withdraws_nothing(place: Place) -> None:
    place.take(delivery(wage()))
    place.take(delivery(wage() | {"bsn": "99999001"}, head=full()))
    assert {row[5] for row in place.effective()} == {"recorded"}


def _open(place: Place, code: str) -> list[str]:
    rows = place.query(
        "SELECT subject FROM finding WHERE state = 'open' AND code = :code", code=code
    )
    return sorted(row[0] for row in rows)


# --- any order of arrival ends in the same facts ----------------------------------------------


class Sender:
    """A sender that keeps its books right: every tag agrees with what it told before."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.told: dict[tuple[int, str, str], str] = {}

    def next(self, number: int) -> bytes:
        month = self.draw(st.sampled_from(["03", "04"]))
        whole = self.draw(st.booleans())
        rows = []
        for bsn in (BSNS[1001], BSNS[1002]):
            for relation in ("1", "2"):
                row = self._tell((bsn, relation, month), whole)
                rows += [row] if row else []
        head = header(
            f"IB-{number:03d}", f"202605{10 + number // 2:02d}", maand=f"2026-{month}",
            soort="VOLLEDIG" if whole else "MUTATIES",
        )  # fmt: skip
        return delivery(*rows, head=head)

    def _tell(self, key: tuple[int, str, str], whole: bool) -> Row | None:
        amount = self.draw(st.sampled_from(["", "", "100,00", "200,00", "300,00"]))
        before = self.told.get(key, "")
        again = whole or self.draw(st.booleans())
        if amount:
            self.told[key] = amount
            tag = "NIEUW_IKO" if not before else "GEWIJZIGD"
            if amount == before:
                tag = "ONGEWIJZIGD"
            return self._row(key, amount, tag)
        if before and self.draw(st.booleans()):
            del self.told[key]
            return None if whole else withdrawn(self._row(key, before, ""))
        return self._row(key, before, "ONGEWIJZIGD") if before and again else None

    def _row(self, key: tuple[int, str, str], amount: str, tag: str) -> Row:
        period = wage if key[2] == "03" else april
        return period(key[0], amount, volgnr_ikv=key[1], tag=tag)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[bytes], list[bytes]]:
    """Some deliveries as a sender numbers them, and in an order in which they may arrive."""
    sender = Sender(draw)
    told = [sender.next(number) for number in range(draw(st.integers(2, 6)))]
    return told, draw(st.permutations(told))


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories())
def test_any_order_of_arrival_ends_in_the_same_effective_facts(
    history: tuple[list[bytes], list[bytes]], fresh: Iterator[Place]
) -> None:
    told, arrived = history
    in_time, out_of_order = next(fresh), next(fresh)
    for content in told:
        in_time.take(content)
    for content in arrived:
        assert out_of_order.take(content).verdict in ("accepted", "duplicate")
    assert in_time.query("SELECT COUNT(*) FROM rejected_row WHERE state = 'held'") == [(0,)]
    assert out_of_order.effective() == in_time.effective()
    assert out_of_order.query("SELECT COUNT(*) FROM rejected_row WHERE state = 'held'") == [(0,)]
