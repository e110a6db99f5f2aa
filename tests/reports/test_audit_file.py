from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from surplus.ledger.accounts import BUFFER
from surplus.ledger.journal import Draft, Line, book
from surplus.reports import audit_file
from surplus.reports.audit import audit
from surplus.reports.period import Period
from surplus.runs import Work
from surplus.store.engine import reading, writing
from tests.reports.conftest import FIRST, IBANS, LAST, ON
from tests.schemas import SCHEMAS

XSD = SCHEMAS / "xaf" / "XmlAuditfileFinancieel4.0.xsd"


@pytest.fixture
def written(conn, settings, tmp_path) -> Any:
    """Writes the audit files of a period."""

    def write(first: str = FIRST, last: str = LAST) -> list[Path]:
        return audit_file.write(Period(conn, settings, first, last), ON, tmp_path)

    return write


def parsed(path: Path) -> Any:
    """The file without its namespace, which is looked at here."""
    root = etree.parse(path).getroot()
    assert {etree.QName(element).namespace for element in root.iter()} == {
        audit_file.FORMS["4.0"].namespace
    }
    for element in root.iter():
        element.tag = etree.QName(element).localname
    return root


def cents(element: Any, amount: str = "amnt", side: str = "amntTp") -> int:
    """An amount with its sign, debit positive."""
    value = int(element.findtext(amount).replace(".", ""))
    return -value if element.findtext(side) == "C" else value


def opening(root: Any) -> Counter[str]:
    return Counter({line.findtext("accID"): cents(line) for line in root.iter("obLine")})


def movements(root: Any) -> Counter[str]:
    sums: Counter[str] = Counter()
    for line in root.iter("trLine"):
        sums[line.findtext("accID")] += cents(line)
    return sums


def totals(sums: Counter[str]) -> dict[str, int]:
    return {account: amount for account, amount in sums.items() if amount}


def added(one: Counter[str], other: Counter[str]) -> dict[str, int]:
    return totals(Counter({key: one[key] + other[key] for key in {*one, *other}}))


@pytest.mark.skipif(not XSD.is_file(), reason="../shared/schemas/xaf (not ours) is absent")
@pytest.mark.parametrize(("first", "last"), [(FIRST, LAST), ("2025-07-01", LAST)])
def test_the_audit_file_is_valid_by_its_schema(written, first, last):
    schema = etree.XMLSchema(etree.parse(XSD))
    for path in written(first, last):
        schema.assertValid(etree.parse(path))


def test_elements_stand_in_the_order_of_the_published_example(written):
    example = parsed(Path(__file__).parents[1] / "data" / "xaf40_minimal.xml")
    ours = parsed(written()[0])
    for name in ("auditfile", "header", "company", "ledgerAccount", "period", "transaction"):
        theirs = [child.tag for child in next(example.iter(name))]
        mine = [child.tag for child in next(ours.iter(name))]
        assert list(dict.fromkeys(mine)) == list(dict.fromkeys(theirs)), name


def test_what_opens_and_moves_is_the_trial_balance(written, conn, settings):
    root = parsed(written("2026-02-01", LAST)[0])
    ledger = Period(conn, settings, "2026-02-01", LAST).ledger
    trial: Counter[str] = Counter()
    for account, closing in zip(
        ledger["account"].tolist(), ledger["closing"].tolist(), strict=True
    ):
        trial[str(account)] += closing
    assert added(opening(root), movements(root)) == totals(trial)


def test_what_opens_is_what_closed_the_day_before(written):
    before, after = (
        parsed(written(first, last)[0])
        for first, last in ((FIRST, "2026-02-28"), ("2026-03-01", LAST))
    )
    assert totals(opening(after)) == added(opening(before), movements(before)) != {}
    clients = {c.findtext("custSupID"): c for c in before.iter("customerSupplier")}
    for client in after.iter("customerSupplier"):
        earlier = clients[client.findtext("custSupID")]
        assert cents(client, "opBalDesc", "opBalTp") == cents(earlier, "clBalDesc", "clBalTp")


def test_every_count_and_total_is_that_of_the_lines(written):
    root = parsed(written("2026-02-01", LAST)[0])
    for part, name in (("openingBalance", "obLine"), ("transactions", "trLine")):
        told = root.find(f"company/{part}")
        amounts = [cents(line) for line in told.iter(name)]
        assert int(told.findtext("linesCount")) == len(amounts) > 0
        debit = credit = sum(amount for amount in amounts if amount > 0)
        assert told.findtext("totalDebit") == f"{debit // 100}.{debit % 100:02d}"
        assert told.findtext("totalCredit") == f"{credit // 100}.{credit % 100:02d}"
        assert sum(amounts) == 0


def test_debit_is_credit_in_each_transaction(written):
    transactions = list(parsed(written()[0]).iter("transaction"))
    sums = [sum(cents(line) for line in each.iter("trLine")) for each in transactions]
    assert len(sums) == len({each.findtext("nr") for each in transactions}) > 5
    assert set(sums) == {0}


def test_the_balances_of_the_clients_add_up_to_the_buffer(written):
    root = parsed(written("2026-03-01", LAST)[0])
    clients = list(root.iter("customerSupplier"))
    closing = added(opening(root), movements(root))[str(BUFFER)]
    assert sum(cents(c, "opBalDesc", "opBalTp") for c in clients) == opening(root)[str(BUFFER)]
    assert sum(cents(c, "clBalDesc", "clBalTp") for c in clients) == closing != 0
    assert {c.findtext("custSupID") for c in clients} >= {
        element.text for element in root.iter("custSupID")
    }


def test_lines_lead_to_what_they_come_from_and_who_booked_them(written):
    root = parsed(written()[0])
    receipt = root.xpath("//transaction[desc='ontvangst'][trLine/docRef='item:31']")[0]
    assert receipt.findtext("User") == "income-1"
    assert {line.findtext("docRef") for line in root.iter("trLine")} >= {"item:31", "settlement:2"}
    journals = {j.findtext("jrnID"): j.findtext("jrnTp") for j in root.iter("journal")}
    assert journals == {"OPENING": "O", "BANK": "B", "MEMO": "M"}


def test_clients_are_numbers_and_nothing_else(written):
    content = written()[0].read_text()
    assert "K0001001" in content
    assert not [iban for iban in IBANS.values() if iban in content]


def test_a_period_over_new_year_gives_a_file_for_each_book_year(written):
    files = written("2025-07-01", LAST)
    assert [parsed(path).findtext("header/fiscalYear") for path in files] == ["2025", "2026"]


def test_many_entries_are_read_in_slices_without_a_difference(written, monkeypatch):
    whole = written()[0].read_bytes()
    monkeypatch.setattr(audit_file, "SLICE", 2)
    assert written()[0].read_bytes() == whole


def test_later_bookings_leave_the_file_of_an_earlier_period_alone(books, settings, tmp_path):
    def made() -> list[bytes]:
        with reading(books) as conn:
            paths = audit(conn, settings, FIRST, "2026-02-28", ON, tmp_path)
        return [path.read_bytes() for path in paths if path.suffix == ".xaf"]

    before = made()
    with writing(books) as conn:
        work = Work(conn, settings.code, 12, ON, "income-1", settings)
        lines = [Line(1000, -100), Line(4800, 100)]
        book(replace(work, on="2026-03-30"), [Draft("bank-cost", lines)])
    assert made() == before


@pytest.mark.parametrize("version", ["3.2", "3.2.1"])
@pytest.mark.parametrize("first", [FIRST, "2026-03-01"])
def test_older_versions_hold_the_same_and_are_valid_by_their_schema(
    conn, settings, tmp_path, version, first
):
    period = Period(conn, settings, first, LAST)
    (path,) = audit_file.write(period, ON, tmp_path, version)
    root = etree.parse(path).getroot()
    assert etree.QName(root).namespace == audit_file.FORMS[version].namespace
    xsd = SCHEMAS / "xaf" / f"XmlAuditfileFinancieel{version}.xsd"
    if xsd.is_file():
        etree.XMLSchema(etree.parse(xsd)).assertValid(root)
    for element in root.iter():
        element.tag = etree.QName(element).localname
    (newest,) = audit_file.write(period, ON, tmp_path)
    newest = parsed(newest)
    assert (opening(root), movements(root)) == (opening(newest), movements(newest))
    clients = {line.findtext("custSupID"): cents(line) for line in root.iter("obSbLine")}
    held = {
        client.findtext("custSupID"): cents(client, "opBalDesc", "opBalTp")
        for client in newest.iter("customerSupplier")
    }
    assert clients == {client: amount for client, amount in held.items() if amount}
    assert sum(clients.values()) == opening(root)[str(BUFFER)]
