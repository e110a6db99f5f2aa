"""Client files against each other and the store: first load, news, changes that wait."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest

from surplus import decisions
from surplus.intake.clients.view import clients_as_of
from surplus.intake.outcome import Outcome
from surplus.store import bulk
from surplus.store.engine import reading
from surplus.store.tables import settlement
from tests.intake.client_files import (
    BSNS,
    Row,
    client,
    clients,
    couple,
    exempt,
    iban,
    norm,
    norms,
    second_half,
)
from tests.intake.conftest import DATA, Place

MANIFEST = json.loads((DATA / "clients" / "MANIFEST.json").read_text(encoding="utf-8"))["files"]
N = ("VRIJLATING_25", "2026-03-01", "6", "0")


@pytest.mark.parametrize("name", MANIFEST)
def test_an_example_file_gives_the_outcome_of_its_manifest(name: str, empty_place: Place) -> None:
    case = MANIFEST[name]
    for before in case["before"]:
        empty_place.take((DATA / before).read_bytes(), before)
    told = empty_place.take((DATA / "clients" / name).read_bytes(), name).as_json()
    assert {key: told[key] for key in ("verdict", "codes", "counts", "exit")} == {
        key: case[key] for key in ("verdict", "codes", "counts", "exit")
    }
    wanted = [{k: v for k, v in row.items() if k != "why"} for row in case["rows"]]
    assert told["rows"] == wanted


@pytest.fixture
def march(empty_place: Place) -> Place:
    """A workspace on 5 March 2026 with norms for the whole year."""
    empty_place.on = "2026-03-05"
    both = [norm(), second_half(), norm("PW_GEHUWD_21_AOW"), second_half(
        normcategorie="PW_GEHUWD_21_AOW")]  # fmt: skip
    assert empty_place.take(norms(*both)).exit_code == 0
    return empty_place


def said(outcome: Outcome) -> list[tuple[int, str, str]]:
    """Line, code and severity of everything said about rows."""
    return [(note.line, note.code, note.severity) for note in outcome.listed()]


def states(outcome: Outcome) -> list[str]:
    return outcome.notes.states().tolist()


def take(place: Place, *rows: Row, on: str = "") -> Outcome:
    place.on = on or place.on
    place.run += 1
    # Empty lines say nothing, and make it another file than the same list of another day.
    return place.take(clients(*rows) + b"\n" * place.run)


def view(place: Place, month: int = 202603) -> dict[str, list[Any]]:
    with reading(place.engine) as conn:
        columns = clients_as_of(conn, place.settings.code, month)
    return {name: column.tolist() for name, column in columns.items()}


def waiting(place: Place) -> list[dict[str, Any]]:
    with reading(place.engine) as conn:
        return decisions.as_json(conn, place.settings.code)


def approve(place: Place, number: int, on: str, operator: str = "treasury-1") -> None:
    place.on, place.operator = on, operator
    place.run += 1
    with place.work() as work:
        decisions.approve(work, number)
    place.operator = "system"


def findings(place: Place) -> list[tuple[Any, ...]]:
    return place.query("SELECT code, client FROM finding WHERE state = 'open' ORDER BY 1, 2")


def test_the_first_load_of_a_client_counts_at_once(march: Place) -> None:
    outcome = take(march, client(1001, **exempt(*N)), couple(1003))
    assert (states(outcome), outcome.exit_code) == (["recorded", "recorded"], 0)
    assert view(march)["version"] == [1, 1]
    assert view(march)["valid_from"] == ["2026-03-01"] * 2
    assert view(march)["partner_bsn"] == ["", couple(1003)["bsn_partner"]]
    assert march.query("SELECT client, kind, months_entitled FROM exemption") == [
        (1001, "VRIJLATING_25", 6)
    ]
    assert waiting(march) == []


def test_a_client_who_joins_later_counts_at_once_too(march: Place) -> None:
    take(march, client(1001))
    outcome = take(march, client(1001), client(1002, deelname_vanaf="2026-05-01"))
    assert states(outcome) == ["unchanged", "recorded"]
    assert view(march, 202605)["client"] == [1001, 1002]


def test_the_same_list_again_writes_no_version(march: Place) -> None:
    take(march, client(1001, **exempt(*N)), couple(1003))
    outcome = take(march, couple(1003), client(1001, **exempt(*N)), on="2026-04-02")
    assert (states(outcome), outcome.exit_code) == (["unchanged", "unchanged"], 0)
    assert march.rows("client") == 2
    assert march.rows("rejected_row") == 0


def test_a_wrong_row_stays_out_and_the_others_go_on(march: Place) -> None:
    outcome = take(march, client(1001, bsn="999990018"), client(1002))
    assert (states(outcome), outcome.exit_code) == (["rejected", "recorded"], 3)
    assert view(march)["client"] == [1002]
    assert march.query("SELECT line, field, code, state FROM rejected_row") == [
        (2, "bsn", "C02", "rejected")
    ]


def test_a_row_that_is_right_in_the_next_list_leaves_the_quarantine(march: Place) -> None:
    take(march, client(1001, bsn="999990018"))
    take(march, client(1001))
    assert march.query("SELECT state FROM rejected_row") == [("released",)]


def test_a_list_without_a_row_is_refused(march: Place) -> None:
    names = clients(client(1001)).split(b"\n")[0]
    assert march.take(names).codes == march.take(names + b"\r\n").codes == [("F14", "F")]


def test_a_list_of_which_no_row_has_the_right_shape_is_told_row_by_row(march: Place) -> None:
    names = clients(client(1001)).split(b"\n")[0]
    outcome = march.take(names + b"\nK0001001;999990019\nK0001002\n")
    assert [(n.code, n.line) for n in outcome.notes.file] == [("F18", 2), ("F18", 3)]
    assert outcome.counts == {"rows": 2, "recorded": 0, "held": 0, "rejected": 2}


def test_a_row_with_a_field_too_many_is_told_and_the_others_go_on(march: Place) -> None:
    content = clients(client(1001), client(1002)).replace(b"S. Bakker;Team", b"S.;Bakker;Team", 1)
    outcome = march.take(content)
    assert [(n.code, n.severity, n.line) for n in outcome.notes.file] == [("F18", "E", 2)]
    assert (outcome.counts, outcome.exit_code) == (
        {"rows": 2, "recorded": 1, "held": 0, "rejected": 1}, 3,
    )  # fmt: skip
    ((line, code, raw),) = march.query("SELECT line, code, raw FROM rejected_row")
    assert (line, code) == (2, "F18")
    assert {"S.", "Bakker"} <= set(json.loads(raw))
    assert view(march)["client"] == [1002]


# --- rows against each other ----------------------------------------------------------------------


def test_c01_a_number_that_comes_twice_counts_for_neither_row(march: Place) -> None:
    outcome = take(march, client(1001), client(1001, bsn=BSNS[50], iban=iban(50)))
    assert [(line, code) for line, code, _ in said(outcome)][:2] == [(2, "C01"), (2, "C10")]
    assert march.rows("client") == 0


def test_c02_one_person_has_one_active_case(march: Place) -> None:
    take(march, client(1001))
    outcome = take(march, client(1001), client(1002, bsn=client(1001)["bsn"], iban=iban(1)))
    assert said(outcome) == [(2, "C02", "E"), (3, "C02", "E")]
    assert view(march)["client"] == [1001]


def test_c02_who_left_may_come_back_under_another_number(march: Place) -> None:
    left = client(1001, deelname_tot="2026-04-30", status="BEEINDIGD")
    again = client(1002, bsn=left["bsn"], iban=left["iban"], deelname_vanaf="2026-05-01")
    assert said(take(march, left, again)) == []


def test_c05_a_partner_has_no_active_case_of_their_own(march: Place) -> None:
    take(march, couple(1003))
    outcome = take(march, couple(1003), client(1002, bsn=couple(1003)["bsn_partner"]))
    assert said(outcome) == [(2, "C05", "E"), (3, "C05", "E")]
    assert view(march)["client"] == [1003]


def test_c06_a_partner_who_left_may_share_the_account(march: Place) -> None:
    rows = couple(1003), client(
        1002, bsn=couple(1003)["bsn_partner"], iban=iban(1003), status="BEEINDIGD",
        deelname_tot="2026-03-31",
    )  # fmt: skip
    outcome = take(march, *rows)
    assert said(outcome) == [(2, "C06", "W"), (3, "C06", "W")]
    assert (states(outcome), findings(march)) == (["recorded", "recorded"], [])


def test_c06_strangers_with_one_account_are_looked_at(march: Place) -> None:
    take(march, client(1001))
    outcome = take(march, client(1001), client(1002, iban=iban(1001)))
    assert said(outcome) == [(3, "C06", "H")]
    assert (states(outcome), outcome.exit_code) == (["unchanged", "held"], 3)
    assert findings(march) == [("C06", 1002)]
    take(march, client(1001), client(1002, iban=iban(1001)))
    assert findings(march) == [("C06", 1002)]


def test_c06_two_strangers_whose_accounts_are_swapped_are_looked_at(march: Place) -> None:
    one, two = client(1001), client(1002)
    take(march, one, two)
    outcome = take(march, one | {"iban": two["iban"]}, two | {"iban": one["iban"]})
    assert {(line, code) for line, code, _ in said(outcome)} == {
        (2, "C06"), (2, "IBAN_CHANGE"), (3, "C06"), (3, "IBAN_CHANGE"),
    }  # fmt: skip
    assert {("C06", 1001), ("C06", 1002)} <= set(findings(march))
    assert [row["iban"] for row in (one, two)] == view(march)["iban"]


def test_c06_the_account_of_the_buffer_is_nobodys_own(march: Place) -> None:
    march.settings = march.settings.model_copy(
        update={"bank": march.settings.bank.model_copy(update={"iban": iban(1001)})}
    )
    assert said(take(march, client(1001), client(1002))) == [(2, "C06", "E")]


def test_c07_a_client_without_a_norm_is_taken_in_and_told(march: Place) -> None:
    outcome = take(march, client(1001, deelname_vanaf="2027-01-01"))
    assert said(outcome) == [(2, "C07", "H")]
    assert (states(outcome), outcome.exit_code) == (["recorded"], 0)


def test_c07_a_change_to_a_category_without_a_norm_waits_like_any_other(march: Place) -> None:
    take(march, client(1001))
    outcome = take(march, client(1001, normcategorie="PW_ONBEKEND"), on="2027-01-04")
    assert said(outcome) == [(2, "C07", "H"), (2, "CHANGE_WAITS", "H")]
    assert (states(outcome), outcome.exit_code) == (["held"], 3)


def test_c08_one_person_does_not_take_part_twice_at_once(march: Place) -> None:
    left = client(1001, deelname_tot="2026-05-31", status="BEEINDIGD")
    again = client(1002, bsn=left["bsn"], deelname_vanaf="2026-05-01", status="OVERLEDEN")
    assert said(take(march, left, again)) == [(2, "C08", "E"), (3, "C08", "E")]


def test_c10_a_reference_is_never_used_again(march: Place) -> None:
    take(march, client(1001, status="BEEINDIGD", deelname_tot="2026-03-31"))
    other = client(1002, betalingskenmerk=client(1001)["betalingskenmerk"])
    assert said(take(march, other)) == [(2, "C10", "E")]
    both = client(1003), client(1004, betalingskenmerk=client(1003)["betalingskenmerk"])
    assert said(take(march, *both)) == [(2, "C10", "E"), (3, "C10", "E")]


def test_c10_a_client_keeps_one_reference(march: Place) -> None:
    take(march, client(1001))
    changed = client(1001, betalingskenmerk=client(1009)["betalingskenmerk"])
    assert said(take(march, changed)) == [(2, "C10", "E")]


#: Where a status may go (formats.md §2); death is final, and an end only ends in it.
ALLOWED = {
    "AANGEMELD": {"ACTIEF", "BEEINDIGD", "OVERLEDEN"},
    "ACTIEF": {"GEPAUZEERD", "BEEINDIGD", "OVERLEDEN"},
    "GEPAUZEERD": {"ACTIEF", "BEEINDIGD", "OVERLEDEN"},
    "BEEINDIGD": {"OVERLEDEN"},
    "OVERLEDEN": set(),
}


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("before", "after"), [pair for pair in product(ALLOWED, ALLOWED) if pair[0] != pair[1]]
)
def test_c14_a_status_moves_only_as_it_may_and_at_once_unless_it_ends(
    march: Place, before: str, after: str
) -> None:
    take(march, client(1001, status=before))
    outcome = take(march, client(1001, status=after))
    if after not in ALLOWED[before]:
        assert said(outcome) == [(2, "C14", "E")]
        assert (view(march)["status"], waiting(march)) == ([before], [])
    elif after == "BEEINDIGD":
        assert said(outcome) == [(2, "CHANGE_WAITS", "H")]
        assert view(march)["status"] == [before]
        assert [(one["field"], one["new"]) for one in waiting(march)] == [("status", after)]
    else:
        assert (said(outcome), view(march)["status"], waiting(march)) == ([], [after], [])


def test_c04_the_pension_age_is_told_when_new_and_in_the_month_it_is_reached(march: Place) -> None:
    early = client(1001, geboortedatum="1959-04-20")
    assert said(take(march, early)) == []
    assert said(take(march, early, on="2026-04-02")) == [(2, "C04", "H")]
    assert findings(march) == [("C04", 1001)]
    assert said(take(march, early, on="2026-05-02")) == []
    late = client(1002, geboortedatum="1950-01-01")
    assert said(take(march, early, late)) == [(3, "C04", "H")]


# --- changes --------------------------------------------------------------------------------------


def test_a_contact_or_address_that_changes_counts_at_once(march: Place) -> None:
    take(march, client(1001))
    moved = client(1001, contactpersoon="Team Werk 2", plaats="Voorbeeldstad", email="a@b.nl")
    outcome = take(march, moved, on="2026-04-02")
    assert (states(outcome), outcome.exit_code) == (["recorded"], 0)
    assert view(march, 202603)["contact"] == ["Team Werk 1"]
    assert view(march, 202604)["contact"] == ["Team Werk 2"]
    assert view(march, 202604)["version"] == [2]


GUARDED: list[tuple[Row, str, str, str]] = [
    ({"iban": iban(77)}, "iban", iban(1001), iban(77)),
    ({"tenaamstelling": "S. de Bakker"}, "account_name", "S. Bakker", "S. de Bakker"),
    ({"normcategorie": "PW_GEHUWD_21_AOW"}, "norm_category", "PW_ALLEENSTAANDE_21_AOW",
     "PW_GEHUWD_21_AOW"),
    ({"leefvorm": "ALLEENSTAANDE_OUDER"}, "household", "ALLEENSTAANDE", "ALLEENSTAANDE_OUDER"),
    ({"aantal_kostendelers": "2"}, "cost_sharers", "1", "2"),
    ({"deelname_tot": "2026-06-30"}, "ends_on", "", "2026-06-30"),
    ({"intrekking_datum": "2026-04-01"}, "withdrawn_on", "", "2026-04-01"),
    ({"status": "BEEINDIGD"}, "status", "ACTIEF", "BEEINDIGD"),
    ({"buffer_max": "500,00"}, "buffer_cap", "", "500,00"),
    ({"bsn": BSNS[500]}, "bsn", BSNS[1], BSNS[500]),
    ({"geboortedatum": "1992-12-06"}, "birth_date", "1992-12-05", "1992-12-06"),
    (exempt(*N), "exemptions", "", "VRIJLATING_25 2026-03-01 0/6"),
    ({"vast_bedrag_override": "1450,00", "override_besluitnr": "B-7", "override_tot": "2026-06-30"},
     "override", "", "1.450,00 B-7 2026-06-30"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "field", "old", "new"), GUARDED, ids=[g[1] for g in GUARDED])
def test_what_moves_money_waits_for_a_second_person(
    march: Place, told: Row, field: str, old: str, new: str
) -> None:
    take(march, client(1001))
    outcome = take(march, client(1001, **told), on="2026-04-02")
    assert (states(outcome), outcome.exit_code) == (["held"], 3)
    assert march.rows("client") == 1
    (one,) = waiting(march)
    assert {key: one[key] for key in ("kind", "client_no", "field", "old", "new", "state")} == {
        "kind": f"client:{field}", "client_no": "K0001001", "field": field, "old": old,
        "new": new, "state": "waiting",
    }  # fmt: skip
    approve(march, one["id"], "2026-04-03")
    assert states(take(march, client(1001, **told))) == ["unchanged"]
    assert waiting(march) == []


def test_an_approved_change_holds_from_the_month_in_which_it_was_told(march: Place) -> None:
    take(march, client(1001))
    take(march, client(1001, iban=iban(77)), on="2026-04-28")
    approve(march, 1, "2026-05-04")
    assert [view(march, month)["iban"][0] for month in (202603, 202604, 202605)] == [
        iban(1001), iban(77), iban(77),
    ]  # fmt: skip


def test_approval_keeps_what_was_told_meanwhile(march: Place) -> None:
    take(march, client(1001))
    take(march, client(1001, iban=iban(77)), on="2026-04-02")
    take(march, client(1001, iban=iban(77), contactpersoon="Team Werk 9"), on="2026-05-04")
    approve(march, 1, "2026-05-05")
    assert (view(march, 202604)["iban"], view(march, 202604)["contact"]) == (
        [iban(77)], ["Team Werk 1"],
    )  # fmt: skip
    assert (view(march, 202605)["iban"], view(march, 202605)["contact"]) == (
        [iban(77)], ["Team Werk 9"],
    )  # fmt: skip


def test_a_change_told_again_does_not_wait_twice(march: Place) -> None:
    take(march, client(1001))
    for day in ("2026-04-02", "2026-05-04"):
        assert states(take(march, client(1001, iban=iban(77)), on=day)) == ["held"]
    assert [(one["id"], one["asked_on"]) for one in waiting(march)] == [(1, "2026-04-02")]
    assert findings(march) == [("IBAN_CHANGE", 1001)]


def test_a_list_that_takes_a_change_back_supersedes_it(march: Place) -> None:
    take(march, client(1001), client(1002))
    take(march, client(1001, iban=iban(77)), client(1002, iban=iban(78)))
    take(march, client(1001), client(1002, iban=iban(78)))
    assert [one["client_no"] for one in waiting(march)] == ["K0001002"]
    assert findings(march) == [("IBAN_CHANGE", 1002)]
    assert march.query("SELECT change, state FROM change ORDER BY 1") == [
        (1, "superseded"), (2, "waiting"),
    ]  # fmt: skip


def test_another_value_takes_the_place_of_the_one_that_waits(march: Place) -> None:
    take(march, client(1001))
    take(march, client(1001, iban=iban(77)))
    take(march, client(1001, iban=iban(78)))
    assert [one["new"] for one in waiting(march)] == [iban(78)]


def test_a_wrong_row_leaves_what_waits_as_it_is(march: Place) -> None:
    take(march, client(1001))
    take(march, client(1001, iban=iban(77)))
    take(march, client(1001, status=""))
    assert [one["new"] for one in waiting(march)] == [iban(77)]


def test_several_changes_of_one_row_wait_each_by_itself(march: Place) -> None:
    take(march, client(1001))
    outcome = take(march, client(1001, iban=iban(77), deelname_tot="2026-06-30", plaats="X"))
    assert {one["field"] for one in waiting(march)} == {"iban", "ends_on"}
    assert states(outcome) == ["held"]
    assert march.query("SELECT town, iban FROM client WHERE version = 2") == [("X", iban(1001))]


def test_an_account_counts_at_once_where_four_eyes_are_switched_off(march: Place) -> None:
    keys = march.settings.four_eyes.model_copy(update={"iban_change": False})
    march.settings = march.settings.model_copy(update={"four_eyes": keys})
    take(march, client(1001))
    take(march, client(1001, iban=iban(77)))
    assert (view(march)["iban"], waiting(march)) == ([iban(77)], [])


def test_a_client_left_out_is_found_and_never_ended(march: Place) -> None:
    take(march, client(1001), client(1002))
    outcome = take(march, client(1001))
    assert (states(outcome), findings(march)) == (["unchanged"], [("CLIENT_ABSENT", 1002)])
    assert view(march)["status"] == ["ACTIEF", "ACTIEF"]
    take(march, client(1001), client(1002))
    assert findings(march) == []


# --- months of exemption used ---------------------------------------------------------------------


def settle(place: Place, month: int, kind: str) -> None:
    """A settled month in which the client used an exemption."""
    row: dict[str, Any] = {
        column.name: 0 if column.type.python_type is int else "" for column in settlement.columns
    }
    row |= {"municipality": "0999", "month": month, "client": 1001, "version": 1,
            "state": "settled", "exemption_kind_1": kind, "exemption_1": 15000}  # fmt: skip
    with place.work() as work:
        bulk.append(work.conn, settlement, row)


@pytest.mark.parametrize(("kind", "letter"), [("VRIJLATING_25", "n"), ("LOONKOSTENSUBSIDIE", "z")])
def test_months_used_that_were_counted_here_too_are_no_news(
    march: Place, kind: str, letter: str
) -> None:
    take(march, client(1001, **exempt(kind, "2026-01-01", "6", "2")))
    settle(march, 202603, letter)
    for told in ("2", "3"):
        outcome = take(march, client(1001, **exempt(kind, "2026-01-01", "6", told)))
        assert (states(outcome), said(outcome)) == (["unchanged"], [])


def test_c11_another_count_than_ours_is_told_and_waits(march: Place) -> None:
    take(march, client(1001, **exempt("VRIJLATING_25", "2026-01-01", "6", "2")))
    settle(march, 202603, "n")
    outcome = take(march, client(1001, **exempt("VRIJLATING_25", "2026-01-01", "6", "5")))
    assert said(outcome) == [(2, "C11", "W"), (2, "CHANGE_WAITS", "H")]
    # Five in all, of which one was settled here: four before.
    assert [one["new"] for one in waiting(march)] == ["VRIJLATING_25 2026-01-01 4/6"]


@pytest.mark.parametrize(
    ("since", "told", "baseline"),
    [("2026-03-01", "3", "2"), ("2026-03-01", "0", "0"), ("2026-04-01", "1", "1")],
    ids=["of three one was settled here", "none told", "what was settled is from before"],
)
def test_a_right_from_another_day_tells_a_baseline_without_the_months_settled_here(
    march: Place, since: str, told: str, baseline: str
) -> None:
    take(march, client(1001, **exempt("VRIJLATING_25", "2026-01-01", "6", "2")))
    settle(march, 202603, "n")
    take(march, client(1001, **exempt("VRIJLATING_25", since, "6", told)))
    assert [one["new"] for one in waiting(march)] == [f"VRIJLATING_25 {since} {baseline}/6"]


def test_months_used_of_a_kind_that_runs_by_the_calendar_are_no_news(march: Place) -> None:
    take(march, client(1001, **exempt("ALLEENSTAANDE_OUDER", "2026-01-01", "30", "2")))
    later = client(1001, **exempt("ALLEENSTAANDE_OUDER", "2026-01-01", "30", "4"))
    assert states(take(march, later)) == ["unchanged"]
