"""The log: JSON lines in `logs/`, warnings on stderr. Events and counts, never personal data."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog

FILE = "surplus.jsonl"


def open_log(home: Path) -> None:
    """Send log events to the workspace's log file; warnings and worse to stderr as well."""
    folder = home / "logs"
    folder.mkdir(mode=0o700, exist_ok=True)
    to_file = logging.FileHandler(folder / FILE, encoding="utf-8")
    (folder / FILE).chmod(0o600)
    to_terminal = logging.StreamHandler()
    to_terminal.setLevel(logging.WARNING)
    root = logging.getLogger("surplus")
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    root.setLevel(logging.INFO)
    root.propagate = False
    root.addHandler(to_file)
    root.addHandler(to_terminal)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: root,
        cache_logger_on_first_use=False,
    )


@contextmanager
def bound(**facts: Any) -> Iterator[None]:
    """Everything logged inside carries these facts (run, job, business date)."""
    with structlog.contextvars.bound_contextvars(**facts):
        yield


def event(name: str, **facts: Any) -> None:
    """Log one event with its counts; client numbers are allowed, names, BSN and IBAN are not."""
    structlog.get_logger().info(name, **facts)


def warning(name: str, **facts: Any) -> None:
    """Log an event that somebody should see."""
    structlog.get_logger().warning(name, **facts)
