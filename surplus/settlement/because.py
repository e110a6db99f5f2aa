"""What a new rule, policy or parameter would change in months that stand (design.md §6).

Such a change re-settles nothing by itself. It is settled on trial, shown, and taken back; a second
person approves exactly these differences, and only then are they posted.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from surplus.config import digest
from surplus.decisions import SETTLE, Change
from surplus.money import euros
from surplus.months import Month
from surplus.problems import Refusal
from surplus.runs import Work
from surplus.settlement.settle import Result, settle
from surplus.store import bulk

CAUSES = ("parameter", "policy", "code")
_FIGURES = (
    "norm_cents", "wage_cents", "countable_cents", "exemption_cents", "benefit_cents",
    "holiday_allowance_cents", "entitlement_cents", "fixed_cents",
)  # fmt: skip

#: The versions that a run wrote beside those they take the place of.
_CHANGED = f"""
    SELECT now.month, now.client, now.cause, {
    ", ".join(f"now.{name} - was.{name} AS {name}" for name in _FIGURES)
}
    FROM settlement AS now JOIN settlement AS was
      ON was.municipality = now.municipality AND was.month = now.month
     AND was.client = now.client AND was.version = now.version - 1
    WHERE now.municipality = :municipality AND now.run = :run
    ORDER BY now.month, now.client
"""


class Trial(NamedTuple):
    """What settling again would do.

    `groups` has a row per cause and month: how many client-months change, by how much each figure
    in cents, and the client with the largest difference in D. `digest` stands for every single
    difference.
    """

    result: Result
    groups: list[dict[str, Any]]
    digest: str


def settled_again(work: Work, cause: str) -> Trial:
    """Settle every month that stands again because of one thing, in this transaction.

    Args:
        work: the run; leave its transaction without keeping it where this is only a trial.
        cause: one of CAUSES.

    Raises:
        Refusal: another cause.
    """
    if cause not in CAUSES:
        raise Refusal(f"--because {cause} is no cause", f"known are {', '.join(CAUSES)}")
    result = settle(work, Month(0), because=cause)
    told = bulk.read(work.conn, _CHANGED, {"municipality": work.municipality, "run": work.run})
    every = [column.tolist() for column in told.values()]
    groups = [
        _group(told, cause, month)
        for month in dict.fromkeys(told["month"].tolist())
    ]  # fmt: skip
    return Trial(result, groups, digest(every))


def asked_for(cause: str, trial: Trial, reason: str) -> Change:
    """The change that waits for a second person: these differences and no others."""
    count = sum(group["client_months"] for group in trial.groups)
    moved = sum(group["entitlement_cents"] for group in trial.groups)
    months = f"{trial.groups[0]['month']} to {trial.groups[-1]['month']}"
    told = f"{count} client-months from {months}, D {euros(moved)} in all"
    payload = {"cause": cause, "digest": trial.digest}
    return Change(f"{SETTLE}{cause}", 0, cause, "", told, payload, reason)


def post(work: Work, payload: dict[str, str]) -> Result:
    """Post what was approved.

    Raises:
        Refusal: by now it would post something else than what was shown.
    """
    trial = settled_again(work, payload["cause"])
    if trial.digest != payload["digest"]:
        raise Refusal(
            "settling again would now post something else than what was asked for",
            f"surplus settle --because {payload['cause']} shows it as it is now and asks anew",
        )
    return trial.result


def _group(told: dict[str, Any], cause: str, month: int) -> dict[str, Any]:
    mine = told["month"] == month
    entitlement = told["entitlement_cents"][mine]
    largest = int(abs(entitlement).argmax())
    return {
        "cause": cause,
        "month": str(Month(month)),
        "client_months": int(mine.sum()),
        **{name: int(told[name][mine].sum()) for name in _FIGURES},
        "largest_client_no": f"K{told['client'][mine][largest]:07d}",
        "largest_cents": int(entitlement[largest]),
    }
