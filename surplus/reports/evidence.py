"""What an auditor asks beside the populations: who agreed, what was corrected, what is unexplained.

All of it is as known on the last day of the period. No name, BSN or account number is in it: of a
change that is about such a thing only stands that there was one.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import bindparam, text

from surplus.bank import suspense
from surplus.bank.payments import REASONS
from surplus.ledger.accounts import BUFFER, IN_TRANSIT, UNMATCHED
from surplus.ledger.executed import OWED
from surplus.money import euros
from surplus.months import Month
from surplus.problems import PROBLEMS
from surplus.reports import tables, words
from surplus.reports.period import Period
from surplus.store.rates import parameters_now

Columns = dict[str, Any]

_SUSPENSE = """
    SELECT b.item AS item, b.booked_on AS booked_on, statement.statement_id AS statement_id,
           b.line AS line, b.bank_reference AS bank_reference, b.family AS family,
           b.client AS client, b.amount_cents AS amount_cents, -open.amount AS open_cents
    FROM (SELECT item, SUM(amount) AS amount
          FROM entry JOIN posting
            ON posting.municipality = entry.municipality AND posting.entry = entry.entry
          WHERE entry.municipality = :municipality AND account = :unmatched AND booked_on <= :last
          GROUP BY item HAVING SUM(amount) <> 0) AS open
    JOIN bank_item AS b ON b.municipality = :municipality AND b.item = open.item
    JOIN statement ON statement.municipality = b.municipality AND statement.statement = b.statement
    ORDER BY b.booked_on, b.item
"""

#: Each later version of a month, with what its entry did to the buffer: two sources of one amount.
_CORRECTED = """
    SELECT s.client AS client, s.month AS month, s.version AS version, s.cause AS cause,
           s.state AS state, was.entitlement_cents AS before_cents,
           s.entitlement_cents AS after_cents, s.recorded_on AS recorded_on, s.run AS run
    FROM settlement AS s JOIN settlement AS was
      ON was.municipality = s.municipality AND was.month = s.month AND was.client = s.client
     AND was.version = s.version - 1
    WHERE s.municipality = :municipality AND s.recorded_on BETWEEN :first AND :last
    ORDER BY s.month, s.client, s.version
"""
_BOOKED = """
    SELECT entry.client AS client, entry.month AS month, reference, MAX(entry.entry) AS entry,
           SUM(CASE WHEN account = :buffer THEN -amount ELSE 0 END) AS cents
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND kind = 'settlement'
      AND booked_on BETWEEN :first AND :last AND reference <> 'settlement:1'
    GROUP BY entry.client, entry.month, reference
"""

#: Entries that undo or put right another one; those of payments stand on their own sheet too.
UNDOING = ("adjustment", "claim-cancelled", "payment-cancelled", "payment-reversed",
           "receipt-reversed", "write-off")  # fmt: skip
_UNDONE = text(
    """
    SELECT entry.entry AS entry, kind, entry.client AS client, entry.month AS month, reference,
           SUM(CASE WHEN amount > 0 THEN amount ELSE 0 END) AS turnover_cents,
           booked_on AS recorded_on, run
    FROM entry JOIN posting
      ON posting.municipality = entry.municipality AND posting.entry = entry.entry
    WHERE entry.municipality = :municipality AND kind IN :kinds
      AND booked_on BETWEEN :first AND :last
    GROUP BY entry.entry, kind, entry.client, entry.month, reference, booked_on, run
    ORDER BY entry.entry
    """
).bindparams(bindparam("kinds", expanding=True))

#: Payments that left and came back, and what the ledger put back for each.
_FAILED = text(
    """
    SELECT e.event AS event, e.recorded_on AS recorded_on, e.state AS state,
           o.obligation AS obligation, o.client AS client, o.month AS month, o.kind AS kind,
           o.amount_cents AS amount_cents, COALESCE(back.cents, 0) AS booked_back_cents,
           e.reason AS reason, o.batch AS batch, e.who AS who,
           COALESCE(again.obligation, 0) AS again, e.run AS run
    FROM payment_event AS e
    JOIN obligation AS o ON o.municipality = e.municipality
     AND (o.obligation = e.obligation OR e.obligation = 0 AND o.batch = e.batch)
    LEFT JOIN (SELECT item, SUM(amount) AS cents
               FROM entry JOIN posting
                 ON posting.municipality = entry.municipality AND posting.entry = entry.entry
               WHERE entry.municipality = :municipality AND kind = 'payment-reversed'
                 AND account = :transit AND booked_on <= :last
               GROUP BY item) AS back ON back.item = o.obligation
    LEFT JOIN obligation AS again ON again.municipality = o.municipality
     AND again.client = o.client AND again.month = o.month AND again.kind = o.kind
     AND again.payee = o.payee AND again.round = o.round + 1 AND again.state <> 'CANCELLED'
     AND again.recorded_on <= :last
    WHERE e.municipality = :municipality AND e.state IN :owed
      AND e.recorded_on BETWEEN :first AND :last
    ORDER BY e.event, o.obligation
    """
).bindparams(bindparam("owed", expanding=True))

_BATCHES = """
    SELECT batch, message_id, month, due_on, payments, total_cents,
           prepared_by, prepared_on,
           CASE WHEN approved_on <= :last THEN approved_by ELSE '' END AS approved_by,
           CASE WHEN approved_on <= :last THEN approved_on ELSE '' END AS approved_on,
           CASE WHEN approved_on <= :last THEN sha256 ELSE '' END AS approved_sha256,
           CASE WHEN exported_on <= :last THEN exported_on ELSE '' END AS exported_on,
           CASE WHEN exported_on <= :last THEN file ELSE '' END AS file,
           CASE WHEN signature <> '' AND approved_on <= :last THEN 1 ELSE 0 END AS signed,
           COALESCE((SELECT started_at FROM run WHERE run.municipality = payment_batch.municipality
                     AND run.run = payment_batch.run), '') AS prepared_at
    FROM payment_batch
    WHERE municipality = :municipality AND prepared_on <= :last
      AND (prepared_on >= :first OR approved_on BETWEEN :first AND :last
           OR exported_on BETWEEN :first AND :last)
    ORDER BY batch
"""
#: By the clock: when the runs began in which batches were approved and their files written.
_CLOCK = """
    SELECT batch, payment_event.state AS state, MAX(started_at) AS at
    FROM payment_event JOIN run ON run.municipality = payment_event.municipality
     AND run.run = payment_event.run
    WHERE payment_event.municipality = :municipality AND recorded_on <= :last AND obligation = 0
      AND payment_event.state IN ('APPROVED', 'SENT')
    GROUP BY batch, payment_event.state ORDER BY batch, payment_event.state
"""
_EXPORTS = """
    SELECT subject FROM audit
    WHERE municipality = :municipality AND action = 'pay export' AND recorded_on <= :last
    ORDER BY audit
"""

_NORMS = """
    SELECT category AS name, valid_from, valid_until, total_cents AS amount_cents, net_cents,
           holiday_cents, number, source, author, approver, approved_on, state, recorded_on, run
    FROM norm WHERE municipality = :municipality AND recorded_on <= :last ORDER BY norm
"""
_OWN = """
    SELECT name, household, age_band, valid_from, recorded_on, run FROM parameter
    WHERE municipality = :municipality AND recorded_on <= :last ORDER BY parameter
"""

#: The trail; that somebody took a workbook along is in it from the next day on.
_TRAIL = """
    SELECT audit AS number, recorded_on, who, proved, action, subject, reason, run
    FROM audit
    WHERE municipality = :municipality AND recorded_on BETWEEN :first AND :last
      AND action <> 'audit'
    ORDER BY audit
"""
_CHANGES = """
    SELECT change AS number, kind, client, field, old, new, payload, asked_by, asked_on,
           CASE WHEN decided_on > :last THEN 'waiting' ELSE state END AS state,
           CASE WHEN decided_on > :last THEN '' ELSE decided_by END AS decided_by,
           CASE WHEN decided_on > :last THEN '' ELSE decided_on END AS decided_on, reason, run
    FROM change
    WHERE municipality = :municipality AND asked_on <= :last
      AND (asked_on >= :first OR decided_on BETWEEN :first AND :last)
    ORDER BY change
"""
_HEADS = """
    SELECT seal.run AS run, head FROM seal WHERE seal.municipality = :municipality
    ORDER BY seal.seal
"""
_RIGHTS = """
    SELECT version, operators, confirmed_by, recorded_on FROM operator_rights
    WHERE municipality = :municipality AND recorded_on <= :last ORDER BY version
"""

#: Fields of a case whose values are no personal data, and what a decision tells without any, with
#: how it is headed.
OPEN_FIELDS = (
    "status", "household", "cost_sharers", "norm_category", "starts_on", "ends_on", "buffer_cap",
    "withdrawn_on", "consent_on", "consent_version", "override_cents", "override_until",
)  # fmt: skip
OPEN_KINDS = ("norm", "parameter", "opening", "operators", "year-close", "settle", "adopt")
OF_DECISION = {
    "number": "decision_number", "month": "month", "amount_cents": "amount_cents",
    "valid_from": "valid_from", "valid_until": "valid_until", "employer": "employer",
    "value": "value",
}  # fmt: skip
HIDDEN = "•••"


def unexplained(period: Period) -> Columns:
    """What stood in suspense on the last day, oldest first, with its age in days."""
    rows = period.read(_SUSPENSE, unmatched=UNMATCHED)
    last = date.fromisoformat(period.last)
    days = [(last - date.fromisoformat(day)).days for day in rows["booked_on"].tolist()]
    rows["client_no"] = tables.client_numbers(rows.pop("client"))
    rows["days"] = np.array(days, dtype=np.int64)
    rows["age"] = np.array([suspense.age_of(each) for each in days], dtype=np.int64)
    return rows


def corrections(period: Period) -> Columns:
    """Months that were settled anew, with what the ledger booked for it, then undoing entries."""
    rows, undone = period.read(_CORRECTED), period.read(_UNDONE, kinds=UNDOING)
    booked = period.read(_BOOKED, buffer=BUFFER)
    places = zip(*(booked[name].tolist() for name in booked), strict=True)
    found = {(client, month, ref): (number, cents) for client, month, ref, number, cents in places}
    keys = zip(*(rows[name].tolist() for name in ("client", "month", "version")), strict=True)
    entries = [found.get((c, m, f"settlement:{v}"), (None, 0)) for c, m, v in keys]
    first: dict[str, list[Any]] = {
        **{name: column.tolist() for name, column in rows.items()},
        "kind": ["settlement"] * len(entries),
        "entry": [entry for entry, _cents in entries],
        "booked_cents": [cents for _entry, cents in entries],
        "turnover_cents": [None] * len(entries),
        "reference": [f"settlement:{version}" for version in rows["version"].tolist()],
    }
    amounts = zip(*(first[f"{of}_cents"] for of in ("before", "after", "booked")), strict=True)
    first["check_cents"] = [after - before - cents for before, after, cents in amounts]
    order = ("kind", "client", "month", "version", "cause", "state", "before_cents",
             "after_cents", "booked_cents", "check_cents", "turnover_cents", "entry",
             "reference", "recorded_on", "run")  # fmt: skip
    texts = ("kind", "cause", "state", "reference", "recorded_on")
    blank = dict.fromkeys(texts, "") | dict.fromkeys(("before_cents", "after_cents"))
    count = len(undone["entry"])
    joined: Columns = {}
    for name in order:
        empty = [0 if name == "check_cents" else blank.get(name)] * count
        more = undone[name].tolist() if name in undone else empty
        values = [*first[name], *more]
        joined[name] = _column(values, whole=name in ("client", "month", "run"))
    joined["month"] = tables.month_texts(joined["month"])
    client = {"client_no": tables.client_numbers(joined.pop("client"))}
    return {"kind": joined.pop("kind")} | client | joined


def failed(period: Period) -> Columns:
    """Payments that were refused, returned or recalled, with the bank's reason and what followed.

    `again` is the payment that was made in its stead, 0 where there is none yet.
    """
    rows = period.read(_FAILED, owed=OWED, transit=IN_TRANSIT)
    told = [str(reason).partition(" ") for reason in rows["reason"].tolist()]
    rows["code"] = _texts(code.strip("-") for code, _, _ in told)
    language = period.settings.municipality.language
    rows["text"] = _texts(
        PROBLEMS[REASONS.get(code, "PAYMENT_FAILED")].text[language] for code in rows["code"]
    )
    rows["reference"] = _texts(place for _, _, place in told)
    rows["check_cents"] = rows["amount_cents"] - rows["booked_back_cents"]
    rows["client_no"] = tables.client_numbers(rows.pop("client"))
    rows["month"] = tables.month_texts(rows["month"])
    order = ("event", "recorded_on", "state", "obligation", "client_no", "month", "kind",
             "amount_cents", "booked_back_cents", "check_cents", "code", "text", "reference",
             "again", "batch", "who", "run")  # fmt: skip
    return {name: rows[name] for name in order}


def authorisations(period: Period) -> Columns:
    """Every batch of the period: who prepared, who approved for whom, and whether the file that
    left is the one that was approved.

    The hash approved is kept with the batch, the hash sent in the audit trail at each export.
    """
    rows = period.read(_BATCHES)
    sent = [str(subject).split() for subject in period.read(_EXPORTS)["subject"].tolist()]
    hashes = {int(words[1]): words[-1] for words in sent if len(words) > 2}
    rows["sent_sha256"] = _texts(hashes.get(batch, "") for batch in rows["batch"].tolist())
    rows["month"] = tables.month_texts(rows["month"])
    versions = _versions(period)
    rows["instead_of"] = _texts(
        _instead_of(versions, who, day)
        for who, day in zip(rows["approved_by"].tolist(), rows["approved_on"].tolist(), strict=True)
    )
    clock = {(batch, state): at for batch, state, at in _rows(period.read(_CLOCK))}
    for name, state in (("approved_at", "APPROVED"), ("exported_at", "SENT")):
        rows[name] = _texts(clock.get((batch, state), "") for batch in rows["batch"].tolist())
    pairs = zip(rows["approved_sha256"], rows["sent_sha256"], strict=True)
    rows["other_file"] = _whole(int(bool(out) and out != agreed) for agreed, out in pairs)
    pairs = zip(rows["prepared_by"], rows["approved_by"], strict=True)
    rows["one_person"] = _whole(int(bool(second) and one == second) for one, second in pairs)
    order = ("batch", "message_id", "month", "due_on", "payments", "total_cents", "prepared_by",
             "prepared_on", "approved_by", "approved_on", "one_person", "instead_of", "signed",
             "exported_on", "file", "approved_sha256", "sent_sha256", "other_file", "prepared_at",
             "approved_at", "exported_at")  # fmt: skip
    return {name: rows[name] for name in order}


def rights(period: Period) -> Columns:
    """Who had which rights, version by version; version 0 is surplus.toml where none was agreed."""
    rows = [
        (
            version, known_on, who, name, " ".join(keys["rights"]), keys.get("substitute", ""),
            keys.get("substitute_from", ""), keys.get("substitute_until", ""),
            int(bool(keys.get("os_users"))),
        )
        for version, known_on, who, told in _versions(period)
        for name, keys in sorted(told.items())
        if "rights" in keys
    ]  # fmt: skip
    names = ("version", "known_on", "confirmed_by", "operator", "rights", "substitute",
             "valid_from", "valid_until", "proved")  # fmt: skip
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    numbers = ("version",)
    told = {name: _column(of, name in numbers) for name, of in zip(names, columns, strict=True)}
    return told | {"proved": _texts(map(str, told["proved"].tolist()))}


def _versions(period: Period) -> list[tuple[int, str, str, dict[str, Any]]]:
    """version, since, confirmed by, operators."""
    rows = period.read(_RIGHTS)
    told = zip(*(rows[name].tolist() for name in rows), strict=True)
    versions = [(number, day, who, json.loads(keys)) for number, keys, who, day in told]
    if versions:
        return versions
    here = {name: keys.model_dump() for name, keys in period.settings.operators.items()}
    return [(0, "", "", here)]


def _instead_of(versions: list[tuple[int, str, str, dict[str, Any]]], who: str, day: str) -> str:
    """For whom somebody approved on a day; '' where of his own right."""
    in_force = [told for _number, since, _by, told in versions if since <= day]
    if not who or not in_force or "approve" in in_force[-1].get(who, {}).get("rights", ()):
        return ""
    return ", ".join(
        name
        for name, keys in sorted(in_force[-1].items())
        if keys.get("substitute") == who and "approve" in keys.get("rights", ())
        and keys["substitute_from"] <= day <= keys["substitute_until"]
    )  # fmt: skip


def parameters(period: Period) -> Columns:
    """The norms and parameters that can have counted: the municipality's own, then the law's."""
    listed, own = period.read(_NORMS), period.read(_OWN)
    norms = [dict(zip(listed, row, strict=True)) for row in _rows(listed)]
    known = {row[:4]: row[4:] for row in _rows(own)}
    rows = [{"kind": "norms", "shown": euros(int(row["amount_cents"]))} | row for row in norms]
    for row in parameters_now(period.conn, period.settings.code).rows():
        if row.valid_from > period.last:
            continue
        mine = row.reliability == "decision"
        told = known.get((row.name, row.household, row.age_band, row.valid_from), ("", 0))
        if mine and not told[0]:
            continue  # told after the period
        rows.append({
            "kind": "parameter" if mine else "law", "name": row.name, "household": row.household,
            "age_band": row.age_band, "valid_from": row.valid_from,
            "valid_until": row.valid_until, "shown": row.shown, "unit": row.unit,
            "amount_cents": None if row.unit in ("percent", "months") else row.amount,
            "source": row.source, "state": row.reliability, "number": row.number,
            "recorded_on": told[0], "run": told[1],
        })  # fmt: skip
    order = ("kind", "name", "household", "age_band", "valid_from", "valid_until", "shown",
             "unit", "amount_cents", "net_cents", "holiday_cents", "number", "source", "state",
             "author", "approver", "approved_on", "recorded_on", "run")  # fmt: skip
    empty = {name: None if name.endswith("_cents") else "" for name in order}
    return {
        name: _column([row.get(name) or empty[name] for row in rows], whole=False) for name in order
    }


def changes(period: Period) -> Columns:
    """The change log: what was asked and decided, then every line of the audit trail.

    `head` is that of the seal of the run that wrote a line; each seal holds the one before it.
    """
    asked, trail, heads = period.read(_CHANGES), period.read(_TRAIL), period.read(_HEADS)
    sealed = dict(zip(heads["run"].tolist(), heads["head"].tolist(), strict=True))
    say = words.speaker(period.settings.municipality.language)
    rows = [_change(dict(zip(asked, row, strict=True)), say) for row in _rows(asked)]
    for row in _rows(trail):
        one = dict(zip(trail, row, strict=True))
        rows.append(one | {"kind": "trail", "proved": str(one["proved"])})
    order = ("kind", "number", "recorded_on", "who", "proved", "action", "client_no", "subject",
             "old", "new", "reason", "state", "decided_by", "decided_on", "run")  # fmt: skip
    told = {
        name: _column([row.get(name, "") for row in rows], whole=name in ("number", "run"))
        for name in order
    }
    return told | {"head": tables.mapped(told["run"], lambda run: sealed.get(run, ""))}


def _change(row: dict[str, Any], say: words.Words) -> dict[str, Any]:
    """A change without what is personal in it."""
    kind, _, what = row["kind"].partition(":")
    old, new = row["old"], row["new"]
    if kind == "decision":
        old, new = "", _safe(json.loads(row["payload"] or "{}"), say)
    elif kind not in OPEN_KINDS and (what or row["field"]) not in OPEN_FIELDS:
        old, new = (HIDDEN if value else "" for value in (old, new))
    return row | {
        "kind": "change", "action": kind, "subject": what or row["field"],
        "old": old, "new": new, "recorded_on": row["asked_on"], "who": row["asked_by"],
        "client_no": f"K{row['client']:07d}" if row["client"] else "",
    }  # fmt: skip


def _safe(told: dict[str, Any], say: words.Words) -> str:
    """A decision in a line: its number, month, amount and days."""
    shown = {
        name: euros(told[name]) if name == "amount_cents"
        else str(Month(told[name])) if name == "month" else told[name]
        for name in OF_DECISION
        if told.get(name)
    }  # fmt: skip
    heads = {name: say(words.HEADERS, OF_DECISION[name]) for name in shown}
    return ", ".join(f"{heads[name]}: {value}" for name, value in shown.items())


def _rows(columns: Columns) -> list[tuple[Any, ...]]:
    return list(zip(*(column.tolist() for column in columns.values()), strict=True))


def _column(values: Any, whole: bool) -> Any:
    told = list(values)
    return np.array(told, dtype=np.int64) if whole else _objects(told)


def _objects(values: list[Any]) -> Any:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _texts(values: Any) -> Any:
    return _objects(list(values))


def _whole(values: Any) -> Any:
    return np.array(list(values), dtype=np.int64)
