"""`surplus scheduler`: start jobs when they are due, without cron.

The schedule is a table anyone can read; a due time is claimed there once, however many schedulers
tick, so a job that two of them see due still runs once. The jobs themselves are safe to repeat.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from jobs.session import Session, utc_now

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("scheduler")(scheduler)


def scheduler(
    context: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="One look at the schedule, then leave.")
    ] = False,
) -> None:
    """Run what config/schedule.toml says, each due time once.

    Keep it alive with systemd (docs/operations); cron or a systemd timer with `nightly` does too.

    Example: surplus --home voorbeeldstad scheduler
    """
    session: Session = context.obj
    if once:
        tick(session, datetime.now(AMSTERDAM))
        return
    from apscheduler.schedulers.blocking import BlockingScheduler

    ticking = BlockingScheduler(timezone=AMSTERDAM)
    ticking.add_job(
        lambda: tick(session, datetime.now(AMSTERDAM)),
        "cron", minute="*", coalesce=True, max_instances=1, misfire_grace_time=3600,
    )  # fmt: skip
    session.progress("the scheduler looks every minute; stop it with Ctrl-C")
    ticking.start()


def schedule(home: Path) -> dict[str, str]:
    """Job -> time of day, from the workspace's schedule.toml or the one that comes along."""
    import tomllib

    from surplus.resources import resource

    own = home / "schedule.toml"
    path = own if own.exists() else resource("config", "schedule.toml")
    return {
        job: told["at"] for job, told in tomllib.loads(path.read_text(encoding="utf-8")).items()
    }


def tick(session: Session, now: datetime) -> list[str]:
    """Start every job whose time of day has come and that nobody claimed yet; returns them."""
    started = []
    for job, at in schedule(session.home).items():
        due = f"{now:%Y-%m-%d}T{at}"
        if f"{now:%Y-%m-%dT%H:%M}" >= due and claim(session, job, due):
            session.progress(f"{due} {job}")
            subprocess.run(
                [sys.executable, "-m", "surplus", "--home", str(session.home),
                 "--date", f"{now:%Y-%m-%d}", *job.split()],
                check=False,
            )  # fmt: skip
            started.append(job)
    return started


def claim(session: Session, job: str, due: str) -> bool:
    """Whether this scheduler is the one to start a job at a due time: the database decides."""
    from surplus.store.engine import writing

    with writing(session.engine) as conn:
        done: Any = conn.exec_driver_sql(
            _claim(session), (session.settings.code, job, due,
                              f"{socket.gethostname()}:{os.getpid()}", utc_now().isoformat()),
        )  # fmt: skip
        return bool(done.rowcount)


def _claim(session: Session) -> str:
    place = "?" if session.engine.dialect.name == "sqlite" else "%s"
    return (
        "INSERT INTO schedule (municipality, job, due_at, claimed_by, at) "
        f"VALUES ({', '.join([place] * 5)}) ON CONFLICT DO NOTHING"
    )
