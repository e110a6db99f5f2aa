"""A row of income against everything else that was told: who, when, twice, over, again.

Only what the *sender* told before counts, whatever has arrived meanwhile: a delivery that comes
late is judged as it would have been in time, and the rows after it are looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from sqlalchemy import Select, select

from surplus.intake import income_rows, known
from surplus.intake.columns import Texts
from surplus.intake.doorlevering import claim_in_net
from surplus.intake.income_rows import AMOUNTS, FAULT, NEW, NOTHING, SAME, WAGES, IncomeRows
from surplus.intake.notes import UNCHANGED, Ints, Mask, Notes
from surplus.intake.suwi import rows as suwi
from surplus.rules.runs import shares_a_day
from surplus.runs import Work
from surplus.store.tables import delivery


class Format(NamedTuple):
    """How the rows of a kind of delivery are read."""

    columns: Sequence[str]
    parse: Callable[[pa.Table, str, Notes], IncomeRows]


#: By the kind of the delivery.
FORMATS = {
    income_rows.KIND: Format(income_rows.COLUMNS, income_rows.parse),
    suwi.KIND: Format(suwi.COLUMNS, suwi.parse),
}
FULL = "VOLLEDIG"


class Sender(NamedTuple):
    """Where rows come from; `sent_on` and `sent_id` are the sender's order key."""

    delivery: int
    sent_id: str  # leveringsnummer, or Volgnummer with leading zeros
    sent_on: str  # leverdatum, ISO
    kind: str = ""
    scope: str = ""  # VOLLEDIG | MUTATIES

    @classmethod
    def query(cls, *more: Any) -> Select[Any]:
        """What makes a sender, and more of its delivery; in the sender's order."""
        told = (delivery.c[name] for name in ("delivery", "sent_id", "sent_on", "kind", "scope"))
        return select(*told, *more).order_by(delivery.c.sent_on, delivery.c.sent_id)

    @property
    def order(self) -> tuple[str, str]:
        """What decides which telling is the later one."""
        return (self.sent_on, self.sent_id)


@dataclass(frozen=True)
class Judged:
    """Rows of one delivery with what is said about them."""

    sender: Sender
    rows: IncomeRows
    notes: Notes
    client: Ints  # 0 where unknown
    person: Ints
    employment: Ints  # 0 where the store has none yet


def judge(work: Work, sender: Sender, table: pa.Table, lines: Ints) -> Judged:
    """Parse rows as read and check them in full."""
    notes = Notes(lines)
    rows = FORMATS[sender.kind].parse(table, sender.sent_on, notes)
    return against_store(work, sender, rows, notes)


def against_store(work: Work, sender: Sender, rows: IncomeRows, notes: Notes) -> Judged:
    """The checks on parsed rows that need the store: R03, R15 to R18, R22 of benefits, R36."""
    client, person, inside = known.people(work, rows.bsn, rows.end.month)
    employment = known.employments(work, client, person, rows.employer)
    judged = Judged(sender, rows, notes, client, person, employment)
    notes.clients, notes.persons, notes.months = client, person, rows.end.month
    if not len(rows):
        return judged
    notes.add((client == 0) & (rows.bsn > 0), "bsn", "R03")
    notes.add((client > 0) & rows.end.good & ~inside, "dat_e_iko", "R15")
    other = ~np.isin(rows.code, WAGES) & (rows.answer == "")
    other &= ~known.paid_to_decided(work, client, rows.employer)
    notes.add(other & ~notes.having("I", "R22") & ~notes.having("E"), "cd_srt_ikv", "R22", "H")
    claim_in_net.suspect(work, rows, notes)
    _about_answers(work, judged)
    _told_twice(judged)
    _against_earlier(work, judged)
    new = notes.states() == "recorded"
    if new.any():
        late = np.flatnonzero(new)
        new[late] = known.settled(work, client[late], rows.end.month[late])
        notes.add(new, "dat_e_iko", "R36")
    return judged


def _about_answers(work: Work, judged: Judged) -> None:
    """R25: the source could not tell. R18: it knows nothing of whom it told something before.

    A fault stands until the sender tells of the person and month after all. That nothing is known
    takes nothing back, save in a full delivery.
    """
    rows, notes, sender = judged.rows, judged.notes, judged.sender
    who = (judged.client, judged.person, rows.end.month)
    if (fault := rows.answer == FAULT).any():
        told = known.told_after(work, rows.end.month[fault], sender.sent_on, sender.sent_id)
        answered = fault & (known.find(told, who) >= 0)
        notes.add(fault & ~answered, "fwi:Fout", "R25")
        notes.drop(answered, "fwi:Fout", "R25")
    if (nothing := rows.answer == NOTHING).any() and sender.scope != FULL:
        stands = known.standing(work, rows.end.month[nothing], sender.sent_on, sender.sent_id)
        notes.add(nothing & (known.find(stands, who) >= 0), "fwi:NietsGevonden", "R18")


def _told_twice(judged: Judged) -> None:
    """The same period twice in one file: two contents reject both, equal ones keep the first."""
    rows, notes = judged.rows, judged.notes
    counted = (rows.bsn > 0) & rows.has_key & ~notes.having("E")
    alone = np.where(counted, -1, np.arange(len(rows)))
    key = known.groups(rows.bsn, rows.employer, rows.relation, rows.begin.iso, alone)
    amounts = (rows.cents[name] for name in AMOUNTS)
    content = known.groups(
        key,
        *amounts,
        rows.end.iso,
        rows.kind,
        rows.code,
        rows.tax_credit,
        rows.withdrawn,
    )
    first = np.zeros(len(rows), bool)
    first[np.unique(content, return_index=True)[1]] = True
    differs = np.bincount(key[first])[key] > 1
    notes.add(differs, "dat_b_iko", "R16")
    notes.add(~first & ~differs, "dat_b_iko", "R16", "W")
    notes.unchanged(~first & ~differs)


def _against_earlier(work: Work, judged: Judged) -> None:
    """R17 and R18, and what is told again, against what the sender told before."""
    rows, notes, sender = judged.rows, judged.notes, judged.sender
    placed = (judged.client > 0) & rows.end.good & rows.begin.good
    history = known.facts(
        work,
        judged.client[placed],
        rows.end.month[placed],
        rows.begin.iso[placed],
        rows.end.iso[placed],
    )
    told_before = known.before(history, sender.sent_on, sender.sent_id)
    earlier = known.last_told({name: column[told_before] for name, column in history.items()})
    prior = known.find(
        (earlier["employment"], earlier["relation"], earlier["period_begin"]),
        (np.where(judged.employment > 0, judged.employment, -1), rows.relation, rows.begin.iso),
    )
    notes.add(_overlaps(judged, earlier, prior), "dat_b_iko", "R17")
    same = _same(rows, earlier, prior)
    fits = _tag_fits(rows.tag, prior >= 0, pick(earlier["state"], prior) == "recorded", same)
    # The second of two equal rows in one file has its twin to speak for it.
    readable = rows.has_key & (rows.tag != "") & ~notes.having("E") & ~notes.having("W", "R16")
    notes.add(readable & ~fits, "tag", "R18")
    again = same & (pick(earlier["relation_begin"], prior) == rows.relation_begin.iso)
    again &= pick(earlier["relation_end"], prior) == rows.relation_end.iso
    notes.unchanged(again & (notes.states() == "recorded"))


def pick(column: Any, place: Ints) -> Any:
    """The values at these places; the empty value of the type where the place is -1."""
    empty = np.zeros(1, column.dtype) if column.dtype != object else np.array([""], object)
    return np.concatenate([column, empty])[place]


def _same(rows: IncomeRows, earlier: known.Columns, prior: Ints) -> Mask:
    """Where a row tells what its key told before; absent amounts count as zero."""
    equal = pick(earlier["period_end"], prior) == rows.end.iso
    equal &= pick(earlier["period_kind"], prior) == rows.kind
    equal &= pick(earlier["income_code"], prior) == rows.code
    equal &= pick(earlier["tax_credit"], prior) == rows.tax_credit
    for name, stored in AMOUNTS.items():
        equal &= pick(earlier[stored], prior) == rows.cents[name]
    withdrawn = pick(earlier["state"], prior) == "withdrawn"
    return np.asarray((prior >= 0) & (withdrawn == rows.withdrawn) & (equal | rows.withdrawn))


def _tag_fits(tag: Texts, told: Mask, stands: Mask, same: Mask) -> Mask:
    """New: not told, or taken back, or the same again. Changed and withdrawn: told. Same: same."""
    new, unchanged = np.isin(tag, NEW), tag == SAME
    return np.select([new, unchanged], [~stands | same, same], told)


def _overlaps(judged: Judged, earlier: known.Columns, prior: Ints) -> Mask:
    """Rows whose period shares a day with another period of the same relation."""
    rows, notes = judged.rows, judged.notes
    replaced = np.zeros(len(earlier["employment"]), bool)
    replaced[prior[prior >= 0]] = True
    standing = ~replaced & (earlier["state"] == "recorded")
    dated = rows.begin.good & rows.end.good & rows.has_key
    counts = dated & ~rows.withdrawn & ~notes.having("E") & ~notes.having("I", UNCHANGED)
    unknown = -1 - known.groups(rows.bsn, rows.employer)
    employment = np.where(judged.employment > 0, judged.employment, unknown)
    relation = known.groups(
        np.concatenate([earlier["employment"][standing], employment[counts]]),
        np.concatenate([earlier["relation"][standing], rows.relation[counts]]),
    )
    begins = np.concatenate([_days(earlier["period_begin"][standing]), rows.begin.number[counts]])
    ends = np.concatenate([_days(earlier["period_end"][standing]), rows.end.number[counts]])
    mask = np.zeros(len(rows), bool)
    mask[counts] = shares_a_day(relation, begins, ends)[standing.sum() :]
    return mask


def _days(iso: Texts) -> Ints:
    return iso.astype("datetime64[D]").astype(np.int64)
