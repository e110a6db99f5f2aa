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
    near = np.abs(received - told) * 100 <= np.abs(told) * tolerance_percent
    mask: npt.NDArray[np.bool_] = near & (received != 0)
    return mask
