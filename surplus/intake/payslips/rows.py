"""The rows of a file of payslips as arrays, and the checks that need no store (formats.md §1c)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from surplus.intake.checkdigits import iban_valid
from surplus.intake.columns import (
    Days,
    Texts,
    day_number,
    days,
    eleven_test,
    matches,
    month_start,
    texts,
    told,
    whole,
)
from surplus.intake.income_rows import HOURS_MAX, IMPROBABLE_CENTS, employers
from surplus.intake.notes import Ints, Mask, Notes
from surplus.money import Cents, cents_column
from surplus.payment_reference import are_valid
from surplus.rules.periods.period import LENGTH, MONTH

#: Amounts that a payslip must tell, and where they stand in the table `income`.
NEEDED = {
    "netto_loon_uitbetaald": "net_paid",
    "bruto_loon": "gross_sv",
    "loonheffing": "wage_tax",
    "vakantietoeslag_bruto": "holiday_paid",
    "eindejaarsuitkering_bruto": "extra_paid",
    "reiskosten_onbelast": "travel",
    "overige_vergoeding_onbelast": "allowance",
    "inhoudingen_overig": "deductions",
    "netto_verrekenbaar": "net_payable",
}
AMOUNTS = NEEDED | {
    "pensioen": "pension",
    "inhouding_vrijwillig": "voluntary",
    "beslag": "attachment",
    "opbouw_vt_netto": "holiday_accrued_net",
    "vakantietoeslag_netto": "holiday_paid_net",
    "eindejaarsuitkering_netto": "extra_paid_net",
}
REQUIRED = (
    "bsn_of_klantnummer", "loonheffingennummer", "naam_werkgever", "periode_begin", "periode_eind",
    "periode_soort", "betaaldatum", *NEEDED,
)  # fmt: skip
OPTIONAL = (
    *(name for name in AMOUNTS if name not in NEEDED),
    "uren", "betalingskenmerk", "iban_werkgever", "opmerking",
)  # fmt: skip
#: Our own column beside those of the file: the how manieth of equal rows it is.
OCCURRENCE = "voorkomen"
COLUMNS = (*REQUIRED, *OPTIONAL, OCCURRENCE)

#: A wage is paid at most so many days after its period.
PAID_WITHIN_DAYS = 62
#: netto_loon_uitbetaald has five terms, each rounded by payroll: a cent for each.
TERMS_CENTS = 5
NAME_LENGTH = 70
#: How an employer says in the remark that a creditor takes part of the wage.
_ATTACHMENT = "(?is).*(?:beslag|deurwaarder).*"


@dataclass(frozen=True)
class PayslipRows:
    """The payslips of one file, parsed; one value per row in every array."""

    table: pa.Table
    bsn: Ints  # 0 where the row names a client number, or nothing readable
    number: Ints  # of the client (klantnummer); 0 where the row names a BSN
    employer: Texts  # loonheffingennummer
    name: Texts
    kind: Texts  # periode_soort
    begin: Days
    end: Days
    paid_on: Days  # betaaldatum: the sender's order key
    cut: Mask  # shorter than its kind: good where an income relation begins or ends there
    reference: Texts  # betalingskenmerk; '' where not told or wrong
    iban: Texts  # iban_werkgever
    occurrence: Ints  # 0 where not counted yet
    cents: dict[str, Cents] = field(default_factory=dict)  # by column of the file
    told: dict[str, Mask] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.bsn)

    @property
    def has_key(self) -> Mask:
        """Rows of which person, employer and period begin can be read."""
        return np.asarray(
            ((self.bsn > 0) | (self.number > 0)) & (self.employer != "") & self.begin.good
        )

    @property
    def cut_at_begin(self) -> Mask:
        """Rows cut short where they begin; of weeks nobody can tell at which side."""
        starts = self.begin.number == month_start(self.begin.month)
        return np.asarray(self.cut & ((self.kind != MONTH) | ~starts))

    @property
    def cut_at_end(self) -> Mask:
        """Months cut short where they end."""
        stops = self.end.number == month_start(self.end.month, 1) - 1
        return np.asarray(self.cut & (self.kind == MONTH) & ~stops)

    def column(self, name: str) -> pa.ChunkedArray:
        """A text column as read."""
        return self.table[name]


def parse(table: pa.Table, on: str, notes: Notes) -> PayslipRows:
    """Parse and check payslips as far as they speak for themselves.

    Args:
        table: text columns, all of COLUMNS.
        on: business date, ISO: a period that begins later is refused.
        notes: receives what is wrong.
    """
    who = table["bsn_of_klantnummer"]
    bsn, formed, passes = eleven_test(who)
    client = matches(who, "K[0-9]{7}") & ~matches(who, "K0*")
    notes.add(~formed & ~client, "bsn_of_klantnummer", "R01")
    notes.add(formed & ~passes, "bsn_of_klantnummer", "R02")
    begin, end, paid_on = (
        days(table[name], dashes=True) for name in ("periode_begin", "periode_eind", "betaaldatum")
    )
    kind = texts(table["periode_soort"])
    _check_dates(begin, end, paid_on, on, notes)
    rows = PayslipRows(
        table,
        np.where(passes, bsn, 0),
        np.where(client, whole(pc.utf8_slice_codeunits(who, 1))[0], 0),
        employers(table["loonheffingennummer"], notes),
        texts(pc.utf8_slice_codeunits(table["naam_werkgever"], 0, NAME_LENGTH)),
        kind,
        begin,
        end,
        paid_on,
        _check_period(kind, begin, end, notes),
        _references(table["betalingskenmerk"], notes),
        texts(table["iban_werkgever"]),
        whole(table[OCCURRENCE])[0],
    )
    notes.add(~told(table["naam_werkgever"]), "naam_werkgever", "R26")
    account = told(table["iban_werkgever"]) & ~iban_valid(table["iban_werkgever"])
    notes.add(account, "iban_werkgever", "R34")
    _read_amounts(rows, notes)
    _check_amounts(rows, notes)
    _check_sums(rows, notes)
    _check_parts(rows, notes)
    return rows


def _check_dates(begin: Days, end: Days, paid_on: Days, on: str, notes: Notes) -> None:
    for name, day in (("periode_begin", begin), ("periode_eind", end), ("betaaldatum", paid_on)):
        notes.add(day.partial, name, "R11")
        notes.add(day.told & ~day.good & ~day.partial, name, "R10")
        notes.add(~day.told, name, "R26", "E")
    notes.add(begin.good & end.good & (end.number < begin.number), "periode_eind", "R12")
    notes.add(begin.good & (begin.number > day_number(on)), "periode_begin", "R14")
    early = begin.good & (paid_on.number < begin.number)
    late = end.good & (paid_on.number > end.number + PAID_WITHIN_DAYS)
    notes.add(paid_on.good & (early | late), "betaaldatum", "R33")


def _check_period(kind: Texts, begin: Days, end: Days, notes: Notes) -> Mask:
    """A calendar month or a number of weeks, and said to be what it is; returns what is cut short.

    Whether an income relation begins or ends where a period is cut short, the store may know.
    """
    dated = begin.good & end.good & (begin.number <= end.number)
    length = end.number - begin.number + 1
    first, last = month_start(end.month), month_start(end.month, 1) - 1
    month = dated & (begin.number == first) & (end.number == last)
    weeks = np.zeros(len(kind), np.int64)
    for code, whole_days in LENGTH.items():
        weeks[kind == code] = whole_days
    as_said = np.where(kind == MONTH, month, dated & (length == weeks))
    one_side = (begin.number == first) | (end.number == last)
    within = (begin.month == end.month) & one_side
    shorter = dated & ~as_said & np.where(kind == MONTH, within, length < weeks)
    some = month | (dated & np.isin(length, list(LENGTH.values())))
    other = dated & ~as_said & ~shorter
    notes.add(other & ~some, "periode_eind", "R13")
    notes.add(other & some, "periode_soort", "R21")
    return np.asarray(shorter)


def _references(column: pa.ChunkedArray, notes: Notes) -> Texts:
    good = matches(column, "[0-9]{16}")
    good[good] = are_valid(texts(column)[good])
    notes.add(told(column) & ~good, "betalingskenmerk", "R31")
    return np.where(good, texts(column), "")


def _read_amounts(rows: PayslipRows, notes: Notes) -> None:
    for name in AMOUNTS:
        cents, given, malformed, precise = cents_column(rows.column(name))
        rows.cents[name], rows.told[name] = cents, given & ~malformed & ~precise
        notes.add(malformed, name, "R05")
        notes.add(precise, name, "R06")
        notes.add(np.abs(cents) >= IMPROBABLE_CENTS, name, "R07")
        if name in NEEDED:
            notes.add(~given, name, "R26")
    hours, given, malformed, precise = cents_column(rows.column("uren"))
    improbable = malformed | precise | (hours < 0) | (hours > HOURS_MAX)
    notes.add(given & improbable, "uren", "R28")


def _check_amounts(rows: PayslipRows, notes: Notes) -> None:
    """Negative amounts; a negative wage waits for a person, such as where an advance is settled."""
    for name, amount in rows.cents.items():
        wage = name in ("netto_loon_uitbetaald", "netto_verrekenbaar", "bruto_loon")
        notes.add(amount < 0, name, "R27", "H" if wage else "W")
    notes.add(rows.cents["loonheffing"] > rows.cents["bruto_loon"], "loonheffing", "R20")


def _check_sums(rows: PayslipRows, notes: Notes) -> None:
    """What is paid follows from the rest, and what can be settled from what is paid."""
    cents = rows.cents
    known = np.logical_and.reduce([rows.told[name] for name in NEEDED])
    free = cents["reiskosten_onbelast"] + cents["overige_vergoeding_onbelast"]
    paid = cents["netto_loon_uitbetaald"]
    ours = cents["bruto_loon"] - cents["loonheffing"] + free - cents["inhoudingen_overig"]
    notes.add(known & (np.abs(paid - ours) > TERMS_CENTS), "netto_loon_uitbetaald", "R32")
    notes.add(known & (cents["netto_verrekenbaar"] != paid - free), "netto_verrekenbaar", "R32")


def _check_parts(rows: PayslipRows, notes: Notes) -> None:
    """Parts lie within their whole; what C needs of a part is told (formats.md §1c)."""
    cents, told_amounts = rows.cents, rows.told
    withheld = cents["pensioen"] + cents["inhouding_vrijwillig"] + cents["beslag"]
    notes.add(withheld > np.maximum(cents["inhoudingen_overig"], 0), "inhoudingen_overig", "R32")
    inside = np.zeros(len(rows), np.int64)
    for gross, net in (
        ("vakantietoeslag_bruto", "vakantietoeslag_netto"),
        ("eindejaarsuitkering_bruto", "eindejaarsuitkering_netto"),
    ):
        inside += cents[gross]
        notes.add((cents[gross] > 0) & ~told_amounts[net], net, "R26")
        notes.add(cents[net] > np.maximum(cents[gross], 0), net, "R32")
    notes.add(inside > np.maximum(cents["bruto_loon"], 0), "bruto_loon", "R32")
    flagged = matches(rows.column("opmerking"), _ATTACHMENT)
    notes.add(flagged & ~told_amounts["beslag"], "beslag", "R26")
    notes.add((cents["beslag"] > 0) & ~flagged, "opmerking", "R26")
