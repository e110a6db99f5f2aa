"""Payment orders for the bank: pain.001.001.09 or .03, rendered from what is stored and read back.

Rendering is pure: the same order and payments give the same bytes, on any day and machine. What is
written is checked with the schema of ISO 20022 and counted again before a bank may see it
(formats.md §3.2; the elements follow the published example files of that section).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, BinaryIO, NamedTuple
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from surplus import payment_reference
from surplus.bank import iso20022
from surplus.bank.known import group_id
from surplus.intake.checkdigits import iban_valid
from surplus.intake.files.content import Content
from surplus.money import decimal_to_cents, plain
from surplus.payout.profile import Profile
from surplus.problems import Refusal

Columns = Mapping[str, Any]

#: What of a payment stands in its file.
_COLUMNS = ("end_to_end_id", "amount_cents", "name", "iban", "remittance")
NAMESPACE = iso20022.NAMESPACE
VERSIONS = ("pain.001.001.09", "pain.001.001.03")
NAME_LENGTH, TEXT_LENGTH = 70, 140
MOST_CENTS = 99_999_999_999
#: Orders are dated at the hour of the nightly run of the day on which they were prepared.
CREATED_AT = "T02:15:00"
#: So many payments are rendered at a time: a file of any length takes little memory.
_AT_ONCE = 2_000

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

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="{namespace}">
<CstmrCdtTrfInitn>
<GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>{created}</CreDtTm><NbOfTxs>{count}</NbOfTxs>\
<CtrlSum>{total}</CtrlSum><InitgPty><Nm>{initiator}</Nm></InitgPty></GrpHdr>
"""
_GROUP = """\
<PmtInf><PmtInfId>{group_id}</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>{together}</BtchBookg>\
<NbOfTxs>{count}</NbOfTxs><CtrlSum>{total}</CtrlSum><PmtTpInf><InstrPrty>{priority}</InstrPrty>\
<SvcLvl><Cd>SEPA</Cd></SvcLvl>{purpose}</PmtTpInf>\
<ReqdExctnDt>{due_on}</ReqdExctnDt><Dbtr><Nm>{debtor}</Nm></Dbtr>\
<DbtrAcct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></DbtrAcct>\
<DbtrAgt><FinInstnId>{agent}</FinInstnId></DbtrAgt><ChrgBr>SLEV</ChrgBr>
"""
_PAYMENT = (
    "<CdtTrfTxInf><PmtId><InstrId>%s</InstrId><EndToEndId>%s</EndToEndId></PmtId>"
    '<Amt><InstdAmt Ccy="EUR">%s</InstdAmt></Amt><Cdtr><Nm>%s</Nm></Cdtr>'
    "<CdtrAcct><Id><IBAN>%s</IBAN></Id></CdtrAcct><RmtInf>%s</RmtInf></CdtTrfTxInf>\n"
)
_END_OF_GROUP, _END = "</PmtInf>\n", "</CstmrCdtTrfInitn>\n</Document>\n"
#: A description: free text, or a payment reference (betalingskenmerk) and nothing beside it.
_TEXT = "<Ustrd>%s</Ustrd>"
_REFERENCE = (
    "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>CUR</Issr></Tp>"
    "<Ref>%s</Ref></CdtrRefInf></Strd>"
)


class Order(NamedTuple):
    """What stands once in a file: identity, date and the account that pays."""

    message_id: str
    prepared_on: str
    due_on: str
    debtor_iban: str
    profile: Profile


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


def bank_names(names: Any, transliterate: bool = True) -> Names:
    """Names of payees in the letters and length a bank takes.

    A name that has no usual spelling in them is refused: a name with something left out would
    fail the bank's own check of name and account.

    Args:
        names: as they are known.
        transliterate: whether another letter is written in the usual way, é as e.
    """
    trimmed = pc.utf8_trim_whitespace(pa.array(names, pa.string()))
    text = np.array(trimmed.to_pylist(), dtype=object)
    if transliterate:
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


def render(order: Order, payments: Columns) -> Iterator[bytes]:
    """The file for the bank, piece by piece.

    Args:
        order: its header.
        payments: end_to_end_id, amount_cents, name, iban, remittance; in the order of their
            number.
    """
    profile, count = order.profile, len(payments["amount_cents"])
    yield _HEAD.format(
        namespace=NAMESPACE + profile.version,
        message_id=order.message_id,
        created=order.prepared_on + CREATED_AT,
        count=count,
        total=plain(int(np.sum(payments["amount_cents"]))),
        initiator=escape(_own_name(profile.initiator)),
    ).encode()
    described = _descriptions(payments["remittance"])
    for first in range(0, count, profile.per_group):
        last = min(first + profile.per_group, count)
        yield _group(order, first, payments["amount_cents"][first:last]).encode()
        for start in range(first, last, _AT_ONCE):
            part = slice(start, min(start + _AT_ONCE, last))
            yield "".join(
                _PAYMENT % (end, end, plain(cents), escape(name), iban, described[remittance])
                for end, cents, name, iban, remittance in zip(
                    *(payments[column][part] for column in _COLUMNS), strict=True
                )
            ).encode()
        yield _END_OF_GROUP.encode()
    yield _END.encode()


def _group(order: Order, before: int, amounts: Any) -> str:
    profile = order.profile
    new = profile.version != "pain.001.001.03"
    bic = f"<BICFI>{profile.bic}</BICFI>" if new else f"<BIC>{profile.bic}</BIC>"
    purpose = profile.category_purpose
    return _GROUP.format(
        group_id=group_id(order.message_id, before + 1, profile.per_group),
        together="true" if profile.batch_booking else "false",
        count=len(amounts),
        total=plain(int(np.sum(amounts))),
        priority=profile.priority,
        purpose=f"<CtgyPurp><Cd>{purpose}</Cd></CtgyPurp>" if purpose else "",
        due_on=f"<Dt>{order.due_on}</Dt>" if new else order.due_on,
        debtor=escape(_own_name(profile.debtor)),
        iban=order.debtor_iban,
        agent=bic if profile.bic else "<Othr><Id>NOTPROVIDED</Id></Othr>",
    )


def _descriptions(remittances: Any) -> dict[str, str]:
    """The XML of each different description.

    Digits with a right check digit are a payment reference; seven digits have none, and stay text.
    """
    texts = sorted(set(remittances))
    coded = payment_reference.are_valid(np.array(texts, dtype=object))
    return {
        text: (_REFERENCE if is_reference and len(text) > 7 else _TEXT) % escape(text)
        for text, is_reference in zip(texts, coded.tolist(), strict=True)
    }


def _own_name(name: str) -> str:
    return bank_text(name)[:NAME_LENGTH].rstrip()


def unfit(payments: Columns) -> list[tuple[str, str]]:
    """Payments that no bank takes as they are stored.

    Args:
        payments: as for `render`.

    Returns:
        End-to-end id and code: P04 an amount that is zero, negative or too high for a bank, P05 a
        name or description it cannot write or is too long, P06 a wrong IBAN.
    """
    amounts = np.asarray(payments["amount_cents"])
    name, text = payments["name"], payments["remittance"]
    accounts = pa.chunked_array([pa.array(payments["iban"], pa.string())])
    found = {
        "P04": (amounts <= 0) | (amounts > MOST_CENTS),
        "P05": ~_writable(name) | ~_longer(name, 0) | _longer(name, NAME_LENGTH)
        | ~_writable(text) | ~_longer(text, 0) | _longer(text, TEXT_LENGTH),
        "P06": ~iban_valid(accounts),
    }  # fmt: skip
    return [
        (payments["end_to_end_id"][i], code)
        for code, rows in found.items()
        for i in np.flatnonzero(rows)
    ]


def check(file: BinaryIO, order: Order, payments: Columns) -> None:
    """Read a finished file as the bank will: schema, counts, sums, account, day, every payment.

    Args:
        file: open for reading; it is read piece by piece.
        order: whose file it should be.
        payments: as for `render`.

    Raises:
        Refusal: the file breaks the schema (P11), or is not exactly these payments (P03).
    """
    version = order.profile.version
    space = f"{{{NAMESPACE}{version}}}"
    # Our own text: nothing to defend against. (`resolve_entities=False` beside a schema would make
    # lxml 6.1 overlook a file that ends too early.)
    reader = etree.iterparse(
        file, tag=(f"{space}CtrlSum", f"{space}CdtTrfTxInf"), schema=_schema(version)
    )
    stored = zip(*(payments[name] for name in _COLUMNS), strict=True)
    said: list[Any] = []
    count = cents = 0
    same = True
    try:
        for _, element in reader:
            if element.tag.endswith("CtrlSum"):
                said.append((int(element.getprevious().text), decimal_to_cents(element.text)))
                continue
            told = _told(element)
            count, cents = count + 1, cents + told[1]
            same &= told == next(stored, None)
            before = element.getprevious()
            if before.tag == element.tag:
                element.getparent().remove(before)
    except etree.XMLSyntaxError as error:
        raise Refusal(f"P11: the payment file breaks {version}: {error}", exit_code=5) from None
    root = reader.root
    heads = [root.findtext(f".//{space}MsgId"), *map(_head_of, root.iter(f"{space}PmtInf"))]
    same &= next(stored, None) is None
    if not same or (said, heads) != _expected(order, payments["amount_cents"]):
        amounts = payments["amount_cents"]
        raise Refusal(
            f"P03: the payment file holds {count} payments of {plain(cents)} and says "
            f"{said[0][0]} of {plain(said[0][1])}; stored are {len(amounts)} of "
            f"{plain(int(np.sum(amounts)))}",
            exit_code=5,
        )


class Sent(NamedTuple):
    """A payment file as it was found."""

    message_id: str
    prepared_on: str
    due_on: str
    debtor_iban: str
    payments: Columns  # as for `render`


def read(file: BinaryIO) -> Sent:
    """Read a payment file of which nothing is known but that it may be ours.

    Raises:
        BadFile: no harmless XML, or another message than pain.001.
        Refusal: it breaks the schema, or counts otherwise than it says (exit 3).
    """
    version = iso20022.version_of(Content(file), VERSIONS)
    space = f"{{{NAMESPACE}{version}}}"
    file.seek(0)
    tags = tuple(space + name for name in ("NbOfTxs", "CdtTrfTxInf", "MsgId", "CreDtTm"))
    reader = etree.iterparse(file, tag=tags, schema=_schema(version))
    head: dict[str, str] = {}
    rows = []
    try:
        for _, element in reader:
            if not element.tag.endswith("CdtTrfTxInf"):
                head.setdefault(etree.QName(element).localname, element.text)
                continue
            rows.append(_told(element))
            before = element.getprevious()
            if before.tag == element.tag:
                element.getparent().remove(before)
        groups = {_head_of(group)[1:] for group in reader.root.iter(f"{space}PmtInf")}
        [(debtor, due_on)] = groups
        if int(head["NbOfTxs"]) != len(rows):
            raise ValueError
    except (etree.XMLSyntaxError, ValueError, IndexError, KeyError, AttributeError, TypeError):
        raise Refusal("P11: it is no payment file of Surplus, or is damaged", exit_code=3) from None
    columns = zip(*rows, strict=True)
    payments = {
        name: np.array(column, dtype=np.int64 if name == "amount_cents" else object)
        for name, column in zip(_COLUMNS, columns, strict=True)
    }
    return Sent(head["MsgId"], head["CreDtTm"][:10], due_on, debtor, payments)


def _told(payment: Any) -> tuple[str, int, str, str, str]:
    """A payment as it stands in the file, in the order of `_COLUMNS`."""
    identity, amount, payee, account, described = payment
    text = described[0] if described[0].text else described[0][0][1]
    return (
        identity[1].text, decimal_to_cents(amount[0].text), payee[0].text, account[0][0].text,
        text.text,
    )  # fmt: skip


def _head_of(group: Any) -> tuple[str, str, str]:
    """PmtInfId, debtor's account and day of a group as they stand in the file."""
    named = {etree.QName(child).localname: child for child in group[:-1]}
    day = named["ReqdExctnDt"]
    return (
        named["PmtInfId"].text,
        named["DbtrAcct"][0][0].text,
        (day[0] if len(day) else day).text,
    )


def _expected(order: Order, amounts: Any) -> tuple[list[Any], list[Any]]:
    """Count and cents of the file and of each group; message id, and the head of each group."""
    cents, size = np.asarray(amounts), order.profile.per_group
    starts = range(0, len(cents), size)
    parts = [cents, *(cents[start : start + size] for start in starts)]
    heads = [
        (group_id(order.message_id, start + 1, size), order.debtor_iban, order.due_on)
        for start in starts
    ]
    return [(len(part), int(part.sum())) for part in parts], [order.message_id, *heads]


@cache
def _schema(version: str) -> Any:
    text = (resources.files("sepaxml") / "schemas" / f"{version}.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(text))
