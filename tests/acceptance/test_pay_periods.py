"""Income of every kind of period, from file to settled figures (domain.md §3.4, §5)."""

# ruff: noqa: E501 (tables are wide)

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from surplus.money import plain
from tests.acceptance import files
from tests.acceptance.workspace import Workspace, make
from tests.rules.tables import rows

BAKERY = {"loonheffingennummer": "999990032L01", "naam_werkgever": "Bakkerij Korenaar"}
UWV = {"loonheffingennummer": "999990044L01", "naam_werkgever": "UWV", "cd_srt_ikv": "33"}
SYMBOLS = {
    "W": "wage_cents", "C": "countable_cents", "E": "exemption_cents", "Bp": "benefit_cents",
    "R": "holiday_allowance_cents", "D": "entitlement_cents", "F": "fixed_payment_cents",
    "D-F": "difference_cents",
}  # fmt: skip


@pytest.fixture
def town(tmp_path: Path, store_url: str) -> Workspace:
    """A municipality without norms of its own, before the first delivery of 2026."""
    return make(tmp_path / "home", store_url, "2026-01-05")


def told(town: Workspace, folder: Path, month: str, on: str, *told: dict[str, str]) -> None:
    """A delivery arrives and everything is settled."""
    number = len(town.query("SELECT 1 FROM delivery"))
    sent = on.replace("-", "")
    town.done("import", str(files.delivery(folder, month, sent, *told, number=number)), on=on)
    town.done("settle", on=on)


def settled(town: Workspace) -> dict[tuple[int, str], dict[str, Any]]:
    """The last version of every client-month."""
    return {
        (int(row["client_no"][1:]), row["month"]): row for row in town.done("export", "settlements")
    }


def euros(row: dict[str, Any], *symbols: str) -> dict[str, str]:
    return {symbol: plain(row[SYMBOLS[symbol]]) for symbol in symbols}


def decide(town: Workspace, no: int, kind: str, *words: str, on: str) -> int:
    """A decision asked for; it waits."""
    asked = town.done(
        "decide", f"K{no:07d}", kind, *words, "--reason", "agreed", on=on, operator="income-1"
    )
    return int(asked["id"])


def approve(town: Workspace, number: int, on: str) -> None:
    town.done("changes", "approve", str(number), on=on, operator="treasury-1")


def explained(town: Workspace, no: int, month: str, name: str, on: str = "") -> dict[str, Any]:
    figures = town.done("explain", f"K{no:07d}", month, on=on)["figures"]
    return next(figure for figure in figures if figure["name"] == name)


# --- a month --------------------------------------------------------------------------------------

MARCH = rows(
    """
    no   | example                              | W       | C       | E      | Bp     | R     | D       | F       | D-F
    1001 | C5 travel is passed on               | 964.40  | 900.00  | 0.00   | 476.43 | 25.07 | 1440.83 | 1331.43 | 109.40
    1002 | C10 two employers, one cap           | 863.05  | 863.05  | 215.76 | 716.50 | 37.71 | 1579.55 | 1331.43 | 248.12
    1003 | C12a holiday pay accrues             | 600.00  | 634.00  | 0.00   | 729.13 | 38.37 | 1329.13 | 1331.43 | -2.30
    1004 | C12b holiday pay is paid             | 1008.00 | 634.00  | 0.00   | 729.13 | 38.37 | 1737.13 | 1331.43 | 405.70
    1005 | C23 a payslip tells an attachment    | 780.00  | 900.00  | 0.00   | 476.43 | 25.07 | 1256.43 | 1331.43 | -75.00
    1006 | the right ends on 15 March           | 620.00  | 300.00  | 0.00   | 359.24 | 18.91 | 979.24  | 644.24  | 335.00
    1007 | four weeks: C11, a month of one      | 800.00  | 866.67  | 0.00   | 508.09 | 26.74 | 1308.09 | 1331.43 | -23.34
    1008 | holiday pay paid with each wage      | 600.00  | 600.00  | 0.00   | 761.43 | 40.07 | 1361.43 | 1331.43 | 30.00
    1009 | the same, told by a payslip          | 600.00  | 600.00  | 0.00   | 761.43 | 40.07 | 1361.43 | 1331.43 | 30.00
    """
)


def test_a_month_comes_out_as_the_worked_examples_to_the_cent(
    town: Workspace, tmp_path: Path
) -> None:
    n = {"vrijlating_soort": "VRIJLATING_25", "vrijlating_recht_vanaf": "2026-01-01",
         "vrijlating_maanden_recht": "6", "vrijlating_maanden_gebruikt": "1"}  # fmt: skip
    special = {
        1002: n,
        1006: {"deelname_tot": "2026-03-15", "status": "BEEINDIGD"},
    }
    people = [files.client(row["no"], "2026-03-01", **special.get(int(row["no"]), {}))
              for row in MARCH]  # fmt: skip
    town.done("import", str(files.clients(tmp_path, *people)))
    accrued = {"opgb_recht_vt": "34,00"}
    paid_out = {"indicatief_netto_bijz": "408,00", "vakantietoeslag": "450,00"}
    slip = files.payslip(1005, "2026-03", 78000, bruto_loon="900,00",
                         inhoudingen_overig="120,00", beslag="120,00", opmerking="beslag")  # fmt: skip
    all_in = files.payslip(1009, "2026-03", 60000, bruto_loon="604,80",
                           vakantietoeslag_bruto="44,80", vakantietoeslag_netto="40,00")  # fmt: skip
    town.done(
        "import",
        str(files.delivery(
            tmp_path, "2026-03", "20260420",
            files.wage(1001, "2026-03", 90000, reiskosten_onbelast="64,40"),
            files.wage(1002, "2026-03", 35025), files.wage(1002, "2026-03", 51280, **BAKERY),
            files.wage(1003, "2026-03", 60000, **accrued),
            files.wage(1004, "2026-03", 60000, **accrued, **paid_out, loon_lb="1050,00"),
            files.wage(1005, "2026-03", 90000),
            files.wage(1006, "2026-03", 62000),
            files.four_weeks(1007, "2026-02-23", 80000),
            files.wage(1008, "2026-03", 56000, vakantietoeslag="44,80", loon_lb="604,80",
                       indicatief_netto_bijz="40,00"),
            files.wage(1009, "2026-03", 60000),
        )),
        str(files.payslips(tmp_path, slip, all_in)),
        on="2026-04-20",
    )  # fmt: skip
    town.done("settle", on="2026-04-20")
    found = settled(town)
    symbols = [name for name in MARCH[0] if name in SYMBOLS]
    assert [euros(found[int(row["no"]), "2026-03"], *symbols) for row in MARCH] == [
        {symbol: row[symbol] for symbol in symbols} for row in MARCH
    ]
    assert town("check", on="2026-04-20").code == 0


TABLE = rows(
    """
    no   | C      | Bp     | R     | W      | D       | D-F
    1001 | 648.00 | 715.83 | 37.67 | 600.00 | 1315.83 | -15.60
    1002 | 951.23 | 427.76 | 22.51 | 900.00 | 1327.76 | -3.67
    """
)


def test_under_table_the_claim_of_the_law_counts_and_explain_names_its_article(
    town: Workspace, tmp_path: Path
) -> None:
    town.change_settings(('holiday_claim_method = "PAYROLL"', 'holiday_claim_method = "TABLE"'))
    town.done("import", str(files.clients(tmp_path, files.client("1001"), files.client("1002"))))
    told(town, tmp_path, "2026-01", "2026-02-20",
         files.wage(1001, "2026-01", 60000, opgb_recht_vt="60,00"),
         files.wage(1002, "2026-01", 90000, opgb_recht_vt="90,00"))  # fmt: skip
    found = settled(town)
    assert [
        euros(found[int(row["no"]), "2026-01"], *TABLE[0].keys() - {"no"}) for row in TABLE
    ] == [{symbol: row[symbol] for symbol in row if symbol != "no"} for row in TABLE]
    inputs = explained(town, 1001, "2026-01", "income")["inputs"]
    assert inputs["holiday_pay"] == 4800
    assert "Regeling Participatiewet art. 11" in inputs["holiday_pay_by"]


# --- four weeks -----------------------------------------------------------------------------------


def test_c11_a_year_of_four_weekly_wage_and_its_check_in_december(
    town: Workspace, tmp_path: Path
) -> None:
    """Norms of the whole of 2026 are those of January, as the example has them."""
    norms = files.norms(tmp_path)
    norms.write_text(norms.read_text(encoding="utf-8").replace("2026-06-30", "2026-12-31"), "utf-8")
    town.done("import", str(norms))
    started = files.client("1001", "2025-12-01", toestemming_datum="2025-11-20",
                           normcategorie="PW_ALLEENSTAANDE_21_AOW")  # fmt: skip
    town.done("import", str(files.clients(tmp_path, started)))
    since = {"dat_b_ikv": "20251229"}
    begins = [str(files.date(2025, 12, 29) + files.timedelta(28 * n)) for n in range(13)]
    periods = [files.four_weeks(1001, begin, 80000, **since) for begin in begins]
    told(town, tmp_path, "2026-11", "2026-12-20", *periods[:12])
    months = [f"2026-{month:02d}" for month in range(1, 13)]
    found = settled(town)
    assert (1001, "2026-12") not in found, "the last period is still to come"
    told(town, tmp_path, "2026-12", "2027-01-20", periods[12])
    found = settled(town)
    year = [found[1001, month] for month in months]
    assert [row["countable_cents"] for row in year] == [86667] * 11 + [86663]
    assert [row["wage_cents"] for row in year] == [80000] * 10 + [160000, 80000]
    assert [row["difference_cents"] for row in year] == [-2334] * 10 + [77666, -2330]
    assert {row["version"] for row in year} == {1}, "the check moves no month that was settled"
    inputs = explained(town, 1001, "2026-12", "income", on="2027-01-20")["inputs"]
    assert (inputs["ink"], inputs["yearly_check"]) == (86667, -4)
    thirteenth = explained(town, 1001, "2026-11", "income", on="2027-01-20")["inputs"]["parts"][1]
    assert (thirteenth["ink"], thirteenth["W"]) == (0, 80000)


def test_another_method_for_an_employment_counts_once_it_is_approved(
    town: Workspace, tmp_path: Path
) -> None:
    town.done("import", str(files.clients(tmp_path, files.client("1001", "2026-03-01"))))
    on, since = "2026-05-20", {"dat_b_ikv": "20260302"}
    told(town, tmp_path, "2026-04", on, files.four_weeks(1001, "2026-03-02", 80000, **since),
         files.four_weeks(1001, "2026-03-30", 82800, **since))  # fmt: skip
    assert settled(town)[1001, "2026-03"]["countable_cents"] == 86667
    number = decide(town, 1001, "pay-periods", "--employer", files.HELDER[1], "--value", "by-days",
                    on=on)  # fmt: skip
    town.done("settle", on=on)
    assert settled(town)[1001, "2026-03"]["countable_cents"] == 86667, "one person decides nothing"
    approve(town, number, on)
    town.done("settle", on=on)
    march = settled(town)[1001, "2026-03"]
    assert (march["countable_cents"], march["wage_cents"], march["cause"]) == (
        80000 + 5914, 80000, "decision",
    ), "two of 28 days of the second period"  # fmt: skip
    assert town.done("explain", "K0001001", "2026-04", on=on)["state"] == "open", "28 April on"
    assert town("check", on=on).code == 0


def test_c24_weekly_payslips_fall_into_months_by_days(town: Workspace, tmp_path: Path) -> None:
    """A job that began on Monday 30 March, told by its employer week by week."""
    town.done("import", str(files.clients(tmp_path, files.client("1001", "2026-03-01"))))
    on, since = "2026-05-20", {"dat_b_ikv": "20260330"}
    weeks = [
        files.payslip(1001, "2026-03", 17500, periode_soort="04", periode_begin=str(first),
                      periode_eind=str(first + files.timedelta(6)),
                      betaaldatum=str(first + files.timedelta(8)))
        for first in (files.date(2026, 3, 30) + files.timedelta(7 * n) for n in range(5))
    ]  # fmt: skip
    town.done(
        "import",
        str(files.delivery(
            tmp_path, "2026-04", "20260520",
            files.wage(1001, "2026-03", 5000, dat_b_iko="20260330", **since),
            files.wage(1001, "2026-04", 75000, **since),
        )),
        str(files.payslips(tmp_path, *weeks)),
        on=on,
    )  # fmt: skip
    town.done("settle", on=on)
    found = settled(town)
    march, april = found[1001, "2026-03"], found[1001, "2026-04"]
    assert (march["countable_cents"], march["wage_cents"]) == (5000, 0)
    assert (april["countable_cents"], april["wage_cents"]) == (75000, 70000)
    parts = explained(town, 1001, "2026-03", "income")["inputs"]["parts"]
    assert [(part["period"], part["ink"]) for part in parts] == [("2026-03-30–2026-04-05", 5000)]


# --- year-end pay ---------------------------------------------------------------------------------


def test_p1_year_end_pay_lowers_the_months_that_built_it_up_and_makes_no_claim(
    town: Workspace, tmp_path: Path
) -> None:
    """V 942.51, net wage 661.84, in December net 397.35: twelve times 33.11, the last 33.14."""
    town.change_settings(('holiday_mode = "INCL"', 'holiday_mode = "EXCL"'))
    town.done("import", str(files.clients(tmp_path, files.client("1001"))))
    norm = decide(town, 1001, "norm", "--amount", "992,12", "--from", "2026-01-01",
                  on="2026-01-05")  # fmt: skip
    approve(town, norm, "2026-01-05")
    months = [f"2026-{month:02d}" for month in range(1, 13)]
    wages = [files.wage(1001, month, 66184) for month in months]
    told(town, tmp_path, "2026-11", "2026-12-20", *wages[:11])
    before = settled(town)
    assert {before[1001, month]["benefit_cents"] for month in months[:11]} == {28067}
    assert {before[1001, month]["difference_cents"] for month in months[:11]} == {0}
    year_end = {"indicatief_netto_bijz": "397,35", "extra_prd_salaris": "626,16",
                "loon_lb": "1300,00"}  # fmt: skip
    told(town, tmp_path, "2026-12", "2027-01-20", wages[11] | year_end)

    after = settled(town)
    assert [after[1001, month]["benefit_cents"] for month in months] == [24756] * 11 + [24753]
    assert after[1001, "2026-12"]["wage_cents"] == 66184 + 39735
    journal = [row for row in town.done("export", "journal") if row["booked_on"] == "2027-01-20"]
    lowered = {row["month"]: row["amount_cents"] for row in journal if row["account"] == 2000}
    assert [lowered[month] for month in months[:11]] == [3311] * 11, "posted as differences"
    assert not [row for row in town.done("export", "journal") if row["account"] == 1400]
    (stand,) = town.done("export", "balances")
    assert stand["position_cents"] == 0
    assert stand["claim_cents"] == 0
    july = explained(town, 1001, "2026-07", "income", on="2027-01-20")["inputs"]
    assert july["year_end"] == 3311
    assert [part["period"] for part in july["parts"]] == [
        "2026-07-01–2026-07-31", "2026-12-01–2026-12-31",
    ]  # fmt: skip
    # Of income older than six months a lowering is set off by decision only (Pw art. 58(4)).
    open_ones = [row for row in town.done("findings", "list", on="2027-01-20")
                 if row["code"] == "OLD_CORRECTION"]  # fmt: skip
    assert [row["month"] for row in open_ones] == months[:6]
    assert town("check", on="2027-01-20").code == 0


# --- who is paid ----------------------------------------------------------------------------------


def test_another_benefit_is_held_until_it_is_decided_to_whom_it_is_paid(
    town: Workspace, tmp_path: Path
) -> None:
    """Unemployment benefit (33) counts fully, without exemption and without cash to the buffer."""
    n = {"vrijlating_soort": "VRIJLATING_25", "vrijlating_recht_vanaf": "2026-01-01",
         "vrijlating_maanden_recht": "6", "vrijlating_maanden_gebruikt": "0"}  # fmt: skip
    town.done("import", str(files.clients(tmp_path, files.client("1001", **n))))
    on = "2026-02-20"
    told(town, tmp_path, "2026-01", on, files.wage(1001, "2026-01", 40000),
         files.wage(1001, "2026-01", 30000, **UWV))  # fmt: skip
    held = town.done("rejected", "list", on=on)
    assert [(row["code"], row["state"]) for row in held] == [("R22", "held")]
    number = decide(town, 1001, "paid_to", "--employer", UWV["loonheffingennummer"],
                    "--payee", "client", on=on)  # fmt: skip
    approve(town, number, on)
    town.done("settle", on=on)
    assert town.done("rejected", "list", on=on) == []
    january = settled(town)[1001, "2026-01"]
    assert euros(january, "W", "C", "E") == {"W": "400.00", "C": "700.00", "E": "100.00"}
    told_by = town.done("explain", "K0001001", "2026-01", on=on)["figures"]
    kinds = [(one["cents"], "kind" in one["inputs"]) for one in told_by if one["name"] == "income"]
    assert kinds == [(40000, False), (30000, True)]
