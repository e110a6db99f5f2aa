"""Job runs: who works on a workspace, since when, and what came of it.

One lease per workspace: whoever holds it works, everyone else is told so and goes away. A run
whose process died is adopted under its own number by the next start of the same work, so that a
kill leaves no trace in the final state but the attempt count.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from surplus.config import Settings
from surplus.problems import Refusal
from surplus.store import bulk
from surplus.store.engine import learn, reading, writing
from surplus.store.tables import lease, run

LEASE = "work"
LEASE_SECONDS = 600
#: What lets a workspace that is frozen pay again.
ADOPT = "surplus adopt --reason …, which a second person approves; everything else works"

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Work:
    """A write transaction of a run: what every function that records something needs."""

    conn: Connection
    municipality: str
    run: int
    on: str  # business date, ISO
    operator: str
    settings: Settings
    proved: bool = False  # the operator is an account of the operating system
    moment: str = ""  # recording time in UTC: audit information, in no comparison
    frozen: str = ""  # why this workspace may not pay; '' where it may

    def may_pay(self) -> None:
        """What prepares, approves or exports payments asks this first.

        Raises:
            Refusal: the workspace is a copy or was restored (exit 3).
        """
        if self.frozen:
            raise Refusal(f"this workspace pays nobody: {self.frozen}", ADOPT, exit_code=3)


@dataclass
class Run:
    """A job at work, or one that was."""

    engine: Engine
    settings: Settings
    number: int
    job: str
    on: str
    operator: str
    proved: bool
    clock: Clock
    token: str
    progress: Callable[[str], None] = lambda _text: None
    counts: dict[str, Any] = field(default_factory=dict)
    attention: bool = False
    frozen: str = ""

    @property
    def municipality(self) -> str:
        """The municipality that this workspace is."""
        return self.settings.code

    @contextmanager
    def work(self) -> Iterator[Work]:
        """One write transaction, begun only while the lease is still ours.

        Raises:
            Refusal: another start has taken over (exit 4); nothing was written.
        """
        with writing(self.engine) as conn:
            self._renew(conn)
            yield Work(
                conn, self.municipality, self.number, self.on, self.operator, self.settings,
                self.proved, self.clock().isoformat(timespec="seconds"), self.frozen,
            )  # fmt: skip

    def record(self, conn: Connection, state: str = "") -> None:
        """Write down what came of this run, in a transaction of its work or after it."""
        conn.execute(
            update(run)
            .where(run.c.municipality == self.municipality, run.c.run == self.number)
            .values(
                state=state or ("attention" if self.attention else "done"),
                counts=json.dumps(self.counts, sort_keys=True),
                ended_at=self.clock().isoformat(timespec="seconds"),
            )
        )

    def heartbeat(self) -> None:
        """Say that this run still lives, between long pieces of reading and computing."""
        with writing(self.engine) as conn:
            self._renew(conn)

    def _renew(self, conn: Connection) -> None:
        held = conn.execute(
            update(lease)
            .where(lease.c.municipality == self.municipality, lease.c.name == LEASE)
            .where(lease.c.token == self.token)
            .values(until=_until(self.clock))
        )
        if not held.rowcount:
            raise Refusal(
                f"run {self.number} ({self.job}) lost its lease: another start took over",
                "nothing of this step was written; look at surplus runs",
                exit_code=4,
            )


@contextmanager
def started(
    engine: Engine,
    settings: Settings,
    job: str,
    on: str,
    *,
    clock: Clock,
    operator: str = "system",
    proved: bool = False,
    month: int | None = None,
    input_hash: str = "",
    progress: Callable[[str], None] = lambda _text: None,
    frozen: str = "",
) -> Iterator[Run]:
    """Start a job: take the lease, register the run, and at the end say what came of it.

    A run of the same job, date and month whose process died is adopted under its own number.

    Raises:
        Refusal: another run holds the lease (exit 4).
    """
    token = secrets.token_hex(8)
    try:
        with writing(engine) as conn:
            number = _take_lease(
                conn, settings.code, job, on, month, input_hash, operator, token, clock
            )
    except IntegrityError:
        # Two starts at the same instant on PostgreSQL: the database lets one of them in.
        raise Refusal("another run started just now", "try again later", exit_code=4) from None
    mine = Run(engine, settings, number, job, on, operator, proved, clock, token, progress,
               frozen=frozen)  # fmt: skip
    with _concluded(mine, releases=True):
        yield mine


@contextmanager
def step(parent: Run, job: str, *, month: int | None = None, input_hash: str = "") -> Iterator[Run]:
    """A run of its own inside another (nightly), under the same lease."""
    with writing(parent.engine) as conn:
        parent._renew(conn)
        number = _register(
            conn,
            parent.municipality,
            job,
            parent.on,
            month,
            input_hash,
            parent.operator,
            parent.clock,
            parent.number,
        )
    mine = Run(
        parent.engine, parent.settings, number, job, parent.on, parent.operator, parent.proved,
        parent.clock, parent.token, parent.progress, frozen=parent.frozen,
    )  # fmt: skip
    with _concluded(mine, releases=False):
        yield mine


def steps(parent: Run) -> dict[str, tuple[str, dict[str, Any]]]:
    """The steps of this run so far, those of a killed attempt included.

    Returns:
        job -> its state and counts.
    """
    with reading(parent.engine) as conn:
        rows = conn.execute(
            select(run.c.job, run.c.state, run.c.counts)
            .where(run.c.municipality == parent.municipality, run.c.parent == parent.number)
            .order_by(run.c.run)
        )
        return {job: (state, json.loads(counts)) for job, state, counts in rows}


def _take_lease(
    conn: Connection,
    municipality: str,
    job: str,
    on: str,
    month: int | None,
    input_hash: str,
    operator: str,
    token: str,
    clock: Clock,
) -> int:
    ours = (lease.c.municipality == municipality) & (lease.c.name == LEASE)
    held = conn.execute(select(lease).where(ours).with_for_update()).mappings().first()
    if held and _lives(held["holder"], held["until"], clock):
        busy = conn.execute(
            select(run.c.job, run.c.started_at).where(
                run.c.municipality == municipality, run.c.run == held["run"]
            )
        ).first()
        what = f"{busy[0]} (run {held['run']}, since {busy[1]})" if busy else "another run"
        raise Refusal(f"{what} is at work here", "try again when it has ended", exit_code=4)
    conn.execute(delete(lease).where(ours))
    number = _register(conn, municipality, job, on, month, input_hash, operator, clock, 0)
    conn.execute(
        insert(lease).values(
            municipality=municipality,
            name=LEASE,
            token=token,
            holder=_here(),
            until=_until(clock),
            run=number,
        )
    )
    return number


def _register(
    conn: Connection,
    municipality: str,
    job: str,
    on: str,
    month: int | None,
    input_hash: str,
    operator: str,
    clock: Clock,
    parent: int,
) -> int:
    """The number of this run: that of a dead one of the same work, else a new one."""
    unfinished = (run.c.municipality == municipality) & (run.c.state == "running")
    same = (
        unfinished
        & (run.c.job == job)
        & (run.c.business_date == on)
        & (run.c.parent == parent)
        & ((run.c.month == month) if month is not None else run.c.month.is_(None))
    )
    dead = conn.execute(select(run.c.run).where(same).order_by(run.c.run.desc())).scalar()
    moment = clock().isoformat(timespec="seconds")
    if dead:
        conn.execute(
            update(run)
            .where(run.c.municipality == municipality, run.c.run == dead)
            .values(attempt=run.c.attempt + 1, started_at=moment)
        )
    if not parent:
        others = unfinished & (run.c.run != (dead or 0))
        if dead:
            others &= run.c.parent != dead
        conn.execute(update(run).where(others).values(state="abandoned", ended_at=moment))
    if dead:
        return int(dead)
    number = bulk.next_id(conn, run, municipality)
    conn.execute(
        insert(run).values(
            municipality=municipality,
            run=number,
            job=job,
            business_date=on,
            month=month,
            input_hash=input_hash,
            parent=parent,
            operator=operator,
            state="running",
            attempt=1,
            counts="{}",
            started_at=moment,
            ended_at="",
        )
    )
    return number


@contextmanager
def _concluded(mine: Run, *, releases: bool) -> Iterator[None]:
    try:
        yield
    except BaseException:
        _conclude(mine, "failed", releases)
        raise
    _conclude(mine, "", releases)


def _conclude(mine: Run, state: str, releases: bool) -> None:
    with writing(mine.engine) as conn:
        mine.record(conn, state)
        learn(conn)
        if releases:
            conn.execute(
                delete(lease).where(
                    lease.c.municipality == mine.municipality,
                    lease.c.name == LEASE,
                    lease.c.token == mine.token,
                )
            )


def _until(clock: Clock) -> str:
    return (clock() + timedelta(seconds=LEASE_SECONDS)).isoformat(timespec="seconds")


def _here() -> str:
    """This process as another one on the same machine could check it: place, pid, start time."""
    return f"{_place()}|{os.getpid()}|{_started(os.getpid())}"


def _lives(holder: str, until: str, clock: Clock) -> bool:
    """Whether a lease still counts: not run out, and its process not known to be dead."""
    if until <= clock().isoformat(timespec="seconds"):
        return False
    place, pid, started_at = holder.split("|")
    return place != _place() or _started(int(pid)) == started_at


def _place() -> str:
    # Two containers may share a host name or a kernel, hardly both and the process numbers too.
    try:
        return f"{socket.gethostname()}:{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"{socket.gethostname()}:"


def _started(pid: int) -> str:
    """When a process started, in the kernel's ticks; empty where it is dead.

    Where the kernel does not tell (no /proc) every process counts as alive until its lease ends.
    """
    if not Path("/proc/self/stat").exists():
        return "alive"
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]
