"""The full populations an auditor draws from: every payment, every version of every income fact.

Beside each payment stands what makes it lawful (formats.md §5.2): article, decision, norm row,
months of exemption, consent, who prepared and who approved.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from surplus.intake.clients.view import clients_as_of
from surplus.months import Month
from surplus.problems import PROBLEMS
from surplus.reports import code_words, tables, words
from surplus.reports.period import Period
from surplus.rules import at_exit, benefit, payees, surplus, work_premium
from surplus.settlement import basis as bases
from surplus.settlement.norms import norms_by_day

Columns = dict[str, Any]

#: Kind of payment -> the article it rests on, or what of the design where the law has none.
ARTICLES = {
    "fixed": benefit.SOURCES["benefit"].article,
    "extra": f"{benefit.SOURCES['benefit'].article}; {surplus.SOURCES['extra'].article}",
    "exit": f"{benefit.SOURCES['benefit'].article}; {at_exit.SOURCES['exit_payment'].article}",
    "holiday": benefit.SOURCES["holiday_allowance"].article,
    "premium": work_premium.SOURCES["work_premium"].article,
    "third-party": payees.SOURCES["payees"].article,
    "refund": "BW art. 6:203",
}

#: How a norm from the municipality's own list names its origin.
OWN = "norms.csv"

#: What was known of the case when the payment was made, and what became of its pay month.
_BESIDE = """
    SELECT o.obligation AS obligation, o.recorded_on AS recorded_on, o.run AS run,
           o.set_off_cents AS set_off_cents, o.hold_reason AS hold_reason,
           o.released_by AS released_by, o.release_reason AS release_reason,
           COALESCE(d.number, a.override_number, '') AS decision_number,
           COALESCE(d.approved_by, '') AS decided_by,
           COALESCE(c.norm_category, '') AS norm_category,
           COALESCE(a.consent_on, '') AS consent_on,
           COALESCE(a.consent_version, '') AS consent_version,
           COALESCE(s.version, 0) AS version, COALESCE(s.months_used_1, 0) AS months_used_1,
           COALESCE(s.exemption_kind_1, '') AS exemption_kind_1,
           COALESCE(s.months_used_2, 0) AS months_used_2,
           COALESCE(s.exemption_kind_2, '') AS exemption_kind_2
    FROM obligation AS o
    LEFT JOIN decision AS d ON d.municipality = o.municipality AND d.decision = o.decision
    LEFT JOIN client AS c ON c.municipality = o.municipality AND c.client = o.client
      AND c.version = (SELECT MAX(version) FROM client AS n
                       WHERE n.municipality = o.municipality AND n.client = o.client
                         AND n.recorded_on <= o.recorded_on)
    LEFT JOIN agreement AS a ON a.municipality = c.municipality AND a.client = c.client
      AND a.version = c.version
    LEFT JOIN settlement AS s ON s.municipality = o.municipality AND s.month = o.month
      AND s.client = o.client
      AND s.version = (SELECT MAX(version) FROM settlement AS n
                       WHERE n.municipality = o.municipality AND n.month = o.month
                         AND n.client = o.client AND n.recorded_on <= :last)
    WHERE o.municipality = :municipality AND o.recorded_on BETWEEN :first AND :last
    ORDER BY o.obligation
"""

_NORM_ROWS = """
    SELECT category, valid_from, valid_until, number, run FROM norm
    WHERE municipality = :municipality AND state = 'recorded' AND recorded_on <= :last
    ORDER BY norm
"""

_BATCHES = """
    SELECT batch, prepared_by, prepared_on,
           CASE WHEN approved_on <= :last THEN approved_by ELSE '' END AS approved_by,
           CASE WHEN approved_on <= :last THEN approved_on ELSE '' END AS approved_on,
           CASE WHEN exported_on <= :last THEN exported_on ELSE '' END AS exported_on
    FROM payment_batch WHERE municipality = :municipality ORDER BY batch
"""

#: Every fact told of a relation and period, the how manieth it is, and months settled without any.
_INCOME = """
    SELECT income AS id, client, person, month, period_begin, period_end, period_kind, employer,
           relation, source,
           CASE WHEN EXISTS (
               SELECT 1 FROM set_aside AS gone WHERE gone.municipality = :municipality
               AND gone.month = income.month AND gone.income = income.income
               AND gone.recorded_on <= :last) THEN 'set_aside' ELSE income.state END AS state,
           ROW_NUMBER() OVER (PARTITION BY income.client, income.person, income.employment,
                                           relation, period_begin, period_end, source
                              ORDER BY income) AS version,
           gross_sv AS gross_cents, wage_tax AS wage_tax_cents, net AS net_cents,
           net_special AS net_special_cents, net_paid AS net_paid_cents,
           net_payable AS net_payable_cents, travel AS travel_cents,
           holiday_paid AS holiday_paid_cents, extra_paid AS extra_paid_cents,
           sent_on, income.delivery AS delivery, income.line AS line,
           income.recorded_on AS recorded_on, income.run AS run
    FROM (SELECT * FROM income WHERE municipality = :municipality AND recorded_on <= :last)
         AS income
    LEFT JOIN (SELECT employment, employer FROM employment WHERE municipality = :municipality)
         AS job ON job.employment = income.employment
    ORDER BY month, client, person, id
"""
#: What of it is a whole number, beside amounts.
NUMBERS = ("id", "person", "delivery", "line")
_ZERO = """
    SELECT s.client AS client, s.month AS month, s.version AS version,
           s.recorded_on AS recorded_on, s.run AS run
    FROM settlement AS s
    WHERE s.municipality = :municipality AND s.recorded_on BETWEEN :first AND :last
      AND s.state = 'settled' AND s.wage_cents = 0 AND s.countable_cents = 0
    ORDER BY s.month, s.client, s.version
"""


def payments(period: Period) -> Columns:
    """Every payment that was made in the period, by number, with what it rests on.

    An amount that is held is among them; `status` is that of the last day.
    """
    rows = tables.obligations(period.conn, period.settings, period.first, period.last)
    beside, batches = period.read(_BESIDE), period.read(_BATCHES)
    numbers = batches.pop("batch").tolist()
    for name, column in batches.items():
        by_batch = dict(zip(numbers, column.tolist(), strict=True))
        rows[name] = tables.mapped(rows["batch"], by_batch.get)
    rows |= beside
    language = period.settings.municipality.language
    rows["hold_reason"] = tables.mapped(
        rows["hold_reason"],
        lambda code: f"{code}: {PROBLEMS[code].text[language]}" if code in PROBLEMS else code,
    )
    rows["article"] = tables.mapped(rows["kind"], ARTICLES.get)
    rows |= _norms(period, rows)
    rows["exemption_months"] = _used(rows, words.speaker(language))
    rows["client_no"] = tables.client_numbers(rows["client"])
    rows["month"] = tables.month_texts(rows["month"])
    order = ("obligation", "recorded_on", "client_no", "month", "kind", "amount_cents", "status",
             "due_on", "article", "decision_number", "decided_by", "norm_category", "norm_row",
             "norm_cents", "exemption_months", "consent_on", "consent_version", "prepared_by",
             "prepared_on", "approved_by", "approved_on", "exported_on", "batch", "end_to_end_id",
             "iban", "payee", "round", "set_off_cents", "hold_reason", "released_by",
             "release_reason", "run")  # fmt: skip
    return {name: rows[name] for name in order}


def _norms(period: Period, rows: Columns) -> Columns:
    """The norm that each payment was made on and the rows it came from, as known then."""
    cents = np.full(len(rows["client"]), None, dtype=object)
    origins = np.full(len(rows["client"]), "", dtype=object)
    today = bases.today(period.conn, period.settings)
    listed = period.read(_NORM_ROWS)
    made = np.stack([rows["month"], rows["run"]], axis=1)
    for month, run in np.unique(made, axis=0).tolist() if len(made) else ():
        of = np.flatnonzero((rows["month"] == month) & (rows["run"] == run))
        known, here = str(rows["recorded_on"][of[0]]), period.settings.code
        view = clients_as_of(period.conn, here, month, known_on=known)
        basis = replace(today, norms_until_run=run)
        told, pieces = norms_by_day(period.conn, here, view, Month(month), basis, known)
        origin = _origins(pieces, len(view["client"]))
        at = np.searchsorted(view["client"], rows["client"][of])
        there = np.isin(rows["client"][of], view["client"])
        cents[of[there]] = told.cents[at[there]]
        named = [
            text.replace(OWN, own.get(category, OWN))
            for own in [_own(listed, month, run)]
            for text, category in zip(
                origin[at[there]], rows["norm_category"][of[there]], strict=True
            )
        ]
        origins[of[there]] = named
    return {"norm_cents": cents, "norm_row": origins}


def _own(listed: Columns, month: int, run: int) -> dict[str, str]:
    """Category -> the row of the municipality's own list that was in force in a month."""
    first = Month(month).first_day.isoformat()
    rows = zip(*(listed[name].tolist() for name in listed), strict=True)
    return {
        category: f"{OWN} {begins} {number}".strip()
        for category, begins, until, number, told in rows
        if begins <= first <= (until or first) and told <= run
    }


def _origins(pieces: Any, count: int) -> Any:
    """Of each client the rows that its norm is made of, in the order of its days."""
    found: list[dict[str, None]] = [{} for _ in range(count)]
    for place in np.lexsort((pieces.first, pieces.place)).tolist():
        found[int(pieces.place[place])][str(pieces.origin[place])] = None
    return np.array([", ".join(filter(None, each)) for each in found], dtype=object)


def _used(rows: Columns, say: words.Words) -> Any:
    """Months of exemption used up to the pay month: `25% (n): 4`, of a couple of both."""
    parts = zip(*(rows[f"{name}_{person}"].tolist() for person in (1, 2)
                  for name in ("exemption_kind", "months_used")), strict=True)  # fmt: skip
    told = [
        ", ".join(
            f"{code_words.exemption(say, kind)}: {used}"
            for kind, used in ((k1, u1), (k2, u2))
            if kind and used
        )
        for k1, u1, k2, u2 in parts
    ]
    return np.array(told, dtype=object)


def income(period: Period) -> Columns:
    """Every version of every income fact of the period, then the months settled without income.

    A fact that was told again has a higher version; of a month without income every amount is 0.
    """
    rows = period.read(_INCOME)
    recent = np.asarray(rows["recorded_on"], dtype="U10") >= period.first
    rows = {name: column[recent] for name, column in rows.items()}
    zero = period.read(_ZERO)
    count = len(zero["client"])
    nothing: Columns = {}
    for name in rows:
        number = name in NUMBERS or name.endswith("_cents")
        blank = np.zeros(count, dtype=np.int64) if number else np.full(count, "", dtype=object)
        nothing[name] = zero.get(name, blank)
    nothing["source"] = np.full(count, "none", dtype=object)
    nothing["state"] = np.full(count, "settled", dtype=object)
    joined = {name: _joined(column, nothing[name]) for name, column in rows.items()}
    joined["month"] = tables.month_texts(joined["month"])
    client = {"client_no": tables.client_numbers(joined.pop("client"))}
    return {"id": joined.pop("id")} | client | joined


def _joined(first: Any, second: Any) -> Any:
    """Two columns after each other; text stays text where one of them is empty."""
    if not len(second):
        return first
    return np.concatenate([first, second]) if len(first) else second
