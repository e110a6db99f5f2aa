"""What was agreed with the clients of a batch, read for the second count.

The same facts as `obligations` works from, by a way of its own (only the rules of norms and of
payees are shared): the fixed amount, whom it goes to, and the decisions that stand in the way.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from sqlalchemy import Connection

from surplus.config import Settings
from surplus.money import rate_of, share
from surplus.months import Month
from surplus.rules import payees
from surplus.rules.norm import OwnNorms, holiday_share, norms, paid_part
from surplus.settlement.norms import TOLD, stretches_of, versions_within
from surplus.store import bulk
from surplus.store.rates import parameters_now

Columns = dict[str, Any]

_OF_BATCH = """
    client IN (SELECT client FROM obligation WHERE municipality = :municipality AND batch = :batch)
"""
#: The clients of a batch as told for a day, by a day.
_CLIENTS = f"""
    SELECT c.client, c.version, c.valid_from, c.status, c.iban, c.norm_category, c.household,
           c.cost_sharers,
           a.consent_on, a.starts_on, COALESCE(o.opens_on, '') AS opens_on,
           COALESCE(a.ends_on, '') AS ends_on,
           COALESCE(a.withdrawn_on, '') AS withdrawn_on,
           COALESCE(a.override_cents, 0) AS override_cents,
           COALESCE(a.override_until, '') AS override_until,
           COALESCE(one.birth_date, '') AS birth_date,
           COALESCE(two.birth_date, '') AS partner_birth_date
    FROM client AS c
    JOIN (SELECT client, MAX(version) AS version FROM client
          WHERE municipality = :municipality AND valid_from <= :day AND recorded_on <= :known_on
            AND {_OF_BATCH}
          GROUP BY client) AS v ON v.client = c.client AND v.version = c.version
    JOIN agreement AS a ON a.municipality = c.municipality AND a.client = c.client
      AND a.version = c.version
    LEFT JOIN person AS one ON one.municipality = c.municipality AND one.client = c.client
      AND one.version = c.version AND one.person = 1
    LEFT JOIN person AS two ON two.municipality = c.municipality AND two.client = c.client
      AND two.version = c.version AND two.person = 2
    LEFT JOIN opening AS o ON o.municipality = c.municipality AND o.client = c.client
      AND o.recorded_on <= :known_on
    WHERE c.municipality = :municipality
    ORDER BY c.client
"""
_DECISIONS = f"""
    SELECT client, kind, COALESCE(month, 0) AS month, COALESCE(amount_cents, 0) AS cents,
           COALESCE(valid_from, '') AS valid_from, COALESCE(valid_until, '') AS valid_until,
           value, payee, COALESCE(payee_iban, '') AS iban, recorded_on
    FROM decision WHERE municipality = :municipality AND {_OF_BATCH} ORDER BY decision
"""
_NORMS = """
    SELECT category, total_cents, valid_from, valid_until, state, recorded_on
    FROM norm WHERE municipality = :municipality ORDER BY norm
"""
#: E of the last settled month before a month.
_EXEMPTIONS = f"""
    SELECT client, exemption_cents FROM (
        SELECT client, exemption_cents,
               ROW_NUMBER() OVER (PARTITION BY client ORDER BY month DESC) AS place
        FROM (SELECT client, month, exemption_cents, state,
                     ROW_NUMBER() OVER (PARTITION BY month, client ORDER BY version DESC) AS latest
              FROM settlement WHERE municipality = :municipality AND month < :month
                AND recorded_on <= :known_on AND {_OF_BATCH}) AS versions
        WHERE latest = 1 AND state = 'settled') AS months
    WHERE place = 1
"""


def texts(column: Any) -> Any:
    """A text column in a form that compares fast."""
    return np.asarray(column, dtype=str)


class Agreements:
    """The clients of one batch, their decisions and norms."""

    def __init__(self, conn: Connection, settings: Settings, batch: int) -> None:
        self._conn, self._settings = conn, settings
        self._keys = {"municipality": settings.code, "batch": batch}
        self._parameters = parameters_now(conn, settings.code)

    def fixed(self, month: Month, known_on: str, clients: Any) -> Any:
        """F agreed of clients in a month as known on a day; 0 where none is due."""
        told, amounts = self._fixed(month, known_on)
        return _looked_up(told, amounts, clients)

    def parts(self, month: Month, known_on: str, clients: Any, payment: Any) -> Any:
        """The parts of payments as decided and known on a day: shape (payees, clients), the
        client's first.

        Args:
            month: the pay month.
            known_on: what was decided by then.
            clients: ascending, each once.
            payment: of each, in cents.
        """
        day, mine = month.first_day.isoformat(), set(clients.tolist())
        latest = {
            (row["client"], row["kind"], row["payee"]): row
            for row in self._decisions
            if row["kind"] in ("split", "protected-amount") and row["client"] in mine
            and row["recorded_on"] <= known_on and row["valid_from"] <= day
        }  # fmt: skip
        told = [row for row in latest.values()
                if not row["valid_until"] or row["valid_until"] >= day]  # fmt: skip
        place = {client: i for i, client in enumerate(clients.tolist())}
        asked = {role: np.zeros(len(clients), dtype=np.int64) for role in payees.OTHERS}
        protected, halves = np.zeros(len(clients), np.int64), np.zeros(len(clients), bool)
        for row in told:
            i = place[row["client"]]
            if row["kind"] == "protected-amount":
                protected[i] = row["cents"]
            elif row["payee"] == payees.PARTNER:
                halves[i] = True
            elif row["value"]:
                rate = rate_of(row["value"].rstrip("%").replace(",", "."))
                asked[row["payee"]][i] = share(payment[i], rate)
            else:
                asked[row["payee"]][i] = row["cents"]
        parts = payees.split(payment, asked, protected, halves)
        others = [parts.others[role] for role in payees.OTHERS]
        return np.array([parts.client, parts.partner, *others])

    def payee(self, month: Month, clients: Any) -> tuple[Any, Any]:
        """Status and IBAN of clients as they hold in a month; '' where there are none."""
        view = self._view(month, "9999-12-31")
        status = np.where((view["status"] == "BEEINDIGD") & (view["ends_on"] == ""), "",
                          view["status"])  # fmt: skip
        return (
            _looked_up(view["client"], status, clients),
            _looked_up(view["client"], view["iban"], clients),
        )

    def held(self, day: str, clients: Any, months: Any) -> Any:
        """Mask of the client-months that a decision holds back on a day."""
        latest = {
            (row["client"], row["month"]): row["valid_until"]
            for row in self._decisions
            if row["kind"] == "hold-payment" and row["valid_from"] <= day
        }
        held = {key for key, until in latest.items() if not until or until >= day}
        pairs = zip(clients.tolist(), months.tolist(), strict=True)
        return np.array([bool({(c, 0), (c, m)} & held) for c, m in pairs], dtype=bool)

    def given_up(self, clients: Any, months: Any) -> Any:
        """Mask of the client-months whose fixed payment was given up by decision."""
        kept = {(row["client"], row["month"]) for row in self._decisions
                if row["kind"] == "give-up-payment"}  # fmt: skip
        pairs = zip(clients.tolist(), months.tolist(), strict=True)
        return np.array([pair in kept for pair in pairs], dtype=bool)

    @cached_property
    def _decisions(self) -> list[dict[str, Any]]:
        columns = bulk.read(self._conn, _DECISIONS, self._keys)
        values = zip(*(column.tolist() for column in columns.values()), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in values]

    @lru_cache(maxsize=64)  # noqa: B019 - lives as long as one batch is looked at
    def _fixed(self, month: Month, known_on: str) -> tuple[Any, Any]:
        view = self._view(month, known_on)
        first = month.first_day.isoformat()
        clients = view["client"]
        norm = self._norm(view, month, known_on)
        rate = holiday_share(self._parameters, np.full(len(clients), int(month))).amounts
        override = np.where(
            (view["override_until"] == "") | (view["override_until"] >= first),
            view["override_cents"], 0,
        )  # fmt: skip
        decided = self._decided("fixed-payment", first, known_on, clients)
        by_norm = paid_part(norm, rate) + paid_part(self._exempt(month, known_on, clients), rate)
        amount = np.select([decided > 0, override > 0], [decided, override], by_norm)
        due = (norm > 0) & _takes_part(view, month)
        due &= ~self.given_up(clients, np.full(len(clients), int(month)))
        return clients, np.where(due, amount, 0)

    def _norm(self, view: Columns, month: Month, known_on: str) -> Any:
        """N by the rule of norms, from decisions and the municipality's own list; 0 without."""
        rows = bulk.read(self._conn, _NORMS, {"municipality": self._settings.code})
        told = texts(rows["recorded_on"]) <= known_on
        held = texts(rows["state"]) != "recorded"
        listed = OwnNorms(
            rows["category"][told], rows["valid_from"][told], rows["valid_until"][told],
            np.where(held, 0, rows["total_cents"])[told],
        )  # fmt: skip
        versions = versions_within(self._conn, self._settings.code, view, month, known_on)
        days = stretches_of(view, month, versions, self._about_the_norm(month, known_on))
        months = np.full(len(view["client"]), int(month))
        return norms(days, months, self._parameters, listed)[0].cents

    def _about_the_norm(self, month: Month, known_on: str) -> Columns:
        """The decisions about the norm that have begun by the end of a month."""
        last = month.last_day.isoformat()
        rows = [
            row
            for row in self._decisions
            if row["kind"] in TOLD and row["recorded_on"] <= known_on and row["valid_from"] <= last
        ]
        whole = {"client": "client", "amount_cents": "cents"}
        names = ("kind", "value", "valid_from", "valid_until")
        return {
            name: np.array([row[column] for row in rows], dtype=np.int64)
            for name, column in whole.items()
        } | {name: np.array([row[name] for row in rows], dtype=object) for name in names}

    def _exempt(self, month: Month, known_on: str, clients: Any) -> Any:
        """E of the last settled month, where F counts on it."""
        if self._settings.fixed_payment.basis == "norm":
            return np.zeros(len(clients), dtype=np.int64)
        told = bulk.read(
            self._conn, _EXEMPTIONS, {**self._keys, "month": int(month), "known_on": known_on}
        )
        order = np.argsort(told["client"])
        return _looked_up(told["client"][order], told["exemption_cents"][order], clients)

    def _decided(self, kind: str, day: str, known_on: str, clients: Any) -> Any:
        """The amount of the latest decision of a kind in force on a day; 0 without."""
        amounts = {
            row["client"]: row["cents"]
            for row in self._decisions
            if row["kind"] == kind and row["recorded_on"] <= known_on and row["valid_from"] <= day
            and (not row["valid_until"] or row["valid_until"] >= day)
        }  # fmt: skip
        told = np.array(sorted(amounts), dtype=np.int64)
        cents = np.array([amounts[client] for client in told.tolist()], dtype=np.int64)
        return _looked_up(told, cents, clients)

    @lru_cache(maxsize=64)  # noqa: B019
    def _view(self, month: Month, known_on: str) -> Columns:
        day = month.last_day.isoformat()
        view = bulk.read(self._conn, _CLIENTS, {**self._keys, "day": day, "known_on": known_on})
        whole = ("client", "version", "cost_sharers", "override_cents")
        return {name: c if name in whole else texts(c) for name, c in view.items()}


def _takes_part(view: Columns, month: Month) -> Any:
    first = month.first_day.isoformat()
    return (
        (view["status"] != "AANGEMELD")
        & (view["consent_on"] != "")
        & (view["starts_on"] <= first)
        & (view["opens_on"] <= first)
        & ((view["ends_on"] == "") | (view["ends_on"] >= first))
        & ((view["withdrawn_on"] == "") | (view["withdrawn_on"] >= first))
    )


def _looked_up(keys: Any, values: Any, wanted: Any) -> Any:
    """The values of `wanted` in a table with ascending keys; 0 or '' where it is not there."""
    found = np.isin(wanted, keys)
    result = np.zeros(len(wanted), dtype=values.dtype)
    result[found] = values[np.searchsorted(keys, wanted[found])]
    return result
