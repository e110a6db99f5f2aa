"""What one person asks and a second one approves: changes told by a file, decisions by command.

`changes` lets them wait and take effect; `kinds` says what each kind of decision must tell.
"""

from surplus.decisions.changes import (
    CLIENT,
    DECISION,
    IBAN,
    NORM,
    PAID_TO,
    SETTLE,
    Approved,
    Change,
    approve,
    as_json,
    change_for,
    propose,
    reject,
)
from surplus.decisions.kinds import Asked, check

__all__ = [
    "CLIENT",
    "DECISION",
    "IBAN",
    "NORM",
    "PAID_TO",
    "SETTLE",
    "Approved",
    "Asked",
    "Change",
    "approve",
    "as_json",
    "change_for",
    "check",
    "propose",
    "reject",
]
