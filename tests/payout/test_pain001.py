"""The file for the bank: against the published examples, the schema and a second writer."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from lxml import etree
from sepaxml import SepaTransfer

from surplus.payout import pain001
from surplus.problems import Refusal

DATA = Path(__file__).parent.parent / "data"
N = {"p": pain001.NAMESPACE}
ORDER = pain001.Order(
    message_id="SUR20261120002",
    prepared_on="2026-11-20",
    due_on="2026-11-24",
    debtor_iban="NL98BNGH0285000013",
    debtor="Gemeente Voorbeeldstad",
    initiator="Gemeente Voorbeeldstad",
)


def payments(*rows, message_id="SUR20261120002"):
    """Columns of (cents, name, iban) rows."""
    return {
        "end_to_end_id": [f"{message_id}-{n:06d}" for n in range(1, len(rows) + 1)],
        "amount_cents": np.array([row[0] for row in rows], dtype=np.int64),
        "name": [row[1] for row in rows],
        "iban": [row[2] for row in rows],
        "remittance": ["Bijstand november 2026"] * len(rows),
    }


THREE = payments(
    (130245, "A. de Vries", "NL91INGB0000001001"),
    (130245, "M. El Amrani", "NL62RABO0100000022"),
    (186064, "J. Janssen", "NL02TRIO0200000034"),
)


def flat(document):
    """Every element with text, without layout and without the debtor's address."""
    for address in document.iterfind(".//{*}PstlAdr"):
        address.getparent().remove(address)
    return [
        (etree.QName(e).localname, e.text) for e in document.iter() if e.text and e.text.strip()
    ]


def test_three_payments_are_the_published_example():
    ours = etree.fromstring(pain001.render(ORDER, THREE))
    example = etree.parse(DATA / "pain001_v09_three.xml").getroot()
    assert flat(ours) == flat(example)


def test_amounts_and_accounts_are_those_of_a_second_writer():
    oracle = SepaTransfer(
        {"name": ORDER.debtor, "IBAN": ORDER.debtor_iban, "BIC": "BNGHNL2G", "batch": True,
         "currency": "EUR"},
        schema="pain.001.001.09",
    )  # fmt: skip
    rows = [(1, "Een Cent"), (99999999999, "Hoogste"), (133143, "A. de Vries")]
    for cents, name in rows:
        oracle.add_payment(
            {"name": name, "IBAN": "NL91INGB0000001001", "amount": cents, "description": "x",
             "execution_date": date(2026, 11, 24)}
        )  # fmt: skip
    ours = pain001.render(ORDER, payments(*((c, n, "NL91INGB0000001001") for c, n in rows)))

    def told(content, path):
        return [e.text for e in etree.fromstring(content).iterfind(f".//{{*}}{path}")]

    theirs = oracle.export()
    for path in ("InstdAmt", "CtrlSum", "NbOfTxs"):
        assert told(ours, path) == told(theirs, path)


def test_the_same_payments_are_the_same_bytes():
    assert pain001.render(ORDER, THREE) == pain001.render(ORDER, dict(THREE))


def test_markup_in_a_name_stays_text():
    evil = payments((100, 'A & B <x> "y"', "NL91INGB0000001001"))
    content = pain001.render(ORDER, evil)
    assert etree.fromstring(content).findtext(".//p:Cdtr/p:Nm", namespaces=N) == 'A & B <x> "y"'
    pain001.check(content, evil)


def test_a_bank_that_is_not_known_is_looked_up_by_the_bank():
    order = ORDER._replace(debtor_iban="NL16TRIO0200000045")
    content = pain001.render(order, THREE)
    agent = etree.fromstring(content).find(".//p:DbtrAgt/p:FinInstnId", namespaces=N)
    assert agent.findtext("p:Othr/p:Id", namespaces=N) == "NOTPROVIDED"
    pain001.check(content, THREE)


def test_ten_thousand_payments_make_a_group_and_the_sums_add_up():
    many = payments(*((n, "A. de Vries", "NL91INGB0000001001") for n in range(1, 20_002)))
    content = pain001.render(ORDER, many)
    pain001.check(content, many)
    groups = etree.fromstring(content).findall(".//p:PmtInf", N)
    assert [g.findtext("p:PmtInfId", namespaces=N) for g in groups] == [
        f"SUR20261120002-P{n}" for n in (1, 2, 3)
    ]
    assert [g.findtext("p:NbOfTxs", namespaces=N) for g in groups] == ["10000", "10000", "1"]
    assert groups[2].findtext("p:CtrlSum", namespaces=N) == "200.01"


@pytest.mark.parametrize("count", [0, 100_000])
def test_nothing_and_more_than_a_bank_takes_do_not_make_a_file(count):
    with pytest.raises(ValueError, match="do not make a file"):
        pain001.render(ORDER, payments() | {"amount_cents": np.ones(count, dtype=np.int64)})


@pytest.mark.parametrize(
    ("found", "put", "code"),
    [
        (b"<InstrPrty>NORM", b"<InstrPrty>SOON", "P11"),
        (b"<PmtMtd>TRF</PmtMtd>", b"", "P11"),
        (b"</Document>", b"", "P11"),
        (b">1302.45<", b">130245.00<", "P03"),
        (b"<CtrlSum>4465.54", b"<CtrlSum>4465.55", "P03"),
        (b"<NbOfTxs>3", b"<NbOfTxs>2", "P03"),
        (b"NL62RABO0100000022", b"NL91INGB0000001001", "P03"),
        (b"M. El Amrani", b"E. Vil", "P03"),
        (b"<EndToEndId>SUR20261120002-000003", b"<EndToEndId>SUR20261120002-000002", "P03"),
    ],
)
def test_a_file_that_is_not_exactly_the_stored_payments_is_refused(found, put, code):
    content = pain001.render(ORDER, THREE)
    assert found in content
    with pytest.raises(Refusal, match=code) as refused:
        pain001.check(content.replace(found, put, 1), THREE)
    assert refused.value.exit_code == 5


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Zoë van 't Hof", "Zoe van 't Hof"),
        ("Müßig-Ørsted", "Mussig-Orsted"),
        ("Æsa Łuczak", "AEsa Luczak"),
        ("Şükrü İnönü", "Sukru Inonu"),
        ("A & B_C", "A + B-C"),
        ("D’Angelo", "D'Angelo"),
        ("ﬁ\u00a0x", "fi x"),
        ("Zoe\u0308", "Zoe"),
    ],
)
def test_letters_with_an_usual_spelling_are_written_that_way(name, written):
    names = pain001.bank_names([name])
    assert names.text[0] == written
    assert not names.refused[0]
    assert not names.cut[0]


@pytest.mark.parametrize(
    "name", ["A & B <x>", "Иванов", "李", "J 😀", "a@b", "", "  ", "x\ty", "½"]
)
def test_a_name_the_bank_cannot_write_is_refused_and_never_shortened_to_what_it_can(name):
    assert pain001.bank_names(["Goed", name]).refused.tolist() == [False, True]


def test_a_name_is_cut_only_beyond_seventy_letters_and_says_so():
    names = pain001.bank_names(["a" * 70, "ß" * 36, "b" * 69 + " c", "é" * 70])
    assert [len(text) for text in names.text] == [70, 70, 69, 70]
    assert names.cut.tolist() == [False, True, True, False]
