"""The file for the bank: against the published examples, the schema and a second writer."""

from datetime import date
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from lxml import etree
from sepaxml import SepaTransfer

from surplus.payout import pain001
from surplus.payout.profile import Profile
from surplus.problems import Refusal
from tests.payout.town import iban

DATA = Path(__file__).parent.parent / "data"
PROFILE = Profile(
    version="pain.001.001.09",
    debtor="Gemeente Voorbeeldstad",
    test=False,
    bic="BNGHNL2G",
    batch_booking=True,
    category_purpose="SSBE",
    priority="NORM",
    per_group=10_000,
)
N = {"p": pain001.NAMESPACE + PROFILE.version}
ORDER = pain001.Order(
    message_id="SUR20261120002",
    prepared_on="2026-11-20",
    due_on="2026-11-24",
    debtor_iban="NL98BNGH0285000013",
    profile=PROFILE,
)


def rendered(order, told) -> bytes:
    return b"".join(pain001.render(order, told))


def check(content, order, told) -> None:
    pain001.check(BytesIO(content), order, told)


def order_for(message_id="SUR20261120002", **profile):
    return ORDER._replace(message_id=message_id, profile=PROFILE._replace(**profile))


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


KENMERK = payments(
    (12500, "Belastingsamenwerking Voorbeeld", "NL34ABNA0400000012"), message_id="SUR20261120003"
) | {"remittance": ["1042600000001001"]}


@pytest.mark.parametrize(
    ("example", "message_id", "profile", "told"),
    [
        ("v09_three", "SUR20261120002", {}, THREE),
        ("v09_minimal", "SUR20261120001", {}, {name: rows[:1] for name, rows in THREE.items()}),
        ("v09_betalingskenmerk", "SUR20261120003", {"category_purpose": "OTHR"}, KENMERK),
        ("v03_three", "SUR20261120004", {"version": "pain.001.001.03"}, THREE),
    ],
)
def test_a_file_is_the_published_example(example, message_id, profile, told):
    told = told | {"end_to_end_id": [f"{message_id}{name[-7:]}" for name in told["end_to_end_id"]]}
    order = order_for(message_id, **profile)
    ours = rendered(order, told)
    published = etree.parse(DATA / f"pain001_{example}.xml").getroot()
    assert etree.fromstring(ours).tag == published.tag
    assert flat(etree.fromstring(ours)) == flat(published)
    check(ours, order, told)


@pytest.mark.parametrize("version", ["pain.001.001.09", "pain.001.001.03"])
@pytest.mark.parametrize(
    ("profile", "path", "text"),
    [
        ({"batch_booking": False}, "BtchBookg", "false"),
        ({"priority": "HIGH"}, "InstrPrty", "HIGH"),
        ({"category_purpose": "SALA"}, "CtgyPurp/{*}Cd", "SALA"),
        ({"category_purpose": ""}, "CtgyPurp", None),
        ({"bic": ""}, "DbtrAgt/{*}FinInstnId/{*}Othr/{*}Id", "NOTPROVIDED"),
        ({"test": True}, "InitgPty/{*}Nm", "TEST Gemeente Voorbeeldstad"),
        ({"debtor": "Súdwest-Fryslân & Cø"}, "Dbtr/{*}Nm", "Sudwest-Fryslan + Co"),
    ],
)
def test_a_bank_gets_the_file_it_wants_in_either_version(version, profile, path, text):
    order = order_for(version=version, **profile)
    content = rendered(order, THREE)
    assert etree.fromstring(content).findtext(f".//{{*}}{path}") == text
    check(content, order, THREE)


def test_a_description_is_a_payment_reference_or_text_and_never_both():
    texts = ["1042600000001001", "1042600000001002", "1234567", "Huur mei 1042600000001001"]
    told = payments(*((100, "A", "NL91INGB0000001001"),) * 4) | {"remittance": texts}
    content = rendered(ORDER, told)
    check(content, ORDER, told)
    found = [
        [etree.QName(leaf).localname for leaf in described]
        for described in etree.fromstring(content).iterfind(".//{*}RmtInf")
    ]
    assert found == [["Strd"], ["Ustrd"], ["Ustrd"], ["Ustrd"]]


def test_ten_thousand_payments_agree_with_a_second_writer_in_amount_account_name_and_text():
    oracle = SepaTransfer(
        {"name": PROFILE.debtor, "IBAN": ORDER.debtor_iban, "BIC": "BNGHNL2G", "batch": True,
         "currency": "EUR"},
        schema="pain.001.001.09",
    )  # fmt: skip
    names = ("A. de Vries", "Zoë van 't Hof", "Müßig-Ørsted", "Æsa Łuczak", "D'Angelo")
    cents = [1, 99_999_999_999, *(100_000 + n * 7 for n in range(9_998))]
    written = pain001.bank_names(names).text.tolist()
    ours = payments(*(
        (amount, written[n % len(names)], iban(20_000 + n)) for n, amount in enumerate(cents)
    ))  # fmt: skip
    for n, amount in enumerate(cents):
        oracle.add_payment(
            {"name": names[n % len(names)], "IBAN": iban(20_000 + n), "amount": amount,
             "description": "Bijstand november 2026", "execution_date": date(2026, 11, 24)}
        )  # fmt: skip
    content = rendered(ORDER, ours)
    check(content, ORDER, ours)
    mine, theirs = (etree.fromstring(text) for text in (content, oracle.export(validate=False)))
    for path in ("InstdAmt", "CdtrAcct/{*}Id/{*}IBAN", "Cdtr/{*}Nm", "Ustrd", "CtrlSum", "NbOfTxs"):
        assert [e.text for e in mine.iterfind(f".//{{*}}{path}")] == [
            e.text for e in theirs.iterfind(f".//{{*}}{path}")
        ]
    assert mine.findtext(".//{*}DbtrAcct/{*}Id/{*}IBAN") == ORDER.debtor_iban
    assert rendered(ORDER, dict(ours)) == content


def test_markup_in_a_name_stays_text():
    evil = payments((100, 'A & B <x> "y"', "NL91INGB0000001001"))
    content = rendered(ORDER, evil)
    assert etree.fromstring(content).findtext(".//p:Cdtr/p:Nm", namespaces=N) == 'A & B <x> "y"'
    check(content, ORDER, evil)


def test_payments_beyond_a_group_begin_another_and_the_sums_add_up():
    many = payments(*((n, "A. de Vries", "NL91INGB0000001001") for n in range(1, 20_002)))
    content = rendered(ORDER, many)
    check(content, ORDER, many)
    groups = etree.fromstring(content).findall(".//p:PmtInf", N)
    assert [g.findtext("p:PmtInfId", namespaces=N) for g in groups] == [
        f"SUR20261120002-P{n}" for n in (1, 2, 3)
    ]
    assert [g.findtext("p:NbOfTxs", namespaces=N) for g in groups] == ["10000", "10000", "1"]
    assert groups[2].findtext("p:CtrlSum", namespaces=N) == "200.01"


def test_a_payment_that_no_bank_takes_is_named_with_its_code():
    good, iban_of = "A. de Vries", "NL91INGB0000001001"
    told = payments(
        (100, good, iban_of), (0, good, iban_of), (-1, good, iban_of), (10**11, good, iban_of),
        (100, "Иванов", iban_of), (100, "", iban_of), (100, "a" * 71, iban_of),
        (100, good, "NL91INGB0000001002"), (100, good, ""), (100, good, iban_of),
        (100, good, iban_of), (100, good, iban_of),
    )  # fmt: skip
    told["remittance"] = ["Bijstand"] * 9 + ["é", "x" * 141, ""]
    assert sorted((name[-2:], code) for name, code in pain001.unfit(told)) == [
        ("02", "P04"), ("03", "P04"), ("04", "P04"), ("05", "P05"), ("06", "P05"), ("07", "P05"),
        ("08", "P06"), ("09", "P06"), ("10", "P05"), ("11", "P05"), ("12", "P05"),
    ]  # fmt: skip


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
        (b"<Ustrd>Bijstand november 2026", b"<Ustrd>Bijstand oktober 2026", "P03"),
        (b"NL98BNGH0285000013", b"NL16ABNA0400000045", "P03"),
        (b"<Dt>2026-11-24", b"<Dt>2026-11-25", "P03"),
        (b"<MsgId>SUR20261120002", b"<MsgId>SUR20261120003", "P03"),
        (b"<PmtInfId>SUR20261120002-P1", b"<PmtInfId>SUR20261120002-P2", "P03"),
    ],
)
def test_a_file_that_is_not_exactly_the_stored_payments_is_refused(found, put, code):
    content = rendered(ORDER, THREE)
    assert found in content
    with pytest.raises(Refusal, match=code) as refused:
        check(content.replace(found, put, 1), ORDER, THREE)
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
