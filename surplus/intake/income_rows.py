"""Rows of income as arrays, and every check that needs no store (formats.md §1a, §1b).

How the rows of a `doorlevering` are read stands here too; those of an InkomensLevering are read by
`suwi.rows`, and checked by the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from surplus.intake.columns import (
    Days,
    Texts,
    days,
    eleven_test,
    matches,
    month_start,
    one_of,
    texts,
    told,
    whole,
)
from surplus.intake.notes import Ints, Mask, Notes
from surplus.money import Cents, cents_column

KIND = "doorlevering"
#: Amounts of the file and where they stand in the table `income`.
AMOUNTS = {
    "bruto_loon_sv": "gross_sv",
    "loon_lb": "wage_tax_base",
    "ingehouden_lb": "wage_tax",
    "vakantietoeslag": "holiday_paid",
    "opgb_recht_vt": "holiday_accrued",
    "extra_prd_salaris": "extra_paid",
    "opgb_recht_eps": "extra_accrued",
    "reiskosten_onbelast": "travel",
    "waarde_auto": "company_car",
    "inhouding_zvw": "health_levy",
    "indicatief_netto": "net",
    "indicatief_netto_bijz": "net_special",
}
#: Amounts that the trailer adds up, in its order.
SUMMED = ("bruto_loon_sv", "loon_lb", "ingehouden_lb", "indicatief_netto")
REQUIRED = (
    "recordtype", "leveringsnummer", "volgnummer", "tag", "bsn", "loonheffingennummer",
    "volgnr_ikv", "cd_srt_ikv", "dat_b_ikv", "dat_b_iko", "dat_e_iko", "periode_soort",
    *SUMMED, "leverdatum",
)  # fmt: skip
OPTIONAL = (
    "naam_werkgever", "dat_e_ikv", "ind_lhk", "cd_lbtabel", "verloonde_uren",
    *(name for name in AMOUNTS if name not in SUMMED),
)  # fmt: skip

#: Our own column beside those of the file: the claim to holiday allowance that its net held.
CLAIM = "aanspraak_vt"
COLUMNS = (*REQUIRED, *OPTIONAL, CLAIM)

NEW = ("NIEUW_IKV", "NIEUW_IKO")
CHANGED, SAME, WITHDRAWN = "GEWIJZIGD", "ONGEWIJZIGD", "INGETROKKEN"
STATE_TAGS = (*NEW, CHANGED, SAME, WITHDRAWN)
#: Tags that say something beside the state; the first two need a person.
MANUAL_TAGS = ("LOON_IN_NATURA", "BEREKEN_VT_EN_EPS")
INFO_TAGS = (*MANUAL_TAGS, "WAJONG", "ANW_TEGEMOETKOMING")

MONTH, FOUR_WEEKS = "06", "05"
#: What a source answers instead of income: nothing is known of somebody, or it could not tell.
NOTHING, FAULT = "NietsGevonden", "Fout"
#: cd_srt_ikv of wages; our own assistance comes back as income and is left out.
WAGES = ("11", "13", "15")
OWN_BENEFIT = "43"

#: Amounts from ten million euros on need a second look.
IMPROBABLE_CENTS = 1_000_000_000
HOURS_MAX = 400_00


@dataclass(frozen=True)
class IncomeRows:
    """The rows of one delivery, parsed; one value per row in every array."""

    table: pa.Table
    tag: Texts  # the state tag; '' where there is not exactly one, or the format has none
    bsn: Ints
    employer: Texts  # loonheffingennummer
    name: Texts
    relation: Texts  # volgnr_ikv without leading zeros; '' where unreadable
    code: Texts  # cd_srt_ikv
    kind: Texts  # periode_soort
    begin: Days
    end: Days
    relation_begin: Days
    relation_end: Days
    tax_credit: Ints  # ind_lhk: 1 applied, 2 not applied, 0 not told
    answer: Texts  # '' a row of income; else that there is none: NOTHING, FAULT
    cents: dict[str, Cents] = field(default_factory=dict)  # by column of the file
    told: dict[str, Mask] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.bsn)

    @property
    def withdrawn(self) -> Mask:
        """Rows that take back what was told."""
        return np.asarray(self.tag == WITHDRAWN)

    @property
    def has_key(self) -> Mask:
        """Rows whose employer, relation and period begin can be read."""
        return np.asarray((self.employer != "") & (self.relation != "") & self.begin.good)

    def column(self, name: str) -> pa.ChunkedArray:
        """A text column as read."""
        return self.table[name]


def parse(table: pa.Table, sent_on: str, notes: Notes) -> IncomeRows:
    """Parse and check the rows of a delivery as far as they speak for themselves.

    Args:
        table: text columns, all of REQUIRED and OPTIONAL.
        sent_on: leverdatum, ISO; '' where it could not be read.
        notes: receives what is wrong.
    """
    tag = _tags(table["tag"], notes)
    numbers, formed, passes = eleven_test(table["bsn"])
    notes.add(~formed, "bsn", "R01")
    notes.add(formed & ~passes, "bsn", "R02")
    relation, countable = whole(table["volgnr_ikv"], "[0-9]{1,4}")
    notes.add(~countable, "volgnr_ikv", "R26", "E")
    notes.add(~one_of(table["recordtype"], ("D",)), "recordtype", "F18", "E")
    rows = IncomeRows(
        table,
        tag,
        np.where(passes, numbers, 0),
        employers(table["loonheffingennummer"], notes),
        texts(pc.utf8_slice_codeunits(table["naam_werkgever"], 0, 200)),
        np.where(countable, relation.astype(str).astype(object), ""),
        texts(table["cd_srt_ikv"]),
        texts(table["periode_soort"]),
        days(table["dat_b_iko"]),
        days(table["dat_e_iko"]),
        days(table["dat_b_ikv"]),
        days(unknown_as_untold(table["dat_e_ikv"])),
        whole(table["ind_lhk"], "[12]")[0],
        np.full(len(table), "", dtype=object),
    )
    notes.add(~rows.relation_begin.told, "dat_b_ikv", "R26")
    _check_codes(rows, notes)
    _read_amounts(rows, notes)
    check(rows, sent_on, notes)
    return rows


def unknown_as_untold(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """End dates without those that say 'unknown' (00000000)."""
    return pc.if_else(pc.equal(column, "00000000"), "", column)


def check(rows: IncomeRows, sent_on: str, notes: Notes) -> None:
    """What rows of income must be, whatever the format that tells them.

    Args:
        rows: with their amounts.
        sent_on: leverdatum, ISO; '' where it could not be read.
        notes: receives what is wrong, under the column names of a `doorlevering`.
    """
    _check_dates(rows, sent_on, notes)
    _check_period(rows, notes)
    notes.drop(rows.code == OWN_BENEFIT, "cd_srt_ikv", "R22")
    _check_amounts(rows, notes)


def _tags(column: pa.ChunkedArray, notes: Notes) -> Texts:
    """The one state tag of every row; information tags that need a person hold the row."""
    encoded = column.combine_chunks().dictionary_encode()
    kinds = [value.split("+") for value in encoded.dictionary.to_pylist()]
    index = encoded.indices.to_numpy()
    states = [[part for part in parts if part in STATE_TAGS] for parts in kinds]

    def where(true: list[bool]) -> Mask:
        return np.asarray(np.array(true, bool)[index])

    known = {*STATE_TAGS, *INFO_TAGS}
    unknown = where([not known.issuperset(parts) for parts in kinds])
    notes.add(unknown, "tag", "R22")
    notes.add(where([len(state) != 1 for state in states]) & ~unknown, "tag", "R18", "E")
    notes.add(where([any(p in MANUAL_TAGS for p in parts) for parts in kinds]), "tag", "R22", "H")
    single = np.array([state[0] if len(state) == 1 else "" for state in states], object)
    return np.asarray(single[index])


def employers(column: pa.ChunkedArray, notes: Notes, due: Mask | bool = True) -> Texts:
    """Loonheffingennummers, '' where they have not their form (R04, of the rows that owe one)."""
    formed = matches(column, "[0-9]{9}L[0-9]{2}")
    notes.add(~formed & due, "loonheffingennummer", "R04")
    _, _, passes = eleven_test(pc.utf8_slice_codeunits(column, 0, 9))
    notes.add(formed & ~passes, "loonheffingennummer", "R04", "W")
    return np.where(formed, texts(column), "")


def _check_dates(rows: IncomeRows, sent_on: str, notes: Notes) -> None:
    for name, day in (("dat_b_iko", rows.begin), ("dat_e_iko", rows.end)):
        notes.add(day.partial, name, "R11")
        notes.add(day.told & ~day.good & ~day.partial, name, "R10")
    notes.add(~rows.begin.told, "dat_b_iko", "R26", "E")
    notes.add(~rows.end.told, "dat_e_iko", "R26")
    for name, day in (("dat_b_ikv", rows.relation_begin), ("dat_e_ikv", rows.relation_end)):
        notes.add(day.partial, name, "R11", "W")
        notes.add(day.told & ~day.good & ~day.partial, name, "R10")
    notes.add(_before(rows.end, rows.begin), "dat_e_iko", "R12")
    notes.add(_before(rows.relation_end, rows.relation_begin), "dat_e_ikv", "R12")
    outside = _before(rows.begin, rows.relation_begin) | _before(rows.relation_end, rows.end)
    notes.add(outside, "dat_b_ikv", "R23")
    notes.add(rows.begin.good & (rows.begin.iso > (sent_on or "9")), "dat_b_iko", "R14")


def _before(one: Days, other: Days) -> Mask:
    return one.good & other.good & (one.number < other.number)


def _check_period(rows: IncomeRows, notes: Notes) -> None:
    """A month, cut by begin or end of the relation, or four weeks; and said to be what it is.

    The employer's grid of thirteen periods is told nowhere; an overlap (R17) shows a shifted one.
    """
    dated, month, four_weeks = shapes(rows)
    notes.add(dated & ~month & ~four_weeks, "dat_e_iko", "R13")
    said = ((rows.kind == MONTH) & month) | ((rows.kind == FOUR_WEEKS) & four_weeks)
    known = (rows.kind == MONTH) | (rows.kind == FOUR_WEEKS)
    notes.add(((month | four_weeks) & ~said) | (dated & ~known), "periode_soort", "R21")


def shapes(rows: IncomeRows) -> tuple[Mask, Mask, Mask]:
    """Which rows have two dates in order, which of them are a month, and which are four weeks."""
    begin, end = rows.begin, rows.end
    dated = begin.good & end.good & (begin.number <= end.number)
    starts = (begin.number == month_start(begin.month)) | (
        begin.number == rows.relation_begin.number
    )
    stops = (end.number == month_start(end.month, 1) - 1) | (
        rows.relation_end.good & (end.number == rows.relation_end.number)
    )
    month = dated & (begin.month == end.month) & starts & stops
    return dated, month, dated & (end.number - begin.number == 27)


def _check_codes(rows: IncomeRows, notes: Notes) -> None:
    formed = matches(rows.column("cd_srt_ikv"), "[0-9]{2}")
    notes.add(~formed, "cd_srt_ikv", "R22")
    notes.add(~matches(rows.column("ind_lhk"), "[12]?"), "ind_lhk", "R22", "W")
    notes.add(~matches(rows.column("cd_lbtabel"), "[0-9]{0,3}"), "cd_lbtabel", "R22", "W")
    hours, given, malformed, precise = cents_column(rows.column("verloonde_uren"))
    improbable = malformed | precise | (hours < 0) | (hours > HOURS_MAX)
    notes.add(given & improbable, "verloonde_uren", "R28")


def _read_amounts(rows: IncomeRows, notes: Notes) -> None:
    taken_out = told(rows.column(CLAIM)).any()
    for name in (*AMOUNTS, *([CLAIM] if taken_out else [])):
        cents, given, malformed, precise = cents_column(rows.column(name))
        rows.cents[name], rows.told[name] = cents, given & ~malformed & ~precise
        notes.add(malformed, name, "R05")
        notes.add(precise, name, "R06")
        if name in SUMMED:
            notes.add(~given & ~rows.withdrawn, name, "R26")


def _check_amounts(rows: IncomeRows, notes: Notes) -> None:
    cents, standing = rows.cents, ~rows.withdrawn
    told_amounts = np.any([amount != 0 for amount in cents.values()], axis=0)
    notes.add(rows.withdrawn & told_amounts, "tag", "R19")
    turned = standing & (cents["bruto_loon_sv"] < 0) & (cents["ingehouden_lb"] > 0)
    notes.add(turned, "bruto_loon_sv", "R27", "H")
    for name, amount in cents.items():
        notes.add(np.abs(amount) >= IMPROBABLE_CENTS, name, "R07")
        already = turned & (name == "bruto_loon_sv")
        notes.add(standing & (amount < 0) & ~already, name, "R27")
    _check_net(rows, notes)
    # Holiday pay and year-end pay are treated differently: which part of the net is which?
    both = (cents["vakantietoeslag"] > 0) & (cents["extra_prd_salaris"] > 0)
    unsplit = both & (cents["indicatief_netto_bijz"] != 0)
    notes.add(standing & unsplit, "indicatief_netto_bijz", "R26")


def _check_net(rows: IncomeRows, notes: Notes) -> None:
    """The sender's net against ours: wage − car − tax − Zvw; the WGA part lies within 2%."""
    cents = rows.cents
    base = cents["loon_lb"]
    readable = ~notes.having("E", "R05") & ~notes.having("E", "R06")
    known = rows.told["loon_lb"] & rows.told["indicatief_netto"] & readable & ~rows.withdrawn
    ours = base - cents["waarde_auto"] - cents["ingehouden_lb"] - cents["inhouding_zvw"]
    theirs = cents["indicatief_netto"] + cents["indicatief_netto_bijz"]
    apart = np.abs(ours - theirs) * 50 > np.abs(base)
    above = cents["indicatief_netto"] > base
    notes.add(known & (above | apart), "indicatief_netto", "R20")
