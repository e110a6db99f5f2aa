"""Exemptions from file to figure: what client files decide and deliveries bring (domain.md §5)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make

N = {
    "vrijlating_soort": "VRIJLATING_25",
    "vrijlating_recht_vanaf": "2025-11-01",
    "vrijlating_maanden_recht": "6",
    "vrijlating_maanden_gebruikt": "1",
}
N_THEN_R = {
    "leefvorm": "ALLEENSTAANDE_OUDER",
    "normcategorie": "PW_ALLEENSTAANDE_OUDER_21_AOW",
    "geboortedatum": "1994-01-05",
    "vrijlating_soort": "VRIJLATING_25+ALLEENSTAANDE_OUDER",
    "vrijlating_recht_vanaf": "2025-04-01+2025-10-01",
    "vrijlating_maanden_recht": "6+30",
    "vrijlating_maanden_gebruikt": "6+3",
}
Y = {
    "geboortedatum": "2002-01-05",
    "vrijlating_soort": "MEDISCH_URENBEPERKT",
    "vrijlating_recht_vanaf": "2025-06-01",
}
MONTHS = [f"2026-{number:02d}" for number in range(1, 7)]


@pytest.fixture
def town(tmp_path: Path, store_url: str) -> Workspace:
    """Norms of the first half of 2026 taken in."""
    made = make(tmp_path / "home", store_url, "2026-01-05")
    made.done("import", str(files.norms(tmp_path)))
    return made


def told(town: Workspace, folder: Path, month: str, on: str, *rows: dict[str, str]) -> None:
    """A delivery arrives and everything is settled."""
    number = len(town.query("SELECT 1 FROM delivery"))
    sent = on.replace("-", "")
    town.done("import", str(files.delivery(folder, month, sent, *rows, number=number)), on=on)
    town.done("settle", on=on)


def settlement(town: Workspace, no: int, month: str) -> dict[str, Any]:
    rows = [
        row for row in town.done("export", "settlements")
        if (row["client_no"], row["month"]) == (f"K{no:07d}", month)
    ]  # fmt: skip
    return max(rows, key=lambda row: int(row["version"]))


def line(town: Workspace, month: str, name: str = "exemption_1") -> dict[str, Any]:
    """A line of the explanation of client 1001."""
    figures = town.done("explain", "K0001001", month)["figures"]
    return next(figure for figure in figures if figure["name"] == name)


def test_c16_and_c17_come_out_to_the_cent_through_import_and_settle(
    town: Workspace, tmp_path: Path
) -> None:
    parent, restricted = files.client("1001", **N_THEN_R), files.client("1002", **Y)
    town.done("import", str(files.clients(tmp_path, parent, restricted)))
    told(town, tmp_path, "2026-01", "2026-02-20", files.wage(1001, "2026-01", 78000),
         files.wage(1002, "2026-01", 64000))  # fmt: skip
    names = ("exemption_cents", "benefit_cents", "holiday_allowance_cents", "entitlement_cents",
             "difference_cents")  # fmt: skip
    assert [[settlement(town, no, "2026-01")[name] for name in names] for no in (1001, 1002)] == [
        [9750, 68305, 3595, 146305, 13162],
        [9600, 81463, 4287, 145463, 12320],
    ]
    parents = line(town, "2026-01")["inputs"]
    assert {name: parents[name] for name in ("kind", "rate_per_100000", "cap_cents")} == {
        "kind": "r", "rate_per_100000": 12500, "cap_cents": 17766,
    }  # fmt: skip
    assert (parents["months_used"], parents["months_entitled"]) == (4, 30)
    assert {right["kind"]: right["why_not"] for right in parents["rights"]} == {
        "n": "alle maanden zijn gebruikt", "r": "",
    }  # fmt: skip


def test_c13_a_correction_to_zero_frees_a_month_of_n_for_a_later_one(
    town: Workspace, tmp_path: Path
) -> None:
    town.done("import", str(files.clients(tmp_path, files.client("1001", **N))))
    for month in MONTHS:
        on = f"2026-{int(month[5:]) + 1:02d}-20"
        told(town, tmp_path, month, on, files.wage(1001, month, 60000))

    def months() -> list[tuple[int, int]]:
        rows = [settlement(town, 1001, month) for month in MONTHS]
        return [(row["exemption_cents"], row["difference_cents"]) for row in rows]

    # One of six was used before: June is the seventh month with work.
    assert months() == [(15000, 17250)] * 5 + [(0, 3000)]
    seventh = line(town, "2026-06")
    assert (seventh["cents"], seventh["inputs"]["none_because"]) == (
        0, "geen van de rechten geeft iets",
    )  # fmt: skip
    assert seventh["inputs"]["rights"][0]["why_not"] == "alle maanden zijn gebruikt"

    told(town, tmp_path, "2026-02", "2026-07-27", files.wage(1001, "2026-02", 0, tag="GEWIJZIGD"))
    assert months() == [(15000, 17250), (0, 0)] + [(15000, 17250)] * 4
    sixth = line(town, "2026-06")["inputs"]
    assert (sixth["kind"], sixth["months_used"], sixth["months_entitled"]) == ("n", 6, 6)
    assert town("check").code == 0


def test_the_end_of_an_exemption_is_told_in_its_last_months(
    town: Workspace, tmp_path: Path
) -> None:
    last_of_r = N_THEN_R | {"vrijlating_recht_vanaf": "2023-01-01+2023-10-01"}
    clients = [files.client("1001", **N), files.client("1002", **last_of_r),
               files.client("1003", **Y), files.client("1004")]  # fmt: skip
    town.done("import", str(files.clients(tmp_path, *clients)))
    ending: dict[str, list[str]] = {}
    for month in MONTHS:
        on = f"2026-{int(month[5:]) + 1:02d}-20"
        rows = [files.wage(no, month, 60000) for no in (1001, 1002, 1003, 1004)]
        told(town, tmp_path, month, on, *rows)
        town.done("nightly", on=on)
        for row in town("findings", "list", on=on).data:
            if row["code"] == "EXEMPTION_ENDING":
                ending.setdefault(row["client_no"], []).append(row["month"])
    # n: five of six are used in April. r: thirty months from 2023-10 end with March. Each is told a
    # month ahead, and stands until its last month is settled.
    assert ending == {"K0001001": ["2026-05"] * 2, "K0001002": ["2026-03"] * 2}


def test_under_27_n_is_there_in_2026_only_where_the_municipality_tolerates_it(
    town: Workspace, tmp_path: Path
) -> None:
    young = files.client("1001", **N | {"geboortedatum": "2002-01-05"})
    town.done("import", str(files.clients(tmp_path, young)))
    told(town, tmp_path, "2026-01", "2026-02-20", files.wage(1001, "2026-01", 60000))
    assert line(town, "2026-01")["inputs"]["rights"][0]["why_not"].startswith("jonger dan 27")
    town.change_settings(("tolerate_under27_2026 = false", "tolerate_under27_2026 = true"))
    told(town, tmp_path, "2026-02", "2026-03-20", files.wage(1001, "2026-02", 60000))
    assert [settlement(town, 1001, month)["exemption_cents"] for month in MONTHS[:2]] == [0, 15000]
