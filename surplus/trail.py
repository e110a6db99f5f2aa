"""The audit trail: who did, saw or exported what, when and why. Append-only and sealed."""

from __future__ import annotations

from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import audit


def note(work: Work, action: str, subject: str = "", reason: str = "") -> None:
    """Add a line to the audit trail, in the transaction of what it tells.

    Args:
        work: who and when.
        action: the command, such as `pay approve`.
        subject: a batch, client number or file; never a name, BSN or IBAN.
        reason: what the operator gave as the reason.
    """
    bulk.append(
        work.conn,
        audit,
        {
            "municipality": work.municipality,
            "audit": bulk.next_id(work.conn, audit, work.municipality),
            "who": work.operator,
            "proved": int(work.proved),
            "action": action,
            "subject": subject,
            "reason": reason,
            "recorded_on": work.on,
            "at": work.moment,
            "run": work.run,
        },
    )
