"""The claim to holiday allowance that the signal service can add to its net (formats.md §1d).

With `intake.claim_in_net` it is taken out of the indicative net again by the table of the law,
before anything is checked: cash is without it, and the calculation adds it by its own method, once.
Without, a net that lies above ours by just that claim is said: the setting seems to be wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from surplus.intake.columns import days, texts
from surplus.intake.income_rows import CLAIM, IncomeRows
from surplus.intake.notes import Ints, Mask, Notes
from surplus.money import cents_column, plain
from surplus.rules.income.codes import earned
from surplus.rules.income.holiday_claim import claim, which_article, without_claim
from surplus.runs import Work
from surplus.store.rates import parameters_now

NET = "indicatief_netto"
#: Gross accrual: an all-in wage, of which nothing is reserved, has no claim.
RESERVED = "opgb_recht_vt"
_PARTS = ("loon_lb", "waarde_auto", "ingehouden_lb", "inhouding_zvw")
NOT_APPLIED = 2  # ind_lhk
#: What a net may differ from wage less tax with its claim, and still seem to hold it.
NEAR_CENTS = 1


def taken_out(work: Work, table: pa.Table) -> tuple[pa.Table, Mask]:
    """The rows with their net without the claim, and the claim in a column of its own.

    Args:
        work: for the parameters.
        table: text columns of our own format.

    Returns:
        the rows, and which of them tell a claim of a year without a table.
    """
    net, given, malformed, precise = cents_column(table[NET])
    cents = {name: cents_column(table[name])[0] for name in (RESERVED, *_PARTS)}
    month = days(table["dat_e_iko"]).month
    holds = (cents[RESERVED] != 0) & given & ~malformed & ~precise & (month > 0)
    ink, by_table = net.copy(), np.ones(len(net), dtype=bool)
    ink[holds], by_table[holds] = without_claim(
        net[holds], _article(table, holds), month[holds],
        parameters_now(work.conn, work.municipality), _expected(cents)[holds],
    )  # fmt: skip
    taken = holds & (ink != net)
    written, claimed = texts(table[NET]), np.full(len(net), "", dtype=object)
    written[taken] = [_amount(cents) for cents in ink[taken].tolist()]
    claimed[taken] = [_amount(cents) for cents in (net - ink)[taken].tolist()]
    for name, column in ((NET, written), (CLAIM, claimed)):
        place = table.column_names.index(name)
        table = table.set_column(place, name, pa.chunked_array([pa.array(column, pa.string())]))
    return table, ~by_table


def suspect(work: Work, rows: IncomeRows, notes: Notes) -> None:
    """W: the net exceeds wage less tax by the claim of the table, to the cent."""
    ours = _expected(rows.cents)
    over = rows.cents[NET] - ours
    looks = rows.told[NET] & rows.told["loon_lb"] & rows.end.good & ~rows.withdrawn
    looks &= (rows.cents[RESERVED] != 0) & (over > 0)
    if CLAIM in rows.told:
        looks &= ~rows.told[CLAIM]
    if not looks.any():
        return
    parameters = parameters_now(work.conn, work.municipality)
    found = claim(ours[looks], _article(rows.table, looks), rows.end.month[looks], parameters)
    holds = np.zeros(len(rows), dtype=bool)
    holds[looks] = np.abs(over[looks] - found.cents) <= NEAR_CENTS
    notes.add(holds, NET, "CLAIM_IN_NET")


def _article(table: pa.Table, rows: Mask) -> Ints:
    """The article of these rows, none of which is that of pensioners: the service knows no ages."""
    refused = texts(table["ind_lhk"])[rows] == str(NOT_APPLIED)
    work = earned(texts(table["cd_srt_ikv"])[rows])
    return which_article(work, refused, np.zeros(int(rows.sum()), dtype=bool))


def _expected(cents: Mapping[str, Any]) -> Any:
    """Wage less what is withheld."""
    wage, *less = (cents[name] for name in _PARTS)
    return wage - sum(less)


def _amount(cents: int) -> str:
    return plain(cents).replace(".", ",")
