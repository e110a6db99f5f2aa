"""Status reports for tests from a few words: about the published payment file."""

from __future__ import annotations

from functools import partial

from jobs.simulated.paper import report

MESSAGE = "SUR20261120002"
written = partial(report, original=MESSAGE, count=3, total="4465.54")
