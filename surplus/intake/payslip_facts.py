"""Recording payslips: facts of their own source, beside what is delivered (design.md §6)."""

from __future__ import annotations

import numpy as np

from surplus.intake import facts, known
from surplus.intake.columns import Texts
from surplus.intake.facts import PER_DELIVERY, Jobs, only
from surplus.intake.judge import Sender
from surplus.intake.notes import Ints, Mask
from surplus.intake.payslip_judge import CHANGED, Judged
from surplus.intake.payslip_known import KEY, SOURCE, last_of_each, told_before
from surplus.intake.payslip_rows import AMOUNTS
from surplus.runs import Work

#: cd_srt_ikv that a payslip stands for: it comes from an employer [MODEL].
WAGE = "15"


def record(work: Work, judged: Judged) -> int:
    """Record the payslips that nothing holds back; returns how many."""
    rows = judged.rows
    new = judged.notes.states() == "recorded"
    if not new.any():
        return 0
    jobs = Jobs(judged.client, judged.person, rows.employer, rows.name, judged.employment)
    employments = facts.employments_of(work, jobs, new)
    lines = judged.notes.lines[new]
    changed = judged.notes.having("H", CHANGED)[new]
    sent_id = np.where(changed, _padded(judged.accepted[new]), "").astype(object)
    _withdraw_others(work, judged, new & judged.notes.having("H", CHANGED))
    return facts.append(
        work,
        Sender(judged.delivery, "", ""),
        judged.delivery * PER_DELIVERY + lines,
        {
            "month": rows.end.month[new],
            "client": judged.client[new],
            "person": judged.person[new],
            "employment": employments,
            "relation": "",
            "period_begin": rows.begin.iso[new],
            "period_end": rows.end.iso[new],
            "period_kind": rows.kind[new],
            "source": SOURCE,
            "state": "recorded",
            "sent_on": rows.paid_on.iso[new],
            "sent_id": sent_id,
            "income_code": WAGE,
            "tag": "",
            # Where a period is cut short, the income relation begins or ends: it was looked at.
            "relation_begin": np.where(rows.cut_at_begin, rows.begin.iso, "")[new],
            "relation_end": only(rows.end.iso[new], rows.cut_at_end[new]),
            "paid_on": rows.paid_on.iso[new],
            "occurrence": judged.occurrence[new],
            "sender_iban": only(rows.iban[new], rows.iban[new] != ""),
            **{
                stored: only(rows.cents[name][new], rows.told[name][new])
                for name, stored in AMOUNTS.items()
            },
            "line": lines,
        },
    )


def _padded(numbers: Ints) -> Texts:
    return np.array([f"{number:010d}" for number in numbers.tolist()], dtype=object)


def _withdraw_others(work: Work, judged: Judged, accepted: Mask) -> None:
    """Withdraw equal payslips that an accepted other version does not tell.

    Where two equal ones stood for a period and the version that a person accepted is one, it is
    that one alone.
    """
    rows = judged.rows
    period = (judged.employment[accepted], rows.begin.iso[accepted])
    earlier = told_before(work, period[0])
    last = last_of_each(earlier)
    keys = [earlier[name][last] for name in KEY]
    place = known.find(period, keys[:2])
    retold = known.find(judged.key, keys) >= 0
    others, place = last[(place >= 0) & ~retold], place[(place >= 0) & ~retold]
    if not len(others):
        return
    months, decisions = earlier["month"][others], judged.accepted[accepted][place]
    numbers = known.withdrawn_by_absence(work, judged.delivery, months) + np.arange(len(others))
    facts.append(
        work,
        Sender(judged.delivery, "", ""),
        (judged.delivery + 1) * PER_DELIVERY - 1 - numbers,
        {
            "month": months,
            "client": judged.client[accepted][place],
            "person": judged.person[accepted][place],
            "employment": earlier["employment"][others],
            "relation": "",
            "period_begin": earlier["period_begin"][others],
            "period_end": earlier["period_end"][others],
            "period_kind": earlier["period_kind"][others],
            "source": SOURCE,
            "state": "withdrawn",
            "sent_on": rows.paid_on.iso[accepted][place],
            "sent_id": _padded(decisions),
            "income_code": WAGE,
            "tag": "",
            "relation_begin": "",
            "occurrence": earlier["occurrence"][others],
            "line": 0,
        },
    )
