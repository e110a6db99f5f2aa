"""Payment orders for the bank: pain.001.001.09, rendered from what is stored and read back.

Rendering is pure: the same order and payments give the same bytes, on any day and machine. What is
written is checked with the schema of ISO 20022 and counted again before a bank may see it
(formats.md §3.2; the elements follow the published example files of that section).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources
from io import BytesIO
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from surplus.money import decimal_to_cents, plain
from surplus.problems import Refusal

Columns = Mapping[str, Any]

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
SCHEMA = "pain.001.001.09.xsd"
#: Banks take 100,000 in a file and advise 10,000 in a group (PmtInf).
PAYMENTS_PER_FILE = 99_999
PAYMENTS_PER_GROUP = 10_000
NAME_LENGTH = 70
#: Orders are dated at the hour of the nightly run of the day on which they were prepared.
CREATED_AT = "T02:15:00"

#: BIC of the banks where municipalities hold accounts; another is left to the bank to look up.
BICS = {
    "ABNA": "ABNANL2A",
    "BNGH": "BNGHNL2G",
    "INGB": "INGBNL2A",
    "NWAB": "NWABNL2G",
    "RABO": "RABONL2U",
}

#: The characters every SEPA bank takes.
BANK_TEXT = r"^[a-zA-Z0-9/\-?:().,'+ ]*$"
#: Letters that carry no accent to take off, and signs that have a usual stand-in.
_STAND_INS = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l",
        "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ħ": "h",
        "Ħ": "H", "ı": "i", "ŋ": "n", "Ŋ": "N", "ŧ": "t", "Ŧ": "T", "·": "", "&": "+", "_": "-",
        "‘": "'", "’": "'", "ʼ": "'", "`": "'", "´": "'", "‐": "-", "‑": "-", "–": "-", "—": "-",
    }
)  # fmt: skip

_FILE = """\
<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="{namespace}">
<CstmrCdtTrfInitn>
<GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>{created}</CreDtTm><NbOfTxs>{count}</NbOfTxs>\
<CtrlSum>{total}</CtrlSum><InitgPty><Nm>{initiator}</Nm></InitgPty></GrpHdr>
{groups}</CstmrCdtTrfInitn>
</Document>
"""
_GROUP = """\
<PmtInf><PmtInfId>{group_id}</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>true</BtchBookg>\
<NbOfTxs>{count}</NbOfTxs><CtrlSum>{total}</CtrlSum><PmtTpInf><InstrPrty>NORM</InstrPrty>\
<SvcLvl><Cd>SEPA</Cd></SvcLvl><CtgyPurp><Cd>SSBE</Cd></CtgyPurp></PmtTpInf>\
<ReqdExctnDt><Dt>{due_on}</Dt></ReqdExctnDt><Dbtr><Nm>{debtor}</Nm></Dbtr>\
<DbtrAcct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></DbtrAcct>\
<DbtrAgt><FinInstnId>{agent}</FinInstnId></DbtrAgt><ChrgBr>SLEV</ChrgBr>
{payments}</PmtInf>
"""
_PAYMENT = (
    "<CdtTrfTxInf><PmtId><InstrId>%s</InstrId><EndToEndId>%s</EndToEndId></PmtId>"
    '<Amt><InstdAmt Ccy="EUR">%s</InstdAmt></Amt><Cdtr><Nm>%s</Nm></Cdtr>'
    "<CdtrAcct><Id><IBAN>%s</IBAN></Id></CdtrAcct><RmtInf><Ustrd>%s</Ustrd></RmtInf></CdtTrfTxInf>\n"
)


class Order(NamedTuple):
    """What stands once in a file: identity, date and the account that pays."""

    message_id: str
    prepared_on: str
    due_on: str
    debtor_iban: str
    debtor: str
    initiator: str


def bank_text(text: str) -> str:
    """A name or description in the letters a bank takes, as far as they have a usual stand-in.

    >>> bank_text("Zoë Çelik-Łuczak & Søn"), bank_text("Żółw_1")
    ('Zoe Celik-Luczak + Son', 'Zolw-1')
    """
    apart = unicodedata.normalize("NFKD", text)
    return "".join(c for c in apart if not unicodedata.combining(c)).translate(_STAND_INS).strip()


class Names(NamedTuple):
    """Names as the bank gets them, and masks: not writable (P05), longer than the bank takes."""

    text: Any
    refused: Any
    cut: Any


def bank_names(names: Any) -> Names:
    """Names of payees in the letters and length a bank takes.

    A name that has no usual spelling in them is refused: a name with something left out would
    fail the bank's own check of name and account.
    """
    trimmed = pc.utf8_trim_whitespace(pa.array(names, pa.string()))
    text = np.array(trimmed.to_pylist(), dtype=object)
    for i in np.flatnonzero(~_writable(text) | _longer(text, NAME_LENGTH)):
        text[i] = bank_text(text[i])
    refused = ~_writable(text) | ~_longer(text, 0)
    cut = _longer(text, NAME_LENGTH) & ~refused
    for i in np.flatnonzero(cut):
        text[i] = text[i][:NAME_LENGTH].rstrip()
    return Names(text, refused, cut)


def _writable(text: Any) -> Any:
    matched = pc.match_substring_regex(pa.array(text, pa.string()), BANK_TEXT)
    return matched.to_numpy(zero_copy_only=False)


def _longer(text: Any, length: int) -> Any:
    return pc.utf8_length(pa.array(text, pa.string())).to_numpy(zero_copy_only=False) > length


def group_id(message_id: str, number: int) -> str:
    """The PmtInfId of the payment with this number (from 1): the bank's one debit line.

    >>> group_id("SUR20261120002", 10_000), group_id("SUR20261120002", 10_001)
    ('SUR20261120002-P1', 'SUR20261120002-P2')
    """
    return f"{message_id}-P{(number - 1) // PAYMENTS_PER_GROUP + 1}"


def render(order: Order, payments: Columns) -> bytes:
    """The file for the bank.

    Args:
        order: its header.
        payments: end_to_end_id, amount_cents, name, iban, remittance; in the order of their
            number, at most PAYMENTS_PER_FILE.

    Raises:
        ValueError: no payments, or more than fit in a file.
    """
    amounts = np.asarray(payments["amount_cents"], dtype=np.int64)
    if not 0 < len(amounts) <= PAYMENTS_PER_FILE:
        raise ValueError(f"{len(amounts)} payments do not make a file")
    lines = [
        _PAYMENT % (end, end, plain(cents), escape(name), iban, escape(remittance))
        for end, cents, name, iban, remittance in zip(
            payments["end_to_end_id"], amounts.tolist(), payments["name"], payments["iban"],
            payments["remittance"], strict=True,
        )
    ]  # fmt: skip
    groups = [
        _group(order, start + 1, lines[start : start + PAYMENTS_PER_GROUP],
               amounts[start : start + PAYMENTS_PER_GROUP])
        for start in range(0, len(lines), PAYMENTS_PER_GROUP)
    ]  # fmt: skip
    text = _FILE.format(
        namespace=NAMESPACE,
        message_id=order.message_id,
        created=order.prepared_on + CREATED_AT,
        count=len(lines),
        total=plain(int(amounts.sum())),
        initiator=escape(_own_name(order.initiator)),
        groups="".join(groups),
    )
    return text.encode()


def _group(order: Order, number: int, lines: list[str], amounts: Any) -> str:
    bic = BICS.get(order.debtor_iban[4:8])
    return _GROUP.format(
        group_id=group_id(order.message_id, number),
        count=len(lines),
        total=plain(int(amounts.sum())),
        due_on=order.due_on,
        debtor=escape(_own_name(order.debtor)),
        iban=order.debtor_iban,
        agent=f"<BICFI>{bic}</BICFI>" if bic else "<Othr><Id>NOTPROVIDED</Id></Othr>",
        payments="".join(lines),
    )


def _own_name(name: str) -> str:
    return bank_text(name)[:NAME_LENGTH].rstrip()


def check(content: bytes, payments: Columns) -> None:
    """Read a finished file as the bank will: schema, counts, sums and every payment.

    Raises:
        Refusal: the file breaks the schema (P11), or is not exactly these payments (P03).
    """
    try:
        totals, lines = _read_back(content)
    except etree.XMLSyntaxError as error:
        raise Refusal(f"P11: the payment file breaks {SCHEMA}: {error}", exit_code=5) from None
    fields = ("end_to_end_id", "amount_cents", "name", "iban")
    stored = list(zip(*(list(payments[field]) for field in fields), strict=True))
    counted = (len(lines), sum(line[1] for line in lines))
    of_file, of_groups = totals[0], (sum(n for n, _ in totals[1:]), sum(c for _, c in totals[1:]))
    if lines != stored or of_file != counted or of_groups != counted:
        wanted = sum(line[1] for line in stored)
        raise Refusal(
            f"P03: the payment file holds {counted[0]} payments of {plain(counted[1])} and says "
            f"{of_file[0]} of {plain(of_file[1])}; stored are {len(stored)} of {plain(wanted)}",
            exit_code=5,
        )


def _read_back(content: bytes) -> tuple[list[tuple[int, int]], list[tuple[str, int, str, str]]]:
    """Count and cents as said by the file and each group; id, cents, name, IBAN of each payment."""
    totals: list[tuple[int, int]] = []
    lines: list[tuple[str, int, str, str]] = []
    sums, transfer = f"{{{NAMESPACE}}}CtrlSum", f"{{{NAMESPACE}}}CdtTrfTxInf"
    # Our own text: nothing to defend against. (`resolve_entities=False` beside a schema would make
    # lxml 6.1 overlook a file that ends too early.)
    reader = etree.iterparse(BytesIO(content), tag=(sums, transfer), schema=_schema())
    for _, element in reader:
        if element.tag == sums:
            totals.append((int(element.getprevious().text), decimal_to_cents(element.text)))
            continue
        identity, amount, payee, account = element[:4]
        lines.append(
            (identity[1].text, decimal_to_cents(amount[0].text), payee[0].text, account[0][0].text)
        )
        while element.getprevious() is not None:
            del element.getparent()[0]
    return totals, lines


@cache
def _schema() -> Any:
    text = (resources.files("sepaxml") / "schemas" / SCHEMA).read_bytes()
    return etree.XMLSchema(etree.fromstring(text))
