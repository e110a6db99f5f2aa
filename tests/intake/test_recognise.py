"""What a file is, from its content."""

from __future__ import annotations

import pytest

from surplus.intake.files.limits import Limits
from surplus.intake.notes import BadFile
from surplus.intake.recognise import order, recognise
from tests.intake.files import delivery, wage
from tests.payout.paper import written

CAMT = (
    b'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.%s"><a/></Document>'
)
PAIN = CAMT.replace(b"camt.", b"pain.")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (delivery(wage()), "doorlevering"),
        (b"\xef\xbb\xbf" + delivery(wage()), "doorlevering"),
        (delivery(wage()).replace(b";", b","), "doorlevering"),
        (b"bsn;klantnummer;betalingskenmerk\n", "clients"),
        (b'"besluitnr";"normcategorie"\n', "norms"),
        (CAMT % b"053.001.02", "camt053"),
        (b"\xef\xbb\xbf\n" + CAMT.partition(b"?>")[2] % b"053.001.08", "camt053"),
        *((PAIN % version, "pain002") for version in (b"002.001.03", b"002.001.10", b"002.001.12")),
    ],
)
def test_a_kind_is_known_by_its_content(content: bytes, kind: str) -> None:
    assert recognise(content) == kind


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "F14"),
        (b"\xef\xbb\xbf\r\n \t", "F14"),
        (b"zomaar wat tekst", "F16"),
        (b"a;b;c\n1;2;3\n", "F16"),
        (b"Ren\xe9e;b\n", "F01"),
        ("klantnummer;bsn\n".encode("utf-16"), "F01"),
        (b"\x7fELF\x00\x01", "F01"),
        (b"PK\x03\x04workbook", "F20"),
        (b"\xd0\xcf\x11\xe0workbook", "F20"),
        (CAMT % b"052.001.08", "NO_STATEMENT"),
        (CAMT % b"054.001.09", "NO_STATEMENT"),
        (CAMT % b"055.001.08", "F04"),
        (PAIN % b"001.001.09", "F04"),
        (b"<html><body/></html>", "F04"),
        (b"<", "F02"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "F02"),
        (b"x" * 10_001, "F17"),
    ],
)
def test_anything_else_is_refused_with_the_reason(content: bytes, code: str) -> None:
    with pytest.raises(BadFile) as bad:
        recognise(content, Limits(bytes=10_000))
    assert [note.code for note in bad.value.notes] == [code]


def test_an_entity_from_outside_is_never_fetched(tmp_path: object) -> None:
    content = b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'
    with pytest.raises(BadFile, match="F02"):
        recognise(content)


def test_reports_of_the_bank_are_read_before_the_statement_that_has_the_last_word() -> None:
    early, late = (written(group="ACCP", number=number) for number in (2, 11))
    statement = CAMT % b"053.001.08"
    assert sorted([statement, late, early], key=order) == [early, late, statement]
