"""How much a file may be at most, before anything in it is believed (`[intake] max_…`)."""

from __future__ import annotations

from typing import NamedTuple

from surplus.config import IntakeKeys


class Limits(NamedTuple):
    """What a file may not exceed; the values are those of a new workspace."""

    bytes: int = 1_073_741_824
    rows: int = 5_000_000  # of a CSV; of an InkomensLevering its answers and statements
    columns: int = 256
    row_bytes: int = 100_000  # of one record of a CSV, or one row of a workbook
    cell_chars: int = 32_767
    depth: int = 64  # of elements of XML within each other
    message_bytes: int = 2_000_000  # of one Bericht of an InkomensLevering
    workbook_bytes: int = 10_000_000
    workbook_rows: int = 10_000
    unpacked_bytes: int = 50_000_000  # of all parts of a workbook together
    unpacked_ratio: int = 100  # a part that grows to more was made to burst

    @classmethod
    def of(cls, keys: IntakeKeys) -> Limits:
        """The limits of a workspace."""
        return cls(**{name: getattr(keys, f"max_{name}") for name in cls._fields})
