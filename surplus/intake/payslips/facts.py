"""Recording payslips: facts of their own source, beside what is delivered (design.md §6)."""

from __future__ import annotations

import numpy as np

from surplus.intake import facts
from surplus.intake.facts import PER_DELIVERY, Jobs, only
from surplus.intake.judge import Sender
from surplus.intake.notes import Mask
from surplus.intake.payslips.judge import Judged
from surplus.intake.payslips.known import SOURCE
from surplus.intake.payslips.rows import AMOUNTS
from surplus.runs import Work

#: cd_srt_ikv that a payslip stands for: it comes from an employer [MODEL].
WAGE = "15"


def record(work: Work, judged: Judged, only_these: Mask | None = None) -> int:
    """Record the payslips that nothing holds back, or only a question, among these; returns how
    many.
    """
    rows, states = judged.rows, judged.notes.states()
    new = (states == "recorded") | (judged.notes.asks & (states == "held"))
    if only_these is not None:
        new &= only_these
    if not new.any():
        return 0
    jobs = Jobs(judged.client, judged.person, rows.employer, rows.name, judged.employment)
    employments = facts.employments_of(work, jobs, new)
    lines = judged.notes.lines[new]
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
            "sent_id": "",
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
