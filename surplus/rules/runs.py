"""Rows with the same keys that stand together, as in a sorted table.

>>> jobs, months = np.array([1, 1, 2]), np.array([202601, 202601, 202601])
>>> runs(jobs, months)
Runs(first=array([0, 2]), last=array([1, 2]), number=array([0, 0, 1]))
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int64]


class Runs(NamedTuple):
    """Of m runs the first and the last row, and for each of n rows the run it is in."""

    first: Places
    last: Places
    number: Places


def runs(*keys: Any) -> Runs:
    """The runs of rows that have all keys in common.

    Args:
        keys: columns of n rows, sorted so that equal ones stand together.
    """
    new = np.ones(len(keys[0]), dtype=bool)
    new[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    first = np.flatnonzero(new)
    return Runs(first, first + np.diff(first, append=len(new)) - 1, np.cumsum(new) - 1)


def shares_a_day(group: Places, begins: Places, ends: Places) -> npt.NDArray[np.bool_]:
    """Which stretches of days overlap another one of their group.

    >>> shares_a_day(*np.array([[1, 1, 1, 2], [1, 31, 40, 1], [31, 39, 50, 60]])).tolist()
    [True, True, False, False]
    """
    order = np.lexsort([begins, group])
    group, begins, ends = group[order], begins[order], ends[order]
    # Days stay below a million, so that every group has a stretch of the line to itself.
    line = group * 1_000_000
    reach = np.maximum.accumulate(ends + line)
    touches = reach[:-1] >= (begins + line)[1:]
    mask = np.zeros(len(order), bool)
    mask[order[1:]] = touches
    mask[order[:-1]] |= touches & (group[1:] == group[:-1]) & (ends[:-1] >= begins[1:])
    return mask
