"""Payslips against what else is known: told again, told otherwise, delivered otherwise."""

from __future__ import annotations

import shutil
import tomllib
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surplus.config import Settings, template
from surplus.decisions import PAYSLIP
from surplus.findings import resolve
from surplus.intake.held.quarantine import look_again
from surplus.intake.outcome import Outcome
from surplus.payment_reference import reference_of
from surplus.settlement.employments import Decided
from surplus.settlement.facts import effective as all_effective
from surplus.settlement.incomes import NO_PARAMETERS, Rights, incomes
from surplus.store import bulk
from surplus.store.engine import open_store, reading
from surplus.store.tables import decision, employment
from tests.intake.conftest import BSNS, Place
from tests.intake.files import april, delivery, header, wage
from tests.intake.payslip_files import Row, as_csv, as_workbook, net, slip
from tests.intake.test_examples import _settled

EMPLOYER = "999990020L01"
LATER = header("IB-0999-2026-04-001", "20260520", maand="2026-04")


def employ(place: Place, client: int = 1001, employer: str = EMPLOYER, person: int = 1) -> None:
    """Let the store know of an employment, without a delivery."""
    with place.work() as work:
        number = bulk.next_id(work.conn, employment, work.municipality)
        bulk.append(work.conn, employment, {
            "municipality": work.municipality, "employment": [number], "client": client,
            "person": person, "employer": employer, "name": "Schoonmaakbedrijf Helder BV",
            "run": work.run, "recorded_on": work.on,
        })  # fmt: skip


def decide(place: Place, kind: str, **told: Any) -> None:
    """A decision that two people took; the rows that wait are looked at again."""
    with place.work() as work:
        number = bulk.next_id(work.conn, decision, work.municipality)
        bulk.append(work.conn, decision, {
            "municipality": work.municipality, "decision": [number], "client": 1001, "kind": kind,
            "month": None, "amount_cents": None, "employer": EMPLOYER, "payee": "", "value": "",
            "number": "", "reason": "", "asked_by": "a", "approved_by": "b", "change": number,
            "run": work.run, "recorded_on": work.on, **told,
        })  # fmt: skip
        look_again(work)


def accept(place: Place, cents: int, month: int = 202603) -> None:
    place.run += 1
    decide(place, PAYSLIP, month=month, amount_cents=cents)


def states(outcome: Outcome) -> list[str]:
    return [row["state"] for row in outcome.rows()]


def said(outcome: Outcome) -> set[tuple[str, str]]:
    return {(note.code, note.severity) for note in outcome.notes.listed()}


def findings(place: Place) -> list[tuple[Any, ...]]:
    return place.query(
        "SELECT code, client, month, subject, amount_cents FROM finding WHERE state = 'open' "
        "ORDER BY code, client, month, subject"
    )


def effective(place: Place) -> list[tuple[Any, ...]]:
    """The payslips that count: client, person, begin, the how manieth, betaaldatum and net paid."""
    with reading(place.engine) as conn:
        facts = all_effective(conn, place.settings.code)
    policy = place.settings.policy()["income"]
    rights = Rights.unbounded(len(facts["client"]))
    counts = incomes(
        facts, rights, policy, NO_PARAMETERS, Decided(np.empty(0, np.int64), {})
    ).effective.counts
    counts &= facts["source"] == "payslip"
    names = ("client", "person", "period_begin", "paid_on", "net_paid")
    found, times = [], Counter[Any]()
    for client, person, begin, paid_on, cents in zip(
        *(facts[name][counts].tolist() for name in names), strict=True
    ):
        times[client, person, begin] += 1
        found.append((client, person, begin, times[client, person, begin], paid_on, cents))
    return found


@pytest.fixture
def linked(place: Place) -> Place:
    """Three clients are known to work at the employer."""
    for client in (1001, 1002, 1003):
        employ(place, client)
    return place


# --- what is kept ---------------------------------------------------------------------------------


def test_every_amount_of_a_payslip_has_its_column(linked: Place) -> None:
    told = {
        "netto_loon_uitbetaald": "1000,00", "bruto_loon": "1300,00", "loonheffing": "170,00",
        "vakantietoeslag_bruto": "80,00", "eindejaarsuitkering_bruto": "100,00",
        "reiskosten_onbelast": "30,00", "overige_vergoeding_onbelast": "20,00",
        "inhoudingen_overig": "180,00", "netto_verrekenbaar": "950,00", "pensioen": "60,00",
        "inhouding_vrijwillig": "50,00", "beslag": "70,00", "opbouw_vt_netto": "40,00",
        "vakantietoeslag_netto": "55,00", "eindejaarsuitkering_netto": "65,00",
        "opmerking": "loonbeslag",
    }  # fmt: skip
    assert states(linked.take(as_workbook(slip(**told)), "slips.xlsx")) == ["recorded"]
    kept = linked.query(
        "SELECT net_paid, gross_sv, wage_tax, holiday_paid, extra_paid, travel, allowance, "
        "deductions, net_payable, pension, voluntary, attachment, holiday_accrued_net, "
        "holiday_paid_net, extra_paid_net FROM income"
    )
    assert kept == [
        (100000, 130000, 17000, 8000, 10000, 3000, 2000, 18000, 95000, 6000, 5000, 7000, 4000,
         5500, 6500)
    ]  # fmt: skip


def test_a_fact_of_a_payslip_says_where_it_comes_from_and_what_was_not_told(linked: Place) -> None:
    outcome = linked.take(as_csv(slip()))
    kept = linked.query(
        "SELECT month, client, person, relation, period_begin, period_end, period_kind, source, "
        "state, sent_on, sent_id, paid_on, income_code, occurrence, sender_iban, pension, net, "
        "tax_credit, relation_end, delivery, line FROM income"
    )
    assert kept == [
        (202603, 1001, 1, "", "2026-03-01", "2026-03-31", "06", "payslip", "recorded",
         "2026-03-25", "", "2026-03-25", "15", 1, "NL59RABO0300000011", None, None, None, None,
         outcome.delivery, 2)
    ]  # fmt: skip
    assert outcome.totals["netto_verrekenbaar"] == 85962


def test_a_workbook_tells_the_same_as_the_csv_file(linked: Place) -> None:
    rows = [slip(), slip(periode_begin="2026-04-01", periode_eind="2026-04-30",
                         betaaldatum="2026-04-24")]  # fmt: skip
    linked.take(as_csv(*rows))
    assert states(linked.take(as_workbook(*rows))) == ["unchanged", "unchanged"]


def test_a_client_number_means_who_of_the_household_works_there(place: Place) -> None:
    employ(place, person=2)
    place.take(as_csv(slip(bsn_of_klantnummer="K0001001")))
    assert [row[:2] for row in effective(place)] == [(1001, 2)]


# --- rows of formats.md §1c that need a history ---------------------------------------------------


def test_19_two_equal_payslips_in_one_file_are_both_kept_and_told(linked: Place) -> None:
    outcome = linked.take(as_csv(slip(), slip()))
    assert states(outcome) == ["recorded", "recorded"]
    assert said(outcome) == {("R16", "W")}
    assert [row[3] for row in effective(linked)] == [1, 2]


def test_19_two_different_payslips_of_one_period_in_one_file_are_both_rejected(
    linked: Place,
) -> None:
    outcome = linked.take(as_csv(net(900), net(910), net(900, bsn_of_klantnummer="999990056",
                          betalingskenmerk="")))  # fmt: skip
    assert states(outcome)[:2] == ["rejected", "rejected"]
    assert ("R16", "E") in said(outcome)


def test_20_the_same_payslip_again_is_unchanged(linked: Place) -> None:
    linked.take(as_csv(slip()))
    outcome = linked.take(as_csv(slip(opmerking="nogmaals")))
    assert (states(outcome), outcome.exit_code) == (["unchanged"], 0)
    assert linked.rows("income") == 1


@pytest.mark.parametrize("again", [1, 2, 3])
def test_an_overlapping_file_tells_the_same_occurrences(again: int, linked: Place) -> None:
    linked.take(as_csv(slip(), slip()))
    other = slip(bsn_of_klantnummer="999990056", betalingskenmerk="", opmerking=f"{again}")
    outcome = linked.take(as_csv(*[slip()] * again, other))
    assert states(outcome) == [*["unchanged", "unchanged", "recorded"][:again], "held"]
    assert len(effective(linked)) == max(2, again)


def test_21_another_net_for_a_period_told_before_waits_for_two_people(linked: Place) -> None:
    linked.take(as_csv(net(900)))
    outcome = linked.take(as_csv(net(910, betaaldatum="2026-04-10")))
    assert (states(outcome), outcome.exit_code) == (["held"], 3)
    assert said(outcome) == {("PAYSLIP_CHANGED", "H")}
    assert [row[5] for row in effective(linked)] == [90000]
    assert findings(linked) == [("PAYSLIP_CHANGED", 1001, 202603, "employment:1", 1000)]
    accept(linked, 91000)
    assert [row[5] for row in effective(linked)] == [91000]
    assert findings(linked) == []


def test_21_of_two_that_were_paid_on_one_day_none_counts_until_one_is_accepted(
    linked: Place,
) -> None:
    for euros in (900, 910, 890):
        linked.take(as_csv(net(euros)))
    assert effective(linked) == []
    assert [row[0] for row in findings(linked)] == ["PAYSLIP_CHANGED"]
    accept(linked, 91000)
    assert findings(linked) == []
    assert [row[5] for row in effective(linked)] == [91000]
    accept(linked, 89000)
    assert [row[5] for row in effective(linked)] == [89000]
    assert states(linked.take(as_csv(net(900, opmerking="weer")))) == ["unchanged"]


def test_21_one_accepted_version_replaces_two_equal_ones(linked: Place) -> None:
    linked.take(as_csv(net(900), net(900)))
    linked.take(as_csv(net(1800, betaaldatum="2026-04-10")))
    accept(linked, 180000)
    assert [(row[3], row[5]) for row in effective(linked)] == [(1, 180000)]


def test_an_older_payslip_that_comes_late_is_the_first_one_all_the_same(linked: Place) -> None:
    linked.take(as_csv(net(910, betaaldatum="2026-04-10")))
    assert states(linked.take(as_csv(net(900)))) == ["recorded"]
    assert [row[5] for row in effective(linked)] == [90000]
    assert [row[0] for row in findings(linked)] == ["PAYSLIP_CHANGED"]


def test_an_older_payslip_than_the_one_accepted_changes_and_asks_nothing(linked: Place) -> None:
    linked.take(as_csv(net(900, betaaldatum="2026-03-24")))
    linked.take(as_csv(net(910, betaaldatum="2026-04-10")))
    accept(linked, 91000)
    linked.run += 1
    linked.take(as_csv(net(890, betaaldatum="2026-03-23")))
    assert ([row[5] for row in effective(linked)], findings(linked)) == ([91000], [])
    linked.take(as_csv(net(920, betaaldatum="2026-04-10")))
    assert [row[5] for row in effective(linked)] == [91000]
    assert [row[0] for row in findings(linked)] == ["PAYSLIP_CHANGED"]


def test_a_question_closed_with_a_reason_stays_closed_until_something_else_is_told(
    linked: Place,
) -> None:
    linked.take(as_csv(net(900)))
    linked.take(as_csv(net(910, betaaldatum="2026-04-10")))
    with linked.work() as work:
        resolve(work, 1, "typed wrong")
    linked.run += 1
    linked.take(delivery(wage(amount="900,00")))
    assert findings(linked) == []
    linked.take(as_csv(net(920, betaaldatum="2026-04-11")))
    assert [row[0] for row in findings(linked)] == ["PAYSLIP_CHANGED"]


def test_another_day_or_account_changes_no_money_and_waits_for_nobody(linked: Place) -> None:
    linked.take(as_csv(net(900)))
    moved = net(900, betaaldatum="2026-03-26", iban_werkgever="NL98BNGH0285000013")
    assert states(linked.take(as_csv(moved))) == ["recorded"]
    assert [(row[3], row[4]) for row in effective(linked)] == [(1, "2026-03-26")]


def test_23_a_settled_month_is_warned_about(linked: Place) -> None:
    _settled(linked, 202603)
    outcome = linked.take(as_csv(slip()))
    assert (states(outcome), said(outcome)) == (["recorded"], {("R36", "W")})


def test_25_who_stopped_participating_waits(empty_place: Place) -> None:
    empty_place.enrol({1001: BSNS[1001]}, ends_on="2026-05-31")
    employ(empty_place)
    june = slip(periode_begin="2026-06-01", periode_eind="2026-06-30", betaaldatum="2026-06-24")
    outcome = empty_place.take(as_csv(slip(), june))
    assert states(outcome) == ["recorded", "held"]
    assert said(outcome) == {("R30", "H")}


def test_29_a_payslip_is_taken_in_once_its_employer_is_delivered(place: Place) -> None:
    assert states(place.take(as_csv(net(700)))) == ["held"]
    assert [row[0] for row in findings(place)] == ["R04"]
    place.take(delivery(wage()))
    assert [row[5] for row in effective(place)] == [70000]
    assert findings(place) == []


def test_29_a_new_employer_is_accepted_by_decision(place: Place) -> None:
    place.take(as_csv(slip()))
    accept(place, 90562)
    assert len(effective(place)) == 1
    assert place.query("SELECT client, employer FROM employment") == [(1001, EMPLOYER)]


@pytest.mark.parametrize(
    "told", [{"betalingskenmerk": ""}, {"loonheffing": "1,00"}, {"periode_soort": "05"}]
)
def test_a_decision_lifts_no_payslip_that_does_not_add_up_or_lacks_something(
    told: dict[str, str], linked: Place
) -> None:
    linked.take(as_csv(slip(**told)))
    accept(linked, 90562)
    assert effective(linked) == []


def test_a_wage_that_is_not_paid_to_the_municipality_was_decided_on(linked: Place) -> None:
    linked.take(as_csv(slip(betalingskenmerk="")))
    decide(linked, "paid_to", payee="client")
    assert len(effective(linked)) == 1


def test_a_negative_net_is_accepted_by_decision(linked: Place) -> None:
    negative = {"inhoudingen_overig": "1112,00", "netto_loon_uitbetaald": "-154,00",
                "netto_verrekenbaar": "-200,00"}  # fmt: skip
    linked.take(as_csv(slip(**negative)))
    accept(linked, -15400)
    assert [row[5] for row in effective(linked)] == [-15400]


# --- periods --------------------------------------------------------------------------------------

CUT = {"periode_begin": "2026-03-10", "betaaldatum": "2026-03-31"}


def test_a_month_is_cut_short_where_the_income_relation_begins(place: Place) -> None:
    begun = wage(dat_b_ikv="20260310", dat_b_iko="20260310", amount="859,62")
    place.take(as_csv(slip(**CUT)))
    assert effective(place) == []
    place.take(delivery(begun))
    assert [row[2] for row in effective(place)] == ["2026-03-10"]
    assert place.query("SELECT relation_begin FROM income WHERE source = 'payslip'") == [
        ("2026-03-10",)
    ]


def test_a_month_cut_short_is_accepted_by_decision(linked: Place) -> None:
    linked.take(as_csv(slip(periode_eind="2026-03-20")))
    accept(linked, 90562)
    assert linked.query("SELECT relation_begin, relation_end FROM income") == [("", "2026-03-20")]


def test_r17_of_payslips_of_one_employment_that_share_a_day_none_counts_until_one_is_accepted(
    linked: Place,
) -> None:
    weeks = {"periode_soort": "05", "periode_begin": "2026-03-30", "periode_eind": "2026-04-26"}
    linked.take(as_csv(slip()))
    assert said(linked.take(as_csv(slip(**weeks, betaaldatum="2026-04-26")))) == {("R17", "H")}
    assert effective(linked) == []
    assert [row[:3] for row in findings(linked)] == [("R17", 1001, 202603), ("R17", 1001, 202604)]
    accept(linked, 90562)
    assert [row[2] for row in effective(linked)] == ["2026-03-01"]
    assert [row[:3] for row in findings(linked)] == [("R17", 1001, 202604)]
    both = as_csv(*(slip(**told, bsn_of_klantnummer="999990056", betalingskenmerk="")
                    for told in ({}, weeks | {"betaaldatum": "2026-04-26"})))  # fmt: skip
    assert ("R17", "H") in said(linked.take(both))


# --- beside what is delivered ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delivered", "state"),
    [("859,62", "counts"), ("868,30", "counts"), ("868,31", "waits"), ("851,12", "counts"),
     ("851,10", "waits")],
)  # fmt: skip
def test_a_net_more_than_one_percent_from_what_was_delivered_waits(
    delivered: str, state: str, place: Place
) -> None:
    place.take(delivery(wage(amount=delivered)))
    outcome = place.take(as_csv(slip()))
    assert states(outcome) == (["held"] if state == "waits" else ["recorded"])
    assert said(outcome) == ({("PAYSLIP_DIFFERS", "H")} if state == "waits" else set())
    assert len(effective(place)) == (state == "counts")
    assert len(findings(place)) == (state == "waits")


def test_up_to_a_euro_apart_is_no_difference(place: Place) -> None:
    place.take(delivery(wage(amount="50,00")))
    assert said(place.take(as_csv(net(51)))) == set()
    place.take(delivery(april(amount="50,00"), head=LATER))
    over = net(51, netto_loon_uitbetaald="51,01", bruto_loon="51,01", netto_verrekenbaar="51,01")
    over |= {"periode_begin": "2026-04-01", "periode_eind": "2026-04-30",
             "betaaldatum": "2026-04-30"}  # fmt: skip
    assert said(place.take(as_csv(over))) == {("PAYSLIP_DIFFERS", "H")}


def test_what_was_withheld_by_choice_or_attached_counts_in_the_comparison(place: Place) -> None:
    place.take(delivery(wage(amount="912,00")))
    told = {"inhouding_vrijwillig": "12,38", "beslag": "40,00", "opmerking": "beslag"}
    place.take(as_csv(slip(**told)))
    assert (len(effective(place)), findings(place)) == (1, [])


def test_two_equal_payslips_are_compared_together(place: Place) -> None:
    place.take(delivery(wage(amount="1400,00")))
    assert said(place.take(as_csv(net(700), net(700)))) == {("R16", "W")}
    assert len(effective(place)) == 2
    third = place.take(as_csv(*[net(700)] * 3))
    assert states(third) == ["unchanged", "unchanged", "held"]
    assert ("PAYSLIP_DIFFERS", "H") in said(third)
    assert effective(place) == []


def test_a_difference_is_accepted_by_decision_and_its_finding_closes(place: Place) -> None:
    place.take(delivery(wage(amount="905,62")))
    place.take(as_csv(slip()))
    assert [row[:3] for row in findings(place)] == [("PAYSLIP_DIFFERS", 1001, 202603)]
    accept(place, 90562)
    assert len(effective(place)) == 1
    assert findings(place) == []


def test_a_delivery_that_comes_after_the_payslip_makes_the_finding_too(linked: Place) -> None:
    linked.take(as_csv(slip()))
    linked.run = 2
    linked.take(delivery(wage(amount="905,62")))
    assert findings(linked) == [("PAYSLIP_DIFFERS", 1001, 202603, "employment:1", -4600)]
    assert effective(linked) == []
    linked.run = 3
    mended = wage(amount="860,00", tag="GEWIJZIGD")
    linked.take(delivery(mended, head=LATER))
    assert (len(effective(linked)), findings(linked)) == (1, [])


def test_a_difference_that_people_accept_is_a_finding_no_more(linked: Place) -> None:
    linked.take(as_csv(slip()))
    linked.run = 2
    linked.take(delivery(wage(amount="905,62")))
    linked.run = 3
    linked.take(delivery(april(bsn=BSNS[1002]), head=LATER))
    assert [row[0] for row in findings(linked)] == ["PAYSLIP_DIFFERS"]
    accept(linked, 90562)
    assert findings(linked) == []


def test_a_payslip_that_is_not_accepted_leaves_no_finding_once_that_is_said(place: Place) -> None:
    place.take(delivery(wage(amount="905,62")))
    place.take(as_csv(slip()))
    with place.work() as work:
        resolve(work, 1, "the employer took it back")
    place.run = 2
    place.take(delivery(wage(BSNS[1002]), head=LATER))
    assert (findings(place), effective(place)) == ([], [])


def test_an_open_question_bears_the_amount_of_now(place: Place) -> None:
    place.take(delivery(wage(amount="905,62")))
    place.take(as_csv(slip()))
    assert [row[4] for row in findings(place)] == [-4600]
    place.take(delivery(wage(amount="925,62", tag="GEWIJZIGD"), head=LATER))
    assert [row[4] for row in findings(place)] == [-6600]


def test_a_row_that_is_held_and_differs_stays_one_finding_of_each(place: Place) -> None:
    place.take(delivery(wage(amount="905,62")))
    place.take(as_csv(slip(betalingskenmerk="")))
    place.take(delivery(april(), head=LATER))
    assert [row[0] for row in findings(place)] == ["PAYSLIP_DIFFERS", "R26"]


# --- any order, any overlap -----------------------------------------------------------------------

MONTHS = {3: ("2026-03-01", "2026-03-31"), 4: ("2026-04-01", "2026-04-30")}
PEOPLE = ("999990019", "999990056", "K0001003")


@pytest.fixture(scope="module")
def stores(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("payslips")
    return (Path(shutil.copy(migrated_file, folder / f"{number}.db")) for number in count())


def slips_of(told: list[tuple[int, int, int]]) -> list[Row]:
    """Payslips whose amounts follow from person and month: no file contradicts another."""
    rows = []
    for who, month, times in told:
        begin, end = MONTHS[month]
        reference = reference_of(1001 + who, 2026)
        row = net(800 + 10 * who + month, bsn_of_klantnummer=PEOPLE[who], periode_begin=begin,
                  periode_eind=end, betaaldatum=end, betalingskenmerk=reference)  # fmt: skip
        rows += [row] * times
    return rows


@given(
    files=st.lists(
        st.lists(st.tuples(st.integers(0, 2), st.sampled_from([3, 4]), st.integers(1, 2)),
                 min_size=1, max_size=4, unique_by=lambda one: one[:2]),
        min_size=1, max_size=4,
    ),
    data=st.data(),
)  # fmt: skip
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_any_order_and_overlap_of_files_ends_in_the_same_payslips(
    stores: Iterator[Path], files: list[list[tuple[int, int, int]]], data: st.DataObject
) -> None:
    """Files as they come and in any order, some of them twice, one as a workbook."""
    contents = [as_csv(*slips_of(told)) for told in files]
    told = [*contents, as_workbook(*slips_of(files[0]))]
    shuffled = data.draw(st.permutations(told + contents[:1]))
    ends = []
    for order in (contents, shuffled):
        engine = open_store(f"sqlite:///{next(stores)}")
        place = Place(engine, Settings.model_validate(tomllib.loads(template())))
        place.enrol(BSNS)
        for client in (1001, 1002, 1003):
            employ(place, client)
        for content in order:
            assert place.take(content).counts.get("held", 0) == 0
        ends.append(effective(place))
        engine.dispose()
    assert ends[0] == ends[1]
