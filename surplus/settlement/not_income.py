"""What is no income by decision: the work premium and the volunteers' allowance, within their caps.

The rules stand in `rules.work_premium` (Pw art. 31(2)j, 31(5)) and `rules.volunteer_allowance`
(31(2)k). The year of a premium is that of the decision, which the next batch pays, and the person
is the client [MODEL]: a partner's premiums count beside the client's own, so that a household never
gets more than the cap of one.
"""

from __future__ import annotations

import numpy as np
from sqlalchemy import text

from surplus.intake.clients.view import clients_as_of
from surplus.money import euros
from surplus.months import Month
from surplus.problems import Refusal
from surplus.rules import volunteer_allowance, work_premium
from surplus.rules.arrays import day_numbers
from surplus.rules.exemption import CODES
from surplus.rules.exemption.rights import AA, Z
from surplus.rules.parameters import MissingParameter
from surplus.settlement.client_books import Booking, ClientBooks
from surplus.settlement.norms import births, only
from surplus.store.rates import parameters_now

#: Premiums decided by earlier runs in the same calendar year.
_GRANTED = """
    SELECT COUNT(*) AS payments, COALESCE(SUM(amount_cents), 0) AS cents FROM decision
    WHERE municipality = :here AND client = :client AND kind = 'premium' AND run <> :run
      AND SUBSTR(recorded_on, 1, 4) = :year
"""

#: Volunteers' allowances decided by earlier runs: of the month, and of others in its year.
_LEFT_OUT = """
    SELECT COALESCE(SUM(CASE WHEN month = :month THEN amount_cents ELSE 0 END), 0) AS this_month,
           COALESCE(SUM(CASE WHEN month = :month THEN 0 ELSE amount_cents END), 0) AS others
    FROM decision
    WHERE municipality = :here AND client = :client AND kind = 'volunteer-allowance'
      AND run <> :run AND month BETWEEN :january AND :january + 11
"""

_SUBSIDISED = """
    SELECT COUNT(*) FROM exemption
    WHERE municipality = :here AND client = :client AND version = :version AND person = 1
      AND kind IN (:z, :aa) AND right_from <= :on
"""


def check_premium(books: ClientBooks) -> None:
    """Refuse a premium that the law does not allow.

    Raises:
        Refusal: under 27, a third one in the year, more than is left of the cap, or no cap known.
    """
    work, asked = books.work, books.asked
    if not _old_enough(books):
        raise Refusal(
            f"K{asked.client:07d} is under 27 and has no wage-cost subsidy (Pw art. 31(5))",
            "tolerate_under27_2026 in surplus.toml allows it for 2026, where the municipality does",
        )
    try:
        cap = parameters_now(work.conn, work.municipality).amount(work_premium.CAP, work.on)
    except MissingParameter as missing:
        raise Refusal(str(missing), "surplus parameters add premium_j_cap person all …") from None
    told = {"here": work.municipality, "client": asked.client, "run": work.run}
    payments, paid = work.conn.execute(text(_GRANTED), told | {"year": work.on[:4]}).one()
    asks = int(asked.amount_cents or 0)
    most = int(work_premium.payable(asks, int(paid), int(payments), cap))
    if most < asks:
        raise Refusal(
            f"premium of {euros(asks)} cannot be: {payments} of {work_premium.PAYMENTS_A_YEAR} "
            f"were granted in {work.on[:4]}, {euros(int(paid))} of {euros(cap)}: {euros(most)} is "
            "payable",
            "grant no more than is payable; what exceeds it is not carried over",
        )


def check_volunteer(books: ClientBooks) -> Booking:
    """Posts nothing: it says that an allowance of a month, paid by others, is no income.

    Raises:
        Refusal: no amounts of the year are known, or it is more than may be left out.
    """
    work, asked, month = books.work, books.asked, Month(books.month)
    told = {"here": work.municipality, "client": asked.client, "run": work.run}
    decided = work.conn.execute(
        text(_LEFT_OUT), told | {"month": month, "january": month.year * 100 + 1}
    ).one()
    this_month, before = int(decided.this_month), int(decided.others)
    found = volunteer_allowance.volunteer_allowance(
        np.array([this_month + int(asked.amount_cents or 0)]), np.array([before]),
        np.array([int(month)]), parameters_now(work.conn, work.municipality),
    )  # fmt: skip
    if found.lacks[0]:
        raise Refusal(
            f"{found.lacks[0]} has no row: what may be left out of income is not known",
            "surplus parameters add volunteer_allowance_cap person month --new, and … year",
        )
    books.at_most(
        int(found.left_out[0]) - this_month, f"what may be left out of income in {month}",
        "decide on that; the rest is income and counts in full",
    )  # fmt: skip
    return Booking([])


def _old_enough(books: ClientBooks) -> bool:
    work, number = books.work, books.asked.client
    view = clients_as_of(work.conn, work.municipality, int(Month.of(work.on)))
    view = only(view, view["client"] == number)
    told = {
        "here": work.municipality, "client": number, "version": int(view["version"][0]),
        "z": CODES[Z], "aa": CODES[AA], "on": work.on,
    }  # fmt: skip
    subsidised = bool(work.conn.execute(text(_SUBSIDISED), told).scalar_one())
    tolerated = work.settings.exemption.tolerate_under27_2026
    on = day_numbers(np.array([work.on]))
    born = births(view)[:, 0]
    return bool(work_premium.may_have(born, on, np.array([subsidised]), tolerated)[0])
