"""The oracle held against the published worked examples, before anything is held against it."""

import ast
import json
from datetime import date
from pathlib import Path

import pytest

from tests.oracle import reading
from tests.oracle.dates import first_day, month_text, pay_date, prepare_date
from tests.oracle.identifiers import client_text
from tests.oracle.ledger import BENEFIT, BUFFER, RECEIVABLE, RESERVE, Oracle
from tests.oracle.model import Client, Employer, Movement, Person, Row, Wage
from tests.oracle.rules import (
    NOTHING,
    Exemption,
    Figures,
    N,
    R,
    Relief,
    client_month,
    exemptions,
    paid_part,
)

DATA = Path(__file__).parent / "data"
SINGLE, COUPLE = 140150, 200213
SENT = "2026-11-24"


def test_the_oracle_imports_nothing_of_the_product():
    for path in Path(__file__).parent.glob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        names = [a.name for n in nodes if isinstance(n, ast.Import) for a in n.names]
        names += [n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)]
        assert not {name.split(".")[0] for name in names} & {"surplus", "jobs"}, path.name


def worked(
    wage: int,
    countable: list[int],
    reliefs: list[Relief],
    *,
    norm: int = SINGLE,
    passed_on: int = 0,
    fixed: int = 0,
) -> Figures:
    """One client-month from the symbols of the worked examples."""
    exempt = sum(exemptions(norm, countable, reliefs))
    return client_month(norm, fixed or paid_part(norm), wage, passed_on, sum(countable), exempt)


@pytest.mark.parametrize(
    ("figures", "exemption", "paid", "reserved", "due", "difference"),
    [
        pytest.param(worked(60000, [60000], [N]), 15000, 90393, 4757, 150393, 17250, id="C1"),
        pytest.param(worked(120000, [120000], [N]), 28500, 46218, 2432, 166218, 33075, id="C2"),
        pytest.param(worked(165000, [165000], [N]), 0, 0, 0, 165000, 31857, id="C3"),
        pytest.param(
            worked(42000, [42000], [NOTHING], fixed=145000), 0, 93243, 4907, 135243, -9757, id="C4"
        ),
        pytest.param(
            worked(96440, [90000], [NOTHING], passed_on=6440),
            0, 47643, 2507, 144083, 10940, id="C5",
        ),
        pytest.param(worked(86305, [86305], [N]), 21576, 71650, 3771, 157955, 24812, id="C10"),
        pytest.param(worked(60000, [63400], [NOTHING]), 0, 72913, 3837, 132913, -230, id="C12a"),
        pytest.param(
            worked(100800, [63400], [NOTHING], passed_on=40800),
            0, 72913, 3837, 173713, 40570, id="C12b",
        ),
        pytest.param(worked(60000, [60000], [NOTHING]), 0, 76143, 4007, 136143, 3000, id="C13"),
        pytest.param(
            worked(170000, [52000, 118000], [N, N], norm=COUPLE),
            41500, 68127, 3586, 238127, 47925, id="C14",
        ),
        pytest.param(worked(78000, [78000], [R]), 9750, 68305, 3595, 146305, 13162, id="C16"),
    ],
)  # fmt: skip
def test_a_worked_example_comes_out_to_the_cent(
    figures, exemption, paid, reserved, due, difference
):
    assert figures.exemption == exemption
    assert (figures.benefit, figures.holiday_allowance) == (paid, reserved)
    assert (figures.entitlement, figures.difference) == (due, difference)


def manifest(name: str) -> dict:
    return json.loads((DATA / "income_manifest.json").read_text(encoding="utf-8"))["files"][name]


def delivery(name: str) -> list[Row]:
    return reading.read_delivery((DATA / name).read_text(encoding="utf-8"))


def oracle_of_march() -> Oracle:
    """The five published clients, the delivery of March, settled through March."""
    oracle = Oracle()
    text = (DATA / "clients_manifest.csv").read_text(encoding="utf-8")
    oracle.enrol(reading.read_clients(text))
    oracle.deliver(delivery("doorlevering_2026-03_valid.csv"))
    oracle.settle(date.fromisoformat(SENT), through=202603)
    return oracle


def oracle_of_april() -> Oracle:
    oracle = oracle_of_march()
    oracle.deliver(delivery("doorlevering_2026-04_changes.csv"))
    oracle.settle(date.fromisoformat(SENT), through=202604)
    return oracle


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("doorlevering_2026-03_valid.csv", oracle_of_march),
        ("doorlevering_2026-04_changes.csv", oracle_of_april),
    ],
)
def test_the_published_deliveries_settle_as_their_manifest_says(name, make):
    oracle = make()
    then = manifest(name)["cases"][0]["then"]
    made = {(client_text(v.client), month_text(v.month), v.number): v for v in oracle.versions}
    for told in then["settlements"]:
        version = made[told["client_no"], told["month"], told["version"]]
        for figure, cents in version.figures._asdict().items():
            assert cents == told[f"{figure}_cents"], (told["client_no"], told["month"], figure)
    entries = [posted(entry.lines) for entry in oracle.entries if entry.kind == "settlement"]
    for told in then["entries"]:
        accounts = {account: told[account] for account in ("1300", "4000", "2000", "2010")}
        assert accounts in entries, told
    for told in then["balances"]:
        assert balances(oracle, int(told["client_no"][1:])) == {
            name: cents for name, cents in told.items() if name != "client_no"
        }


def posted(lines) -> dict[str, int]:
    accounts = (RECEIVABLE, BENEFIT, BUFFER, RESERVE)
    return {str(a): sum(x.amount for x in lines if x.account == a) for a in accounts}


def balances(oracle: Oracle, client: int) -> dict[str, int]:
    return {
        "buffer_cents": -oracle.balance(BUFFER, client),
        "position_cents": oracle.position(client),
        "receivable_cents": oracle.balance(RECEIVABLE, client),
        "available_cents": oracle.available(client),
        "holiday_reserve_cents": -oracle.balance(RESERVE, client),
    }


def pay(oracle: Oracle, amount: int, *, on: str = SENT, client: int = 1001) -> None:
    movement = Movement("wage", amount, "SCHOONMAAKBEDRIJF  Helder bv", client=client)
    oracle.statement(date.fromisoformat(on), date.fromisoformat(on), [movement])


def test_a_receipt_within_tolerance_becomes_the_wage_of_the_oldest_open_month():
    oracle = oracle_of_april()
    pay(oracle, 74312)
    oracle.settle(date.fromisoformat(SENT), through=202604)
    march = oracle.outcomes[1001, 202603]
    assert (march.wage, march.countable) == (74312, 77256)
    assert (march.entitlement, march.difference) == (152410, 19267)
    assert posted(oracle.entries[-1].lines) == {"1300": -1986, "4000": 0, "2000": 1986, "2010": 0}


def test_a_receipt_outside_tolerance_is_booked_and_waits_for_a_person():
    oracle = oracle_of_april()
    pay(oracle, 50000)
    oracle.settle(date.fromisoformat(SENT), through=202604)
    assert oracle.outcomes[1001, 202603].wage == 76298
    assert [month for _, month in oracle.cash.differing] == [202603]
    assert oracle.balance(RECEIVABLE, 1001) == 154582 - 50000


def test_a_larger_receipt_fills_the_open_months_and_the_rest_waits_on_its_booking_month():
    oracle = oracle_of_april()
    pay(oracle, 76298 + 78284 + 1000)
    (receipt,) = oracle.cash.receipts
    assert receipt.places == {202603: 76298, 202604: 78284, 202611: 1000}


def test_an_unknown_sender_stays_in_suspense():
    oracle = oracle_of_april()
    pay(oracle, 74312, client=1003)
    oracle.match(date.fromisoformat(SENT))
    assert oracle.cash.receipts[0].employment is None
    assert oracle.balance(RECEIVABLE, 1003) == 176754


WORKER = Client(
    1001,
    (Person("999990019", date(1988, 4, 17), (Exemption("VRIJLATING_25", 202601, 6, 0),)),),
    "ALLEENSTAANDE",
    202601,
)
EMPLOYER = Employer("Werkgever", "999990020L01", "", "")


def row(month: int, wage: Wage) -> Row:
    start = first_day(month)
    end = {202601: 31, 202602: 28}[month]
    return Row("999990019", EMPLOYER, "NIEUW_IKO", date(2025, 12, 1), None, start,
               start.replace(day=end), wage)  # fmt: skip


def test_the_whole_example_of_the_design_ends_in_an_extra_payment_of_192_50():
    oracle = Oracle()
    oracle.enrol([WORKER])
    first = oracle.prepare(prepare_date(202601), 202601)
    oracle.approve(first.prepared, first)
    oracle.deliver([row(202601, Wage(60000, travel=2000))])
    oracle.settle(date(2026, 2, 20))
    assert posted(oracle.entries[-1].lines) == {
        "1300": 62000, "4000": 95150, "2000": -152393, "2010": -4757,
    }  # fmt: skip
    assert oracle.position(1001) == 19250
    assert oracle.available(1001) == 0, "the wage has not been received"
    wage = Movement("wage", 62000, "Werkgever", client=1001)
    oracle.statement(date(2026, 2, 20), date(2026, 2, 19), [wage])
    second = oracle.prepare(prepare_date(202602), 202602)
    assert [(p.kind, p.amount) for p in second.sent] == [("fixed", 133143), ("extra", 19250)]
    assert oracle.position(1001) == oracle.available(1001) == 0


def test_a_withdrawn_month_frees_an_exemption_month_for_a_later_one():
    oracle = Oracle()
    last_month = Exemption("VRIJLATING_25", 202508, 6, 5)
    oracle.enrol([Client(1001, (Person("999990019", date(1988, 4, 17), (last_month,)),),
                         "ALLEENSTAANDE", 202601)])  # fmt: skip
    january, february = row(202601, Wage(60000)), row(202602, Wage(60000))
    oracle.deliver([january, february])
    oracle.settle(date(2026, 3, 20))
    assert oracle.outcomes[1001, 202602].exemption == 0
    oracle.deliver([january.told_as("INGETROKKEN", wage=None)])
    oracle.settle(date(2026, 4, 20), through=202602)
    assert oracle.outcomes[1001, 202601].wage == 0
    assert oracle.outcomes[1001, 202602].exemption == 15000


@pytest.mark.parametrize(
    ("month", "prepared", "paid"),
    [
        (202601, "2026-01-27", "2026-01-30"),
        (202602, "2026-02-24", "2026-02-27"),
        (202603, "2026-03-26", "2026-03-31"),
        (202604, "2026-04-27", "2026-04-30"),
        (202605, "2026-05-26", "2026-05-29"),
    ],
)
def test_the_fixed_date_is_the_last_banking_day_and_is_prepared_three_before(month, prepared, paid):
    assert (str(prepare_date(month)), str(pay_date(month))) == (prepared, paid)
