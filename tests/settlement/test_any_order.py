"""Whatever the order in which files arrive, and whenever is settled, the books end the same.

Flat deliveries, answers of SuwiML and payslips about the same people, which overlap, correct, take
back and repeat each other.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from jobs.import_files import readers
from surplus.config import Settings
from surplus.intake.deliveries import take_in
from surplus.ledger import invariants
from surplus.reports import tables
from surplus.store.engine import reading
from tests.acceptance import files
from tests.intake import suwi_files
from tests.payout.town import Town
from tests.schemas import SCHEMAS, needs_schemas

pytestmark = needs_schemas

ORDERS = 6
READERS = readers(SCHEMAS)
MONTHS = [f"2025-{month:02d}" for month in range(7, 13)]
BAKERY = {"loonheffingennummer": "999990032L01", "naam_werkgever": "Bakkerij Korenaar"}
SINCE_JULY = {"dat_b_ikv": "20250701"}
WEEKLY = {"dat_b_ikv": "20250707"}
N = {
    "vrijlating_soort": "VRIJLATING_25", "vrijlating_recht_vanaf": "2025-01-01",
    "vrijlating_maanden_recht": "6", "vrijlating_maanden_gebruikt": "2",
}  # fmt: skip


@pytest.fixture
def arriving(tmp_path: Path) -> list[Path]:
    """Half a year of five people: what is delivered, corrected, withdrawn and told by payslip."""
    weeks = ["2025-07-07", "2025-08-04", "2025-09-01", "2025-09-29", "2025-10-27", "2025-11-24"]
    told: dict[str, list[dict[str, str]]] = {}
    for month in MONTHS:
        told[month] = [files.wage(no, month, 60000, **SINCE_JULY) for no in (1001, 1002, 1004)]
        told[month].append(files.wage(1005, month, 35025, **SINCE_JULY))
        told[month].append(files.wage(1005, month, 51280, **SINCE_JULY, **BAKERY))
    for begin in weeks:
        row = files.four_weeks(1003, begin, 80000, **WEEKLY)
        ends = row["dat_e_iko"]
        told[f"{ends[:4]}-{ends[4:6]}"].append(row)
    year_end = {"indicatief_netto_bijz": "600,00", "extra_prd_salaris": "800,00"}
    told["2025-12"][0] |= year_end
    told["2025-11"].append(files.wage(1001, "2025-10", 60000, tag="ONGEWIJZIGD", **SINCE_JULY))
    changed = {"tag": "GEWIJZIGD", **SINCE_JULY}
    corrections = {
        "20251021": [files.wage(1001, "2025-08", 65000, **changed)],
        "20251121": [
            files.wage(1001, "2025-08", 68000, **changed),
            files.wage(1002, "2025-09", 0, **changed),
            files.wage(1004, "2025-10", 0, **changed)
            | {"tag": "INGETROKKEN", "loon_lb": "", "bruto_loon_sv": "", "indicatief_netto": "",
               "ingehouden_lb": "", "opgb_recht_vt": "", "reiskosten_onbelast": "",
               "indicatief_netto_bijz": "", "verloonde_uren": ""},
        ],
        "20260112": [files.four_weeks(1003, "2025-09-29", 91234, **WEEKLY, tag="GEWIJZIGD")],
    }  # fmt: skip
    sent = [f"{files.Month.parse(month).plus(1)}-20".replace("-", "") for month in MONTHS]
    sent[-1] = "20260111"
    deliveries = [*zip(sent, told.values(), strict=True), *corrections.items()]
    paths = [
        files.delivery(tmp_path, f"{on[:4]}-{on[4:6]}", on, *rows, number=number)
        for number, (on, rows) in enumerate(sorted(deliveries, key=lambda one: one[0]), start=1)
    ]
    slip = files.payslip(1005, "2025-11", 35090, opbouw_vt_netto="20,00")
    # Two equal payslips that are both real, and another file that repeats one of them.
    half = files.payslip(1002, "2025-12", 30000)
    other = files.payslip(1004, "2025-12", 60050)
    overlapping = [
        files.payslips(tmp_path, slip),
        files.payslips(tmp_path, half, half, name="twice.csv"),
        files.payslips(tmp_path, half, other, name="again.csv"),
    ]
    return [*paths, *answers(tmp_path), *overlapping]


def answers(folder: Path) -> list[Path]:
    """Deliveries of SuwiML: about somebody of whom no other tells, and about 1004 as well."""

    def about(no: int, *months: tuple[str, int]) -> str:
        statements = [
            suwi_files.statement(
                f"{period.first_day:%Y%m%d}", f"{period.last_day:%Y%m%d}", cents, hours="40"
            )
            for period, cents in ((files.Month.parse(month), cents) for month, cents in months)
        ]
        since = suwi_files.stretch("20250701")
        job = suwi_files.relation(*statements, stretches=[since], DatBIkv="20250701")
        return suwi_files.message(job, bsn=files.bsn(no), searched=("20250701", "20251231"))

    first, last = MONTHS[:3], MONTHS[3:]
    nobody = suwi_files.nothing(int(files.bsn(1007)))
    told = [
        ("2025-10-22", "2025-09", about(1006, *((month, 50_000) for month in first))),
        ("2025-11-22", "2025-10", about(1004, ("2025-08", 64_000)), about(1006, (last[0], 51_000))),
        ("2025-12-22", "2025-11", suwi_files.fault(int(files.bsn(1006)))),
        ("2026-01-12", "2025-11", about(1006, *((month, 52_000) for month in (first[1], *last)))),
        ("2026-01-12", "2025-12", nobody, about(1006, (last[0], 52_000), (last[2], 52_000))),
    ]
    paths = []
    for number, (sent, month, *messages) in enumerate(told, 1):
        head = suwi_files.header(number, sent, Maand=month, LeveringId=f"SUWI-{number}")
        paths.append(folder / f"suwi-{number}.xml")
        paths[-1].write_bytes(suwi_files.delivery(*messages, head=head))
    return paths


@pytest.fixture
def people(tmp_path: Path) -> Path:
    def told(no: int, **more: str) -> dict[str, str]:
        return files.client(str(no), "2025-07-01", toestemming_datum="2025-06-20", **more)

    others = (told(no) for no in (1001, 1003, 1004, 1005, 1006, 1007))
    return files.clients(tmp_path, told(1002, **N), *others)


def town(engine: Engine, settings: Settings, people: Path, number: int) -> Town:
    """A municipality of its own in the same store, with the same people."""
    about = settings.municipality.model_copy(update={"code": f"{number:04d}"})
    made = Town(engine, settings.model_copy(update={"municipality": about}))
    take(made, people, "2026-01-12")
    return made


def take(here: Town, path: Path, on: str) -> None:
    content, code = path.read_bytes(), here.settings.code.encode()
    for before, after in ((b";", b";"), (b"<il:Gemeentecode>", b"<")):
        content = content.replace(before + b"0999" + after, before + code + after)
    with here.work(on, "system", "import") as work:
        outcome = take_in(work, path.name, content, READERS)
    assert outcome.verdict == "accepted", outcome.messages("en")


def end(here: Town) -> dict[str, Any]:
    """Figures, counters, balances and what waits for a person, as they stand."""
    code = here.settings.code
    figures = here.query(
        """SELECT client, month, state, norm_cents, wage_cents, countable_cents, exemption_cents,
                  benefit_cents, holiday_allowance_cents, passed_on_cents, entitlement_cents,
                  fixed_cents, exemption_kind_1, months_used_1
           FROM settlement AS s WHERE municipality = :code AND state = 'settled' AND version = (
                SELECT MAX(version) FROM settlement AS last WHERE last.municipality = :code
                AND last.client = s.client AND last.month = s.month)
           ORDER BY client, month""",
        code=code,
    )
    findings = here.query(
        """SELECT code, client, month, amount_cents FROM finding
           WHERE municipality = :code AND state = 'open' ORDER BY code, client, month""",
        code=code,
    )
    with reading(here.engine) as conn:
        assert invariants.full(conn, code) == []
        balances = tables.balances(conn, here.settings)
    del balances["municipality"]
    return {
        "figures": figures,
        "balances": list(zip(*(column.tolist() for column in balances.values()), strict=True)),
        "findings": findings,
    }


def test_files_in_any_order_with_settling_at_any_time_end_the_same(
    engine: Engine, settings: Settings, people: Path, arriving: list[Path]
) -> None:
    orderly = town(engine, settings, people, 1)
    for path in arriving:
        take(orderly, path, "2026-01-13")
        orderly.settle("2026-01-13")
    wanted = end(orderly)
    assert [one for one in wanted["findings"] if one[0] in ("R18", "R22", "R25")] == []
    assert len([one for one in wanted["figures"] if one[0] < 1007]) == 6 * 6
    for seed in range(ORDERS):
        dice = random.Random(seed)
        here = town(engine, settings, people, 2 + seed)
        for path in dice.sample(arriving, len(arriving)):
            take(here, path, "2026-01-13")
            if dice.random() < 0.3:
                here.settle("2026-01-13")
        here.settle("2026-01-13")
        found = end(here)
        for part in wanted:
            assert found[part] == wanted[part], f"{part}, order {seed}"


def test_clients_settled_one_by_one_end_as_all_at_once(
    engine: Engine, settings: Settings, people: Path, arriving: list[Path]
) -> None:
    together, apart = (town(engine, settings, people, number) for number in (1, 2))
    for paths in (arriving[:5], arriving[5:]):
        for here in (together, apart):
            for path in paths:
                take(here, path, "2026-01-13")
        together.settle("2026-01-13")
        for client in (1007, 1004, 1006, 1002, 1005, 1001, 1003):
            apart.settle("2026-01-13", client)
        assert end(apart) == end(together)
    posted = "SELECT COUNT(*) FROM entry WHERE municipality = :code"
    before = apart.query(posted, code=apart.settings.code)
    apart.settle("2026-01-13")
    assert apart.query(posted, code=apart.settings.code) == before
    assert end(apart) == end(together)
