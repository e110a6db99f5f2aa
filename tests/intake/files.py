"""Files for the tests: valid ones, made from their rows, to be broken in one place at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from surplus.intake.income_rows import OPTIONAL, REQUIRED, SUMMED
from surplus.money import to_cents

COLUMNS = (
    "recordtype", "leveringsnummer", "volgnummer", "tag", "bsn", "loonheffingennummer",
    "volgnr_ikv", "naam_werkgever", "cd_srt_ikv", "dat_b_ikv", "dat_e_ikv", "dat_b_iko",
    "dat_e_iko", "periode_soort", "ind_lhk", "cd_lbtabel", "verloonde_uren", "bruto_loon_sv",
    "loon_lb", "ingehouden_lb", "vakantietoeslag", "opgb_recht_vt", "extra_prd_salaris",
    "opgb_recht_eps", "reiskosten_onbelast", "waarde_auto", "inhouding_zvw", "indicatief_netto",
    "indicatief_netto_bijz", "leverdatum",
)  # fmt: skip
assert set(COLUMNS) == {*REQUIRED, *OPTIONAL}

Row = dict[str, str]


def wage(bsn: int = 999990019, amount: str = "700,00", **told: str) -> Row:
    """A row about March 2026: wages of `amount` without tax, net the same."""
    row = {
        "recordtype": "D", "tag": "NIEUW_IKO", "bsn": f"{bsn:09d}",
        "loonheffingennummer": "999990020L01", "volgnr_ikv": "1",
        "naam_werkgever": "Schoonmaakbedrijf Helder BV", "cd_srt_ikv": "15",
        "dat_b_ikv": "20260101", "dat_e_ikv": "", "dat_b_iko": "20260301",
        "dat_e_iko": "20260331", "periode_soort": "06", "ind_lhk": "1", "cd_lbtabel": "012",
        "verloonde_uren": "47,00", "bruto_loon_sv": amount, "loon_lb": amount,
        "ingehouden_lb": "0,00", "vakantietoeslag": "0,00", "opgb_recht_vt": "0,00",
        "extra_prd_salaris": "0,00", "opgb_recht_eps": "0,00", "reiskosten_onbelast": "0,00",
        "waarde_auto": "0,00", "inhouding_zvw": "0,00", "indicatief_netto": amount,
        "indicatief_netto_bijz": "0,00",
    }  # fmt: skip
    return row | told


def april(bsn: int = 999990019, amount: str = "740,00", **told: str) -> Row:
    """The same about April."""
    return wage(bsn, amount, **{"dat_b_iko": "20260401", "dat_e_iko": "20260430"} | told)


def withdrawn(row: Row) -> Row:
    """The row that takes a row back: INGETROKKEN, without amounts."""
    amounts = dict.fromkeys(COLUMNS[COLUMNS.index("verloonde_uren") : -1], "")
    return row | amounts | {"tag": "INGETROKKEN"}


def header(number: str = "IB-0999-2026-03-001", sent: str = "20260420", **told: str) -> Row:
    """The fields of line 1."""
    fields = {
        "record": "H", "version": "1", "leveringsnummer": number, "gemeentecode": "0999",
        "maand": "2026-03", "leverdatum": sent, "soort": "MUTATIES", "omgeving": "TEST",
    }  # fmt: skip
    return fields | told


def delivery(
    *rows: Row,
    head: Row | None = None,
    edit: Callable[[list[str]], Sequence[str]] = lambda lines: lines,
    columns: Sequence[str] = COLUMNS,
    newline: str = "\r\n",
) -> bytes:
    """A file with a trailer that fits its rows; `edit` gets its lines and may break them."""
    head = header() if head is None else head
    common = {"leveringsnummer": head["leveringsnummer"], "leverdatum": head["leverdatum"]}
    full = [common | {"volgnummer": str(n)} | row for n, row in enumerate(rows, 1)]
    lines = [
        ";".join(head.values()),
        ";".join(columns),
        *(";".join(_quoted(row.get(name, "")) for name in columns) for row in full),
        ";".join(["T", str(len(rows)), *(_total(rows, name) for name in SUMMED)]),
    ]
    return (newline.join(edit(lines)) + newline).encode()


def replaced(old: str, new: str, line: int | None = None) -> Callable[[list[str]], list[str]]:
    """An edit: this text by that, in one line or in all. The text must be there."""

    def edit(lines: list[str]) -> list[str]:
        assert any(old in text for n, text in enumerate(lines, 1) if line in (None, n)), old
        return [
            text.replace(old, new) if line in (None, n) else text for n, text in enumerate(lines, 1)
        ]

    return edit


def _quoted(value: str) -> str:
    if any(sign in value for sign in ';"\n'):
        return '"' + value.replace('"', '""') + '"'
    return value


def _total(rows: Sequence[Row], name: str) -> str:
    cents = sum(_cents(row[name]) for row in rows if "INGETROKKEN" not in row["tag"])
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02d}"


def _cents(text: Any) -> int:
    try:
        return to_cents(text)
    except ValueError:
        return 0
