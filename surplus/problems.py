"""What can be wrong with data, and how it is told to the person who must act."""

from __future__ import annotations


class Refusal(Exception):
    """A command cannot be carried out: says what, and what to do now.

    Args:
        message: what is wrong, with file, line, field or key where there is one.
        remedy: what the reader can do.
        exit_code: of design.md §9; 2 wrong use or configuration, 3 needs a person, 4 busy,
            5 an invariant is broken.
    """

    def __init__(self, message: str, remedy: str = "", exit_code: int = 2) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code
