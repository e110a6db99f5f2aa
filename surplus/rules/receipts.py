"""When a wage that came in counts as the wage that was told (design.md §6, "Cash follows").

>>> accepted(np.array([60_000, 60_000, 60_000, 0]), np.array([57_500, 44_999, 0, 100]), 25).tolist()
[True, False, False, False]
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def accepted(told: Any, received: Any, tolerance_percent: int) -> npt.NDArray[np.bool_]:
    """Whether what was received for an employment-month is accepted as its wage by itself.

    Args:
        told: W as the data tell it, in cents.
        received: everything received for it, in cents.
        tolerance_percent: how far apart they may be, in percent of what is told.

    Returns:
        Mask of the same shape. Nothing received is never accepted; exactly what is told always is.
    """
    told, received = np.asarray(told, dtype=np.int64), np.asarray(received, dtype=np.int64)
    apart = np.abs(received - told)
    mask: npt.NDArray[np.bool_] = (received != 0) & (apart * 100 <= np.abs(told) * tolerance_percent)
    return mask


def accepted_prefix(told: int, amounts: npt.NDArray[np.int64], tolerance_percent: int) -> int:
    """How many of the receipts on a month, oldest first, are enough to settle it.

    Args:
        told: W of the month in cents.
        amounts: the receipts in the order in which they came.
        tolerance_percent: as for `accepted`.

    Returns:
        The smallest number of receipts whose sum is what is told or is accepted; -1 where none is.
    """
    sums = np.concatenate([[0], np.cumsum(amounts)])
    enough = np.flatnonzero((sums == told) | accepted(told, sums, tolerance_percent))
    return int(enough[0]) if len(enough) else -1
