"""A municipality moves over in the middle of a year, with money that is still to come in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import files
from tests.acceptance.workspace import Answer, Workspace, make

COLUMNS = (
    "klantnummer;peildatum;bron;buffer;reservering_vakantietoeslag;vordering;te_ontvangen_loon;"
    "loonheffingennummer;naam_werkgever;loonmaand;vrijlating_maanden_gebruikt"
)
HELDER = f"{files.HELDER[1]};{files.HELDER[0]}"
#: Credited with February and March, of which Helder has paid nothing yet; three months used.
FIRST = (
    f"K0001001;2026-04-01;Oud;812,50;142,71;;620,00;{HELDER};2026-03;3",
    f"K0001001;2026-04-01;Oud;;;;600,00;{HELDER};2026-02;",
)
#: Behind, with a claim of before.
SECOND = "K0001002;2026-04-01;Oud;-100,00;30,00;250,00;;;;;"
TOTAL = "TOTAAL;;;712,50;172,71;250,00;1.220,00;;;;3".replace(".", "")


@pytest.fixture
def town(tmp_path: Path) -> Workspace:
    """Two clients who take part since June 2025, on the first working day of April 2026."""
    made = make(tmp_path / "home", "sqlite:///surplus.db", "2026-04-02")
    made.done("import", str(files.norms(tmp_path)))
    since = {"deelname_vanaf": "2025-06-01", "toestemming_datum": "2025-05-20"}
    right = {
        "vrijlating_soort": "VRIJLATING_25", "vrijlating_recht_vanaf": "2025-06-01",
        "vrijlating_maanden_recht": "6", "vrijlating_maanden_gebruikt": "0",
    }  # fmt: skip
    first, second = files.client("1001", **since, **right), files.client("1002", **since)
    made.done("import", str(files.clients(tmp_path, first, second)))
    return made


def bring(town: Workspace, *rows: str, name: str = "opening.csv") -> Answer:
    path = town.home.parent / name
    path.write_text("\n".join([COLUMNS, *rows, ""]), encoding="utf-8")
    return town("import", str(path))


def opened(town: Workspace) -> None:
    """Asked by the one, approved by the other."""
    assert bring(town, *FIRST, SECOND, TOTAL).data["verdict"] == "accepted"
    [change] = town.done("changes", "list")
    town.done("changes", "approve", str(change["id"]), operator="treasury-1")


def stand(town: Workspace, no: int, on: str = "") -> dict[str, Any]:
    rows = town.done("export", "balances", on=on)
    return next(row for row in rows if row["client_no"] == f"K{no:07d}")


def codes(answer: Answer) -> list[str]:
    return [message["code"] for message in answer.data["messages"]]


def test_nothing_is_booked_before_a_second_person_has_seen_the_totals(town: Workspace) -> None:
    answer = bring(town, *FIRST, SECOND, TOTAL)
    assert (answer.code, answer.data["kind"], answer.data["verdict"]) == (3, "opening", "accepted")
    [change] = town.done("changes", "list")
    assert change["kind"] == "opening"
    assert change["new"].startswith(
        "2 clients on 2026-04-01: buffer 712,50, reservering_vakantietoeslag 172,71, "
        "vordering 250,00, te_ontvangen_loon 1.220,00, vrijlating 3 months; from Oud"
    )
    shown = town.done("changes", "show", str(change["id"]))["rows"]
    assert [(row["line"], row["client_no"], row["te_ontvangen_loon_cents"], row["month"])
            for row in shown] == [
        (2, "K0001001", 62000, "2026-03"), (3, "K0001001", 60000, "2026-02"),
        (4, "K0001002", 0, ""),
    ]  # fmt: skip
    assert shown[0]["exemptions"] == "VRIJLATING_25 2025-06-01 3/6"
    assert town.done("export", "journal") == []
    assert bring(town, *FIRST, SECOND, TOTAL).data["verdict"] == "duplicate"
    assert len(town.done("changes", "list")) == 1


def test_the_balances_stand_in_one_entry_per_client_and_the_trial_balance_ties(
    town: Workspace,
) -> None:
    opened(town)
    journal = town.done("export", "journal")
    assert {row["kind"] for row in journal} == {"client-opening"}
    assert len({row["entry"] for row in journal}) == 2
    sums: dict[int, int] = {}
    for row in journal:
        sums[row["account"]] = sums.get(row["account"], 0) + row["amount_cents"]
    assert sums == {1300: 122000, 1400: 25000, 2000: -71250, 2010: -17271, 3000: -58479}
    first, second = stand(town, 1001), stand(town, 1002)
    assert (first["buffer_cents"], first["position_cents"]) == (81250, 81250)
    assert (first["receivable_cents"], first["available_cents"]) == (122000, 0)
    assert (second["position_cents"], second["claim_cents"]) == (-10000, 25000)
    assert town("check").code == 0


def test_months_before_the_opening_are_never_settled_or_paid(
    town: Workspace, tmp_path: Path
) -> None:
    early = files.delivery(
        tmp_path, "2026-02", "20260401", files.wage(1001, "2026-02", 60000, dat_b_ikv="20250601")
    )
    town.done("import", str(early))  # before the opening: its fact is there
    opened(town)
    late = files.delivery(
        tmp_path, "2026-03", "20260402", files.wage(1001, "2026-03", 64000, dat_b_ikv="20250601")
    )
    assert town.done("import", str(late))["rows"][0]["codes"] == [["R15", "H"]]
    town.done("settle", "--through", "2026-03", on="2026-07-01")
    assert town.done("export", "settlements") == []
    assert {row["kind"] for row in town.done("export", "journal")} == {"client-opening"}
    told = {(row["code"], row["month"]) for row in town.done("findings", "list")}
    assert {("R15", "2026-02"), ("R15", "2026-03")} <= told
    prepared = town.done("pay", "prepare", "--month", "2026-03")
    assert (prepared["payments"], prepared["held"]) == (0, 0)


def test_the_next_wage_pays_the_oldest_receivable_and_frees_the_buffer(
    town: Workspace, tmp_path: Path
) -> None:
    opened(town)
    bank = files.Bank(tmp_path)
    town.done("import", str(bank.wage(1001, 60000).statement("2026-04-03")), on="2026-04-03")
    paid = [row for row in town.done("export", "journal") if row["kind"] == "receipt"]
    assert {row["month"] for row in paid} == {"2026-02"}
    assert stand(town, 1001)["receivable_cents"] == 62000
    assert stand(town, 1001)["available_cents"] == 19250
    town.done("import", str(bank.wage(1001, 62000).statement("2026-04-07")), on="2026-04-07")
    assert stand(town, 1001)["receivable_cents"] == 0
    assert stand(town, 1001)["available_cents"] == 81250
    # The first month of our own, in which the fourth month of exemption is used.
    april = files.wage(1001, "2026-04", 60000, dat_b_ikv="20250601")
    told = files.delivery(tmp_path, "2026-04", "20260506", april)
    town.done("import", str(told), on="2026-05-07")
    town.done("settle", "--through", "2026-04", on="2026-05-07")
    [month] = town.done("export", "settlements")
    assert (month["month"], month["exemption_cents"]) == ("2026-04", 15000)
    explained = town.done("explain", "K0001001", "2026-04")
    used = next(f for f in explained["figures"] if f["name"].startswith("exemption"))
    assert "4" in str(used)
    refused = town("explain", "K0001001", "2026-03")
    assert refused.code == 2
    assert "the opening balance is of 2026-04-01" in refused.err
    assert stand(town, 1001)["position_cents"] == 81250 + month["difference_cents"]
    assert town("check").code == 0


def test_what_was_brought_is_paid_as_extra_and_in_june(town: Workspace, tmp_path: Path) -> None:
    """And the second count before approval, from the ledger, agrees."""
    opened(town)
    bank = files.Bank(tmp_path)
    town.done("import", str(bank.wage(1001, 122000).statement("2026-04-03")), on="2026-04-03")
    town.pay("2026-04", "2026-04-27")
    town.pay("2026-06", "2026-06-25")
    paid = {(row["client_no"], row["kind"]): row["amount_cents"]
            for row in town.done("export", "payments", on="2026-06-25")}  # fmt: skip
    assert paid["K0001001", "extra"] == 81250
    assert paid["K0001001", "holiday"] == 14271
    assert paid["K0001002", "holiday"] == 3000
    assert stand(town, 1001, "2026-06-25")["holiday_reserve_cents"] == 0
    assert town("check").code == 0


def test_an_exit_counts_with_what_was_brought(town: Workspace, tmp_path: Path) -> None:
    opened(town)
    ended = files.client(
        "1002", deelname_vanaf="2025-06-01", toestemming_datum="2025-05-20",
        deelname_tot="2026-04-30",
    )  # fmt: skip
    first = files.client("1001", deelname_vanaf="2025-06-01", toestemming_datum="2025-05-20")
    town.done("import", str(files.clients(tmp_path, first, ended, name="ended.csv")))
    for change in town.done("changes", "list"):
        verdict = ["approve"] if change["field"] == "ends_on" else ["reject", "--reason", "no"]
        town.done("changes", verdict[0], str(change["id"]), *verdict[1:], operator="treasury-1")
    # Nothing comes in for April: settled at zero income after its deadline, with F paid.
    town.pay("2026-04", "2026-04-27")
    town.done("settle", "--through", "2026-04", on="2026-06-11")
    stood = stand(town, 1002)
    assert stood["position_cents"] == -10000
    assert stood["holiday_reserve_cents"] > 3000
    asked = ["decide", "K0001002", "exit", "--value", "benefit-ends", "--until", "2026-04-30"]
    town.done(*asked, "--reason", "moved", on="2026-06-11", operator="income-1")
    [change] = town.done("changes", "list")
    assert "reserve-offset 100,00" in change["new"]
    on = {"on": "2026-06-11", "operator": "treasury-1"}
    town.done("changes", "approve", str(change["id"]), **on)
    assert stand(town, 1002)["buffer_cents"] == 0
    assert town("check").code == 0


def test_a_corrected_file_takes_the_place_of_the_one_that_waits(town: Workspace) -> None:
    bring(town, *FIRST, SECOND, TOTAL)
    bring(town, *FIRST, TOTAL.replace("712,50", "812,50").replace("172,71", "142,71")
          .replace("250,00", ""), name="corrected.csv")  # fmt: skip
    [change] = town.done("changes", "list")
    assert change["new"].startswith("1 clients on 2026-04-01: buffer 812,50")
    assert "712,50" in change["old"]


def test_two_files_about_different_clients_both_wait(town: Workspace) -> None:
    bring(town, SECOND, "TOTAAL;;;-100,00;30,00;250,00;;;;;")
    only_first = "TOTAAL;;;812,50;142,71;;1220,00;;;;3"
    bring(town, *FIRST, only_first, name="others.csv")
    assert len(town.done("changes", "list")) == 2


def test_a_second_opening_of_a_client_is_refused(town: Workspace) -> None:
    opened(town)
    again = bring(town, SECOND.replace("-100,00", "5,00"), "TOTAAL;;;5,00;30,00;250,00;;;;;",
                  name="again.csv")  # fmt: skip
    assert (again.code, again.data["verdict"], codes(again)) == (3, "refused", ["O03"])
    assert len(town.done("export", "journal")) == 9


def test_what_was_settled_meanwhile_stops_the_approval(town: Workspace) -> None:
    bring(town, *FIRST, SECOND, TOTAL)
    [change] = town.done("changes", "list")
    town.done("settle", "--through", "2026-01")  # a participant since 2025, at no income
    answer = town("changes", "approve", str(change["id"]), operator="treasury-1")
    assert answer.code == 3
    assert "K0001001, K0001002 were settled or paid here before that day" in answer.err
    assert "client-opening" not in {row["kind"] for row in town.done("export", "journal")}
    again = bring(town, SECOND, "TOTAAL;;;-100,00;30,00;250,00;;;;;", name="again.csv")
    assert codes(again) == ["O04"]
