"""Reading camt.053: what the bank says, in either version, and refusing what cannot be trusted."""

from __future__ import annotations

import contextlib
import json
import re
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.bank import camt
from surplus.intake.notes import BadFile
from surplus.intake.recognise import recognise
from tests.bank.conftest import DATA
from tests.bank.paper import Entry, Statement, document, wage

MANIFEST = json.loads((DATA / "MANIFEST.json").read_text(encoding="utf-8"))["files"]
#: Codes that the statement's own figures tell; the others need the workspace.
OWN_FIGURES = {"B01", "B05", "B06", "B11", "B13"}
EXAMPLE = (DATA / "camt053_01_minimal_v08.xml").read_text(encoding="utf-8")
OLDER = (DATA / "camt053_02_single_credits_v02.xml").read_text(encoding="utf-8")
BATCH = (DATA / "camt053_05_batch_credit_employer_v08.xml").read_text(encoding="utf-8")


def read_one(content: bytes | str) -> camt.Statement:
    raw = content.encode() if isinstance(content, str) else content
    (statement,) = camt.read(raw).statements
    return statement


def refusal(content: bytes | str) -> tuple[str, str]:
    """Code and field of the refusal of a file."""
    with pytest.raises(BadFile) as caught:
        camt.read(content.encode() if isinstance(content, str) else content)
    (note,) = caught.value.notes
    assert note.severity == "F"
    return note.code, note.field


def own_codes(content: str) -> list[str]:
    return [note.code for note in read_one(content).notes]


@pytest.mark.parametrize("name", MANIFEST)
def test_an_example_is_read_with_the_entries_and_net_of_its_manifest(name: str) -> None:
    told = MANIFEST[name]
    statement = read_one((DATA / name).read_bytes())
    assert statement.entries == told["entries"]
    assert [n.code for n in statement.notes] == [c for c in told["errors"] if c in OWN_FIGURES]
    if told["net"] is not None:
        assert statement.net_cents == told["net"]
        assert statement.closing_cents - statement.opening_cents == told["net"]
    if "details" in told:
        assert [item.detail for item in statement.items] == list(range(1, told["details"] + 1))


@pytest.mark.parametrize("name", MANIFEST)
def test_an_example_passes_the_schema_where_the_workspace_has_it(name: str, shared: Path) -> None:
    content = (DATA / name).read_bytes()
    with_schema = camt.read(content, shared / "schemas" / "iso20022")
    assert with_schema.statements == camt.read(content).statements


def test_a_file_against_its_schema_is_refused_where_the_workspace_has_it(shared: Path) -> None:
    strange = EXAMPLE.replace("<NtryRef>1</NtryRef>", "<NtryRef>1</NtryRef><Nonsense/>").encode()
    assert camt.read(strange).statements
    with pytest.raises(BadFile) as caught:
        camt.read(strange, shared / "schemas" / "iso20022")
    assert [note.code for note in caught.value.notes] == ["F03"]


def test_both_versions_tell_the_same() -> None:
    as_older = (
        EXAMPLE.replace("camt.053.001.08", "camt.053.001.02")
        .replace("<Sts><Cd>BOOK</Cd></Sts>", "<Sts>BOOK</Sts>")
        .replace("<Pty><Nm>", "<Nm>").replace("</Nm></Pty>", "</Nm>")
        .replace("<TtlNetNtry><Amt>", "<TtlNetNtryAmt>")
        .replace("</Amt><CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry>",
                 "</TtlNetNtryAmt><CdtDbtInd>CRDT</CdtDbtInd>")
        .replace('</Refs><Amt Ccy="EUR">743.12</Amt><CdtDbtInd>CRDT</CdtDbtInd>', "</Refs>")
    )  # fmt: skip
    assert "TtlNetNtryAmt" in as_older
    assert read_one(as_older).content_hash == read_one(EXAMPLE).content_hash


def test_what_is_told_of_a_wage() -> None:
    (item,) = read_one(EXAMPLE).items
    assert item._asdict() == {
        "line": 1, "detail": 1, "bank_reference": "STMT20261124000-0001-1",
        "booked_on": "2026-11-24", "value_on": "2026-11-24", "amount_cents": 74312,
        "reversal": 0, "family": "PMNT-RCDT-ESCT", "end_to_end_id": "LOON-2026-10-1001",
        "payment_info_id": "", "message_id": "", "reference": "1042600000001001",
        "reference_issuer": "CUR", "remittance": "",
        "party_name": "Schoonmaakbedrijf Helder BV", "party_iban": "NL59RABO0300000011",
        "return_reason": "", "item": 0,
    }  # fmt: skip


def test_a_batch_without_details_is_one_item_with_the_ids_of_the_batch() -> None:
    content = (DATA / "camt053_03_batch_booking_debit_v08.xml").read_bytes()
    (item,) = read_one(content).items
    assert (item.detail, item.amount_cents) == (0, -446554)
    assert (item.message_id, item.payment_info_id) == ("SUR20261120002", "SUR20261120002-P1")


def test_a_return_names_the_payment_its_reason_and_whom_it_did_not_reach() -> None:
    for name in ("camt053_06_return_AC04_v08.xml", "camt053_07_return_MD07_v02.xml"):
        (item,) = read_one((DATA / name).read_bytes()).items
        assert item.return_reason == name.split("_")[3]
        assert item.end_to_end_id.startswith("SUR20261120002-")
        assert item.party_name in ("M. El Amrani", "J. Janssen")


def test_a_reversal_keeps_the_sign_that_the_bank_gives() -> None:
    (item,) = read_one((DATA / "camt053_08_reversal_of_credit_v08.xml").read_bytes()).items
    assert (item.amount_cents, item.reversal) == (-74312, 1)
    assert item.party_name == "Schoonmaakbedrijf Helder BV"


def test_the_instructed_amount_in_another_currency_is_never_used() -> None:
    content = (DATA / "camt053_14_fx_credit_v08.xml").read_text(encoding="utf-8")
    without_own = content.replace(
        '</Refs><Amt Ccy="EUR">862.06</Amt><CdtDbtInd>CRDT</CdtDbtInd>', "</Refs>"
    )
    abroad = without_own.replace('<TxAmt><Amt Ccy="EUR">862.06', '<TxAmt><Amt Ccy="USD">1000.00')
    for text in (content, without_own, abroad):
        assert read_one(text).net_cents == 86206


def test_free_text_in_pieces_is_joined_without_blanks() -> None:
    text = OLDER.replace(
        "<Ustrd>Loon okt 2026 kenmerk 8042 6000 0000 1002</Ustrd>",
        "<Ustrd>Loon 8042 6000 00</Ustrd><Ustrd>00 1002</Ustrd>",
    )
    assert read_one(text).items[1].remittance == "Loon 8042 6000 0000 1002"


def test_several_structured_references_are_all_told() -> None:
    again = re.sub("(<Strd>.*?</Strd>)", r"\1\1", EXAMPLE, count=1)
    assert read_one(again).items[0].reference == "1042600000001001,1042600000001001"


def test_a_moment_counts_as_the_day_that_the_bank_states() -> None:
    text = EXAMPLE.replace(
        "<BookgDt><Dt>2026-11-24</Dt></BookgDt>",
        "<BookgDt><DtTm>2026-11-24T23:59:00+01:00</DtTm></BookgDt>",
    )
    assert read_one(text).items[0].booked_on == "2026-11-24"


def test_without_a_booking_date_the_value_date_counts_and_without_both_it_is_said() -> None:
    without = EXAMPLE.replace("<BookgDt><Dt>2026-11-24</Dt></BookgDt>", "")
    assert read_one(without).items[0].booked_on == "2026-11-24"
    bare = without.replace("<ValDt><Dt>2026-11-24</Dt></ValDt>", "")
    assert (own_codes(bare), read_one(bare).items[0].booked_on) == (["B06"], "")


def test_a_statement_without_number_or_period_is_dated_by_its_balances() -> None:
    text = re.sub("<(ElctrncSeqNb|LglSeqNb)>.*?</.*?>|<FrToDt>.*?</FrToDt>", "", EXAMPLE)
    statement = read_one(text)
    assert (statement.sequence, statement.to_on) == (None, "2026-11-24")


def test_the_previous_closing_balance_opens_where_the_bank_gives_no_other() -> None:
    assert read_one(EXAMPLE.replace("OPBD", "PRCD")).opening_cents == 10_000_000
    assert own_codes(EXAMPLE.replace("OPBD", "ITBD")) == ["B01"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("100743.12", "100743.13", "B01"),
        ("<NbOfNtries>1</NbOfNtries><Sum>743.12</Sum><TtlNet", "<NbOfNtries>2</NbOfNtries>"
         "<Sum>743.12</Sum><TtlNet", "B05"),
        ("<NbOfNtries>1</NbOfNtries><Sum>743.12</Sum></TtlCdt", "<NbOfNtries>1</NbOfNtries>"
         "<Sum>743.11</Sum></TtlCdt", "B05"),
        ("<TtlNetNtry><Amt>743.12</Amt><CdtDbtInd>CRDT", "<TtlNetNtry><Amt>743.12</Amt><CdtDbtInd>"
         "DBIT", "B05"),
        ('</Refs><Amt Ccy="EUR">743.12', '</Refs><Amt Ccy="EUR">743.11', "B05"),
        ("<Ccy>EUR</Ccy>", "<Ccy>USD</Ccy>", "B11"),
        ('<Amt Ccy="EUR">743.12</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>', '<Amt Ccy="USD">743.12'
         "</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>", "B11"),
    ],
)  # fmt: skip
def test_figures_that_contradict_each_other_refuse_the_statement(
    old: str, new: str, code: str
) -> None:
    assert old in EXAMPLE
    statement = read_one(EXAMPLE.replace(old, new))
    assert [note.code for note in statement.notes if note.severity == "F"] == [code]
    assert statement.refused


def test_a_batch_with_fewer_details_than_it_says_is_refused() -> None:
    assert own_codes(BATCH.replace("<NbOfTxs>2</NbOfTxs>", "<NbOfTxs>3</NbOfTxs>")) == ["B05"]


def test_several_details_without_amounts_cannot_be_trusted() -> None:
    bare = re.sub(r"</Refs><Amt.*?</CdtDbtInd><AmtDtls>.*?</AmtDtls>", "</Refs>", BATCH)
    assert own_codes(bare) == ["B05"]


def test_an_entry_of_zero_is_said_and_kept() -> None:
    statement = read_one(document(Statement(1, 100, (Entry(0),))))
    assert [(n.code, n.severity, n.line) for n in statement.notes] == [("B13", "I", 1)]
    assert len(statement.items) == 1


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("743.12", "743,12", "Amt"),
        ("743.12", "743.125", "Amt"),
        ("743.12", "-743.12", "Amt"),
        ("743.12", "7.4312E2", "Amt"),
        ("743.12", "NaN", "Amt"),
        ("743.12", "９９.00", "Amt"),
        ("743.12", "9" * 40, "Amt"),
        ("<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<CdtDbtInd>KREDIET</CdtDbtInd><Sts>", "CdtDbtInd"),
        ("<BookgDt><Dt>2026-11-24", "<BookgDt><Dt>2026-11-31", "BookgDt/Dt"),
        ("<ElctrncSeqNb>300", "<ElctrncSeqNb>3e2", "ElctrncSeqNb"),
    ],
)
def test_a_value_that_cannot_be_read_refuses_the_file(old: str, new: str, field: str) -> None:
    assert refusal(EXAMPLE.replace(old, new)) == ("F03", field)


def test_cents_never_pass_through_a_float() -> None:
    big = document(Statement(1, 0, (Entry(90_071_992_547_409_93),)))
    assert read_one(big).net_cents == 90_071_992_547_409_93


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("camt.052.001.08", "NO_STATEMENT"),
        ("camt.054.001.09", "NO_STATEMENT"),
        ("camt.053.001.09", "F04"),
        ("camt.055.001.08", "F04"),
    ],
)
def test_another_message_or_version_is_refused_by_its_name(kind: str, code: str) -> None:
    text = EXAMPLE.replace("camt.053.001.08", kind)
    assert refusal(text) == (code, kind)
    with pytest.raises(BadFile) as caught:
        recognise(text.encode())
    assert [note.code for note in caught.value.notes] == [code]


@pytest.mark.parametrize("kind", ["OPBD", "CLBD"])
def test_two_balances_that_contradict_each_other_are_b01(kind: str) -> None:
    stated = re.search(rf"<Bal><Tp><CdOrPrtry><Cd>{kind}.*?</Bal>", EXAMPLE, re.S)
    assert stated
    other = stated[0].replace("100000.00", "99999.00").replace("100743.12", "100743.13")
    assert own_codes(EXAMPLE.replace(stated[0], stated[0] * 2)) == []
    for both in (stated[0] + other, other + stated[0]):
        assert own_codes(EXAMPLE.replace(stated[0], both)) == ["B01"]


def test_xml_of_something_else_is_refused() -> None:
    assert refusal("<html><body/></html>") == ("F04", "html")
    assert refusal('<Stmt xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>')[0] == "F04"


def test_a_message_without_a_statement_is_refused() -> None:
    assert refusal(document()) == ("F14", "")


def test_a_cut_file_is_refused_wherever_it_is_cut() -> None:
    content = EXAMPLE.rstrip().encode()
    for at in range(1, len(content), 211):
        assert refusal(content[:at])[0] == "F02"


def test_an_empty_file_is_refused() -> None:
    assert refusal(b"")[0] == refusal(b" \n\t")[0] == "F14"


@pytest.mark.parametrize(
    "content",
    [
        EXAMPLE.replace("Helder", "Héldér").encode("latin-1"),
        EXAMPLE.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"').encode("latin-1"),
        EXAMPLE.replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16"),
    ],
)
def test_a_file_that_is_not_utf8_is_refused(content: bytes) -> None:
    assert refusal(content)[0] == "F01"


def bomb(*, outside: str = "") -> str:
    levels = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "lol">' for n in range(10)
    )
    subset = f'<!ENTITY l9 SYSTEM "{outside}">' if outside else levels
    return EXAMPLE.replace("<Document", f"<!DOCTYPE Document [{subset}]>\n<Document", 1).replace(
        "Gemeente Voorbeeldstad", "&l9;"
    )


def test_a_billion_laughs_are_refused_before_they_cost_anything() -> None:
    tracemalloc.start()
    assert refusal(bomb()) == ("F02", "DOCTYPE")
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_entities_in_an_attribute_are_refused() -> None:
    assert refusal(bomb().replace("<Document ", '<Document note="&l9;" '))[0] == "F02"


def test_an_entity_from_elsewhere_is_never_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    assert refusal(bomb(outside=secret.as_uri())) == ("F02", "DOCTYPE")


def test_comments_and_instructions_are_passed_over() -> None:
    text = EXAMPLE.replace("<Ntry>", "<!-- hello --><?note well?><Ntry><!-- again -->")
    assert read_one(text).items == read_one(EXAMPLE).items


@given(st.binary(max_size=300))
def test_garbage_is_refused_and_never_a_traceback(garbage: bytes) -> None:
    with pytest.raises(BadFile):
        camt.read(garbage)


@given(st.data())
def test_a_damaged_statement_is_read_or_refused_and_never_a_traceback(data: Any) -> None:
    content = bytearray(EXAMPLE.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadFile):
        assert camt.read(bytes(content)).statements


def test_a_statement_of_any_length_takes_little_memory() -> None:
    entries = tuple(wage(100 + n) for n in range(1_500))
    content = document(Statement(1, 0, entries))
    tracemalloc.start()
    statement = read_one(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (statement.entries, len(statement.items)) == (1_500, 1_500)
    assert peak < 3_000 * len(statement.items) + len(content)
