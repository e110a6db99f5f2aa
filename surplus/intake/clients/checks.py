"""The rows of `clients.csv` against each other and against the cases in the store.

What is wrong is said in notes; a row with an E stays out, one with an H is taken in and looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from surplus import cases
from surplus.intake.clients.rows import STATUSES
from surplus.intake.known import find, groups
from surplus.intake.notes import Ints, Mask, Notes
from surplus.months import Month
from surplus.rules.arrays import day_numbers, first_day, last_day
from surplus.rules.exemption import CODES, COUNTED
from surplus.rules.norm import housemates, norms, state_pension_day, undecided
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.rates import own_norms, parameters_now

Columns = dict[str, Any]

#: Statuses in which someone has a buffer account, or will have.
ACTIVE = STATUSES[:3]
#: Transitions that a file may tell; death may be told at any time, and is final.
TRANSITIONS = {
    "AANGEMELD": ("ACTIEF", "BEEINDIGD", "OVERLEDEN"),
    "ACTIEF": ("GEPAUZEERD", "BEEINDIGD", "OVERLEDEN"),
    "GEPAUZEERD": ("ACTIEF", "BEEINDIGD", "OVERLEDEN"),
    "BEEINDIGD": ("OVERLEDEN",),
    "OVERLEDEN": (),
}
ENDLESS = "9999-12-31"

#: Of each client and person the settled months in which an exemption with a count was used.
_USED_MONTHS = """
    WITH latest AS (
        SELECT client, month, state, exemption_1, exemption_kind_1, exemption_2, exemption_kind_2,
               ROW_NUMBER() OVER (PARTITION BY month, client ORDER BY version DESC) AS place
        FROM settlement WHERE municipality = :municipality
    )
    SELECT client, 1 AS person, exemption_kind_1 AS kind, month FROM latest
    WHERE place = 1 AND state = 'settled' AND exemption_1 > 0
    UNION ALL
    SELECT client, 2, exemption_kind_2, month FROM latest
    WHERE place = 1 AND state = 'settled' AND exemption_2 > 0
    ORDER BY client, person, kind, month
"""
#: Letter of the kinds whose months count where they are used, by their code; others run by the
#: calendar or have no end.
_COUNTED = {CODES[kind.right]: kind.letter for kind in COUNTED}


def check(work: Work, told: Columns, stored: Columns, place: Ints, notes: Notes) -> Mask:
    """All checks across rows and against the store.

    Args:
        work: the run.
        told: the rows, as columns of a case.
        stored: the cases in the store.
        place: of each row its place in `stored`; -1 for a client not known yet.
        notes: what is wrong is said here.

    Returns:
        Rows whose IBAN is also that of a stranger, whether said before or not.
    """
    notes.add(_repeated(told["client"]) & (told["client"] > 0), "klantnummer", "C01")
    everyone = _everyone(told, stored)
    count = len(told["client"])
    _check_persons(everyone, count, notes)
    _check_reference(told, stored, place, notes)
    _check_transition(told, stored, place, notes)
    own = [work.settings.bank.iban, *work.settings.bank.funding_ibans]
    notes.add(np.isin(told["iban"], own), "iban", "C06")
    moved = (place < 0) | (told["iban"] != at(stored["iban"], place))
    partner, stranger = _sharing(told, stored)
    good = ~notes.having("E")
    notes.add(good & moved & stranger, "iban", "C06", "H")
    notes.add(good & moved & partner & ~stranger, "iban", "C06", "W")
    _check_pension_age(work, told, place, notes)
    return stranger


def check_norm(work: Work, told: Columns, fresh: Mask, since: Any, notes: Notes) -> Mask:
    """C07: no norm follows for the month in which the row takes effect.

    Args:
        work: the run.
        told: the rows, as columns of a case.
        fresh: rows that tell something new about the norm.
        since: of each row the first month it holds for.
        notes: H where there is none.

    Returns:
        the rows without a norm.
    """
    rows = np.flatnonzero(fresh & np.isin(told["status"], ACTIVE))
    births = [day_numbers(told[name][rows]) for name in ("birth_date", "partner_birth_date")]
    birth, first = np.stack(births, axis=1), first_day(since[rows])
    whole_months = undecided(
        np.arange(len(rows)), first, last_day(since[rows]), told["norm_category"][rows],
        told["household"][rows], birth, housemates(told["cost_sharers"][rows], birth, first),
    )  # fmt: skip
    found, _ = norms(
        whole_months,
        since[rows],
        parameters_now(work.conn, work.municipality),
        own_norms(work.conn, work.municipality),
    )
    lacking = np.zeros(len(fresh), bool)
    lacking[rows] = found.lacks != ""
    notes.add(lacking, "normcategorie", "C07")
    return lacking


def with_own_counts(work: Work, told: Columns, stored: Columns, place: Ints, notes: Notes) -> None:
    """Months of exemption used: what the file counts against what was settled here (C11, W).

    The months of a right that is known are its baseline, before the first month settled here; a
    file that counts on as we do, or not at all, tells nothing new. Another count moves the
    baseline by the difference, which waits for a second person like any change of the right.
    """
    names = list(cases.EXEMPTIONS)
    known = place >= 0
    differs = {name: known & (told[name] != at(stored[name], place)) for name in names}
    if not any(mask.any() for mask in differs.values()):
        return
    used = bulk.read(work.conn, _USED_MONTHS, {"municipality": work.municipality})
    months = list(zip(used["kind"].tolist(), used["month"].tolist(), strict=True))
    keys = used["client"] * 2 + used["person"]
    for person, name in enumerate(names, 1):
        first, last = (
            np.searchsorted(keys, told["client"] * 2 + person, side) for side in ("left", "right")
        )
        other = np.zeros(len(place), bool)
        for i in np.flatnonzero(differs[name]).tolist():
            settled = tuple(months[first[i] : last[i]])
            told[name][i], other[i] = _restated(told[name][i], stored[name][place[i]], settled)
        notes.add(other, f"{'partner_' * (person - 1)}vrijlating_maanden_gebruikt", "C11", "W")


@lru_cache(maxsize=10_000)
def _restated(
    told: str, before: str, settled: tuple[tuple[str, int], ...]
) -> tuple[str, bool]:  # fmt: skip
    """The told rights with months used as a baseline, and whether their count differs from ours.

    `settled` are kind and month of what was settled here; a right counts them from its first day.
    """
    known = {(right.kind, right.right_from): right for right in cases.rights_of(before)}
    rights, differs = [], False
    for right in cases.rights_of(told):
        since, letter = Month.of(right.right_from), _COUNTED.get(right.kind)
        ours = sum(kind == letter and month >= since for kind, month in settled)
        if same := known.get((right.kind, right.right_from)):
            used = same.used
            if letter and right.used not in (used, used + ours):
                used, differs = max(0, right.used - ours), True
            right = right._replace(used=used)
        elif letter:
            right = right._replace(used=max(0, right.used - ours))
        rights.append(right)
    return cases.rights_text(rights), differs


def _everyone(told: Columns, stored: Columns) -> Columns:
    """The rows, followed by the cases that the file does not tell."""
    others = ~np.isin(stored["client"], told["client"])
    names = ("client", "status", "bsn", "partner_bsn", "starts_on", "ends_on")
    return {name: np.concatenate([told[name], stored[name][others]]) for name in names}


def _check_persons(everyone: Columns, count: int, notes: Notes) -> None:
    """One person has one active buffer (C02, C05) and never two participations at once (C08)."""
    active = np.isin(everyone["status"], ACTIVE)
    twice, overlap = np.zeros(len(active), bool), np.zeros(len(active), bool)
    for rows in _shared(everyone["bsn"], everyone["client"]):
        one_buffer = active[rows].sum() > 1
        twice[rows] = active[rows] & one_buffer
        for row in rows:
            others = rows[everyone["client"][rows] != everyone["client"][row]]
            overlap[row] = not one_buffer and _overlaps(everyone, row, others)
    bsns = everyone["bsn"]
    mine, partners = bsns[active], everyone["partner_bsn"][active]
    partner_too = _among(everyone["partner_bsn"], mine) | _among(bsns, partners)
    notes.add(twice[:count], "bsn", "C02")
    notes.add((active & partner_too)[:count], "bsn_partner", "C05")
    notes.add(overlap[:count], "deelname_vanaf", "C08")


def _overlaps(everyone: Columns, row: int, others: Ints) -> bool:
    starts, ends = everyone["starts_on"], everyone["ends_on"]
    return any(
        starts[row] <= (ends[other] or ENDLESS) and starts[other] <= (ends[row] or ENDLESS)
        for other in others
    )


def _check_reference(told: Columns, stored: Columns, place: Ints, notes: Notes) -> None:
    """C10: a payment reference belongs to one client for ever, and a client has one."""
    twice = _repeated(told["reference"]) & (told["reference"] != "")
    owner = at(stored["client"], find((stored["reference"],), (told["reference"],)))
    others = (owner > 0) & (owner != told["client"])
    changed = (place >= 0) & (told["reference"] != at(stored["reference"], place))
    notes.add(twice | others | changed, "betalingskenmerk", "C10")


def _check_transition(told: Columns, stored: Columns, place: Ints, notes: Notes) -> None:
    before = at(stored["status"], place)
    wrong = (place >= 0) & (told["status"] != before)
    for status, allowed in TRANSITIONS.items():
        wrong &= (before != status) | ~np.isin(told["status"], allowed)
    notes.add(wrong & np.isin(told["status"], STATUSES), "status", "C14")


def _sharing(told: Columns, stored: Columns) -> tuple[Mask, Mask]:
    """Rows with the IBAN of another client: one of the same household, and a stranger.

    An IBAN that the other leaves in the same file is still the other's: two may be swapped.
    """
    count = len(told["client"])
    partner, stranger = np.zeros(count, bool), np.zeros(count, bool)
    names = ("client", "bsn", "partner_bsn", "iban")
    client, bsn, of_partner, iban = (np.concatenate([told[n], stored[n]]) for n in names)
    for rows in _shared(iban, client):
        for row in rows[rows < count]:
            others = rows[(bsn[rows] != bsn[row]) & (client[rows] != client[row])]
            near = (bsn[others] == of_partner[row]) | (of_partner[others] == bsn[row])
            partner[row] = near.any()
            stranger[row] = (~near).any()
    return partner, stranger


def _check_pension_age(work: Work, told: Columns, place: Ints, notes: Notes) -> None:
    """C04: the state pension age is reached by this month; said when new, and in the month."""
    born = day_numbers(told["birth_date"])
    parameters = parameters_now(work.conn, work.municipality)
    reached = state_pension_day(born, parameters) // 100
    now = int(Month.of(work.on))
    due = (reached == now) | ((reached < now) & (place < 0))
    active = np.isin(told["status"], ACTIVE) & ~notes.having("E")
    notes.add(active & due, "geboortedatum", "C04", "H")


def _shared(values: Any, clients: Ints) -> Iterator[Ints]:
    """The rows of each value (not '') that more than one client has."""
    number = groups(values)
    order = np.argsort(number, kind="stable")
    bounds = np.flatnonzero(np.diff(number[order], prepend=-1, append=-1))
    sizes = np.diff(bounds)
    for start, size in zip(bounds[:-1][sizes > 1], sizes[sizes > 1], strict=True):
        rows = order[start : start + size]
        if values[rows[0]] != "" and len(set(clients[rows].tolist())) > 1:
            yield rows


def _among(values: Any, others: Any) -> Mask:
    """Where the text is also one of `others`, and not ''."""
    return np.asarray((find((others,), (values,)) >= 0) & (values != ""))


def _repeated(values: Any) -> Mask:
    number = groups(values)
    return np.asarray(np.bincount(number, minlength=1)[number] > 1)


def at(column: Any, place: Ints) -> Any:
    """The stored value of each row; the empty value where there is none."""
    empty: Any = "" if column.dtype == object else 0
    return np.append(column, np.array([empty], dtype=column.dtype))[place]
