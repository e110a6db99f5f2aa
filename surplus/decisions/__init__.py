"""What one person asks and a second one approves: changes told by a file, decisions by command.

`changes` lets them wait and take effect; `kinds` says what each kind of decision must tell.
"""

from surplus.decisions.changes import (
    ABOUT_ROWS,
    CLIENT,
    DECISION,
    IBAN,
    NORM,
    OPENING,
    PARAMETER,
    SETTLE,
    YEAR_CLOSE,
    Approved,
    Change,
    approve,
    as_json,
    change_for,
    look_at_operators,
    propose,
    record_for_all,
    reject,
    waiting,
)
from surplus.decisions.kinds import PAYSLIP, Asked, check

__all__ = [
    "ABOUT_ROWS",
    "CLIENT",
    "DECISION",
    "IBAN",
    "NORM",
    "OPENING",
    "PARAMETER",
    "PAYSLIP",
    "SETTLE",
    "YEAR_CLOSE",
    "Approved",
    "Asked",
    "Change",
    "approve",
    "as_json",
    "change_for",
    "check",
    "look_at_operators",
    "propose",
    "record_for_all",
    "reject",
    "waiting",
]
