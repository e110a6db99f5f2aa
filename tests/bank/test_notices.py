"""The bank's detail notice tells what stands behind one sum, and is never booked itself."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from surplus.bank.notices import read_notices
from surplus.intake.deliveries import take_in
from surplus.intake.outcome import Outcome
from tests.bank.conftest import Bank, codes
from tests.bank.paper import OURS, Entry, Statement, document, wage

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
SUM, BATCH = "VERZAMEL-7", "SUR20261120001"
#: What the statement shows of 743.12 and 510.00 that an employer pays as one.
ONE_SUM = Entry(125312, batch=SUM)
PARTS = (wage(74312), wage(51000, 1002))


def notice(
    *details: Entry, total: int = 0, version: str = "08", iban: str = OURS, on: str = "2026-03-25"
) -> bytes:
    """A notice of one entry with these transactions."""
    entry = Entry(total or sum(each.cents for each in details), batch=SUM, booked_on=on)
    whole = Statement(1, 0, (entry,), iban=iban)
    text = document(whole, version=f"camt.054.001.{version}").decode()
    text = re.sub("<Bal>.*?</Bal>", "", text).replace("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn")
    told = "".join(each.details for each in details)
    return text.replace("Stmt>", "Ntfctn>").replace("</Btch>", f"</Btch>{told}").encode()


def told(bank: Bank, content: bytes) -> Outcome:
    with bank.work() as work:
        outcome = take_in(work, "notice.xml", content, {"camt054": read_notices})
    assert outcome.kind == "camt054"
    return outcome


@pytest.fixture
def expecting(town: Bank) -> Bank:
    """Of both clients a wage of March is told."""
    town.tell(1, 1001, 202603, 74312)
    town.tell(2, 1002, 202603, 51000)
    return town


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_sum_of_wages_goes_to_each_client_whichever_file_comes_first(
    expecting: Bank, version: str
) -> None:
    content = notice(*PARTS, version=version)
    counts = told(expecting, content).counts
    assert (counts["entries"], counts["details"]) == (1, 2)
    assert (expecting.entries(), expecting.findings()) == ([], [])  # never booked
    expecting.day(ONE_SUM)
    assert (expecting.received(1), expecting.received(2)) == ({202603: 74312}, {202603: 51000})
    assert (expecting.findings(), expecting.broken()) == ([], [])


def test_a_sum_that_stands_in_suspense_is_divided_once_its_notice_has_come(
    expecting: Bank,
) -> None:
    expecting.day(ONE_SUM)
    assert [row[0] for row in expecting.findings()] == ["UNMATCHED"]
    told(expecting, notice(*PARTS))
    assert expecting.match() == {"assigned": 1, "moved": 0, "unmatched": 0}
    assert (expecting.received(1), expecting.received(2)) == ({202603: 74312}, {202603: 51000})
    assert (expecting.balance(1900), expecting.findings(), expecting.broken()) == (0, [], [])
    told(expecting, notice(*PARTS).replace(b"<MsgId>M</MsgId>", b"<MsgId>M2</MsgId>"))
    assert expecting.match()["assigned"] == 0


def test_payments_that_came_back_as_one_sum_each_keep_their_reason(town: Bank) -> None:
    town.send(BATCH, (1001, 500), (1002, 700), (1001, 900))
    town.day(Entry(-2100, batch=BATCH))
    back = [
        Entry(cents, "A. Jansen", "", family="PMNT-ICDT-RRTN", end_to_end=f"{BATCH}-00000{n}",
              extra=f"<RtrInf><Rsn><Cd>{why}</Cd></Rsn></RtrInf>")
        for n, cents, why in ((1, 500, "AC04"), (2, 700, "MD07"))
    ]  # fmt: skip
    sent = notice(*back, on="2026-03-27").replace(b"<SubFmlyCd>ESCT", b"<SubFmlyCd>RRTN")
    told(town, sent.replace(b"<Cd>RCDT", b"<Cd>ICDT"))
    town.day(replace(ONE_SUM, cents=1200, family="PMNT-ICDT-RRTN"), on="2026-03-27")
    assert town.query("SELECT state FROM obligation ORDER BY obligation") == [
        ("RETURNED",), ("RETURNED",), ("BOOKED",)
    ]  # fmt: skip
    assert [row[:2] for row in town.findings()] == [
        ("IBAN_BLOCKED", 1001),
        ("PAYEE_DECEASED", 1002),
    ]
    assert town.broken() == []


def test_a_debit_that_names_nothing_is_the_payments_of_its_notice(town: Bank) -> None:
    town.send(BATCH, (1001, 500), (1002, 700))
    town.day(Entry(-1200, batch=SUM))
    own = [Entry(-c, end_to_end=f"{BATCH}-00000{n}") for n, c in ((1, 500), (2, 700))]
    told(town, notice(*own))
    town.match()
    assert town.query("SELECT DISTINCT state FROM obligation") == [("BOOKED",)]
    assert (town.balance(1010), town.balance(1900), town.broken()) == (0, 0, [])


@pytest.mark.parametrize(
    "contents",
    [
        [notice(wage(74312), Entry(51000, "Onbekend", "", text="cadeau"))],
        [notice(*PARTS), notice(wage(51000), wage(74312, 1002))],
        [notice(*PARTS, total=125313)],
        [notice(*PARTS, iban="NL65BNGH0285000025")],
        [notice(*PARTS, on="2026-02-25")],
    ],
    ids=["one is unknown", "two notices differ", "not the sum", "another account", "last month"],
)
def test_where_a_notice_leaves_doubt_the_sum_waits_for_a_person(
    expecting: Bank, contents: list[bytes]
) -> None:
    said = [codes(told(expecting, content)) for content in contents]
    assert said[-1] in ([], ["B05"], ["B10"])
    expecting.day(ONE_SUM)
    assert (expecting.balance(1900), expecting.received(1)) == (-125312, {})
    assert expecting.broken() == []


def test_a_notice_that_fits_two_lines_divides_neither(expecting: Bank) -> None:
    told(expecting, notice(*PARTS))
    expecting.day(ONE_SUM, ONE_SUM)
    assert (expecting.balance(1900), expecting.received(1)) == (-2 * 125312, {})


def test_the_bank_s_own_reference_tells_two_lines_apart(expecting: Bank) -> None:
    named = b"</BookgDt><AcctSvcrRef>REF-1</AcctSvcrRef>"
    told(expecting, notice(*PARTS).replace(b"</BookgDt>", named))
    statement = document(Statement(1, 0, (ONE_SUM, ONE_SUM)))
    parts = statement.split(b"</BookgDt>")
    expecting.take(parts[0] + named + parts[1] + named.replace(b"1", b"2") + parts[2])
    assert (expecting.balance(1900), expecting.received(1)) == (-125312, {202603: 74312})
    assert expecting.broken() == []


def test_a_notice_without_an_account_is_empty(town: Bank) -> None:
    empty = re.sub(rb"<Ntfctn>.*</Ntfctn>", b"", notice(*PARTS))
    assert codes(told(town, empty)) == ["F14"]
