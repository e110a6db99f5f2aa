"""One invocation of the command line: which workspace, which date, who asks, how to answer.

Nothing heavy is imported at module level, so that `--help` and `status` answer at once.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surplus.problems import Refusal

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from surplus.config import Settings
    from surplus.runs import Run, Work
    from surplus.workspace import Place

SYSTEM = "system"
#: What jobs may do without a person's name: everything that comes back for approval.
SYSTEM_RIGHTS = frozenset({"import", "settle", "prepare", "export", "audit"})


def utc_now() -> datetime:
    """The recording clock, handed to whatever needs it."""
    return datetime.now(UTC)


@dataclass
class Session:
    """What the global options say."""

    home: Path
    on: str
    asked_operator: str = ""
    as_json: bool = False
    quiet: bool = False
    _shown: list[Any] = field(default_factory=list)

    @cached_property
    def settings(self) -> Settings:
        """The settings of the workspace."""
        from surplus import config

        return config.load(self.home)

    @cached_property
    def engine(self) -> Engine:
        """The store, at the newest migration."""
        from surplus import config
        from surplus.store.engine import open_store, reach
        from surplus.store.migrate import upgrade

        engine = open_store(config.database_url(self.home, self.settings.database.url))
        reach(engine)
        upgrade(engine)
        return engine

    @cached_property
    def operators(self) -> Mapping[str, Any]:
        """The operators and their rights as they are in force: as two people agreed."""
        from surplus.decisions import operators

        return {name: keys for name, keys in self._in_force.items() if name != operators.FOUR_EYES}

    @cached_property
    def agreed(self) -> Settings:
        """The settings with four eyes where two people agreed that they are asked for."""
        from surplus.decisions.operators import FOUR_EYES

        keys = self.settings.four_eyes
        told = self._told_operators[FOUR_EYES] | self._in_force[FOUR_EYES]
        return self.settings.model_copy(update={"four_eyes": keys.model_copy(update=told)})

    @cached_property
    def _in_force(self) -> dict[str, Any]:
        from surplus.decisions import operators

        with self.reading() as conn:
            standing = operators.in_force(conn, self.settings.code)
        return self._told_operators if standing is None else standing

    @property
    def _told_operators(self) -> dict[str, Any]:
        """As surplus.toml tells them, and where four eyes are asked for."""
        from surplus.decisions.operators import FOUR_EYES

        told = {name: keys.model_dump() for name, keys in self.settings.operators.items()}
        return told | {FOUR_EYES: self.settings.four_eyes.model_dump()}

    @cached_property
    def operator(self) -> str:
        """Who asks: the named operator, the one this account of the operating system is, or system.

        Raises:
            Refusal: an operator that surplus.toml does not know, or not this account's.
        """
        known = self.operators
        mine = [name for name, keys in known.items() if _os_user(self.home) in keys["os_users"]]
        asked = self.asked_operator
        if not asked:
            return mine[0] if mine else SYSTEM
        if asked not in known:
            raise Refusal(
                f"operator {asked} is not in surplus.toml",
                f"known are {', '.join(sorted(known))}; add [operators.{asked}] with its rights",
            )
        if self.settings.municipality.environment == "PRODUCTIE" and asked not in mine:
            raise Refusal(
                f"your account {_os_user(self.home)} is not operator {asked}",
                f"add it to os_users of [operators.{asked}], or leave --operator out",
            )
        return asked

    @property
    def proved(self) -> bool:
        """Whether the operator is an account of the operating system, not just a stated name."""
        keys = self.operators.get(self.operator)
        return self.operator == SYSTEM or bool(keys and _os_user(self.home) in keys["os_users"])

    def need(self, right: str) -> str:
        """The operator's name, when it has this right.

        Raises:
            Refusal: nobody said who asks, or the operator lacks the right.
        """
        name = self.operator
        if name == SYSTEM:
            if right in SYSTEM_RIGHTS:
                return name
            raise Refusal(
                "this needs a person: say who you are",
                f"surplus --operator NAME …; with the right '{right}': {self._having(right)}",
            )
        if right not in self._rights(name):
            raise Refusal(
                f"operator {name} has no right to {right}", f"who has: {self._having(right)}"
            )
        return name

    def _having(self, right: str) -> str:
        able = [name for name in self.operators if right in self._rights(name)]
        return ", ".join(sorted(able)) or "nobody in surplus.toml"

    def _rights(self, name: str) -> set[str]:
        """What an operator may do: of himself, and for those on leave whose substitute he is."""
        rights = set(self.operators[name]["rights"])
        for keys in self.operators.values():
            stands_in = keys["substitute"] == name
            if stands_in and keys["substitute_from"] <= self.on <= keys["substitute_until"]:
                rights |= set(keys["rights"])
        return rights

    def _look_at_operators(self, run: Run) -> None:
        """Let a changed section of surplus.toml wait for a second person, before any work."""
        from surplus import decisions
        from surplus.decisions import operators

        told = self._told_operators
        with self.reading() as conn:
            standing = operators.in_force(conn, self.settings.code)
            waits = decisions.waiting(conn, self.settings.code, operators.OPERATORS)
        if standing is None:
            news = operators.can_confirm(told)
        else:
            news = waits != ([operators.differences(standing, told)] if told != standing else [])
        if news:
            with sealed(run, final=False) as work:
                decisions.look_at_operators(work, told)

    @contextmanager
    def run(self, job: str, *, month: int | None = None, input_hash: str = "") -> Iterator[Run]:
        """A registered run of a job, under the lease of the workspace."""
        from jobs import logs
        from surplus import runs, workspace

        engine = self.engine
        logs.open_log(self.home)
        self.settle_new()
        with runs.started(
            engine, self.agreed, job, self.on, clock=utc_now, operator=self.operator,
            proved=self.proved, month=month, input_hash=input_hash, progress=self.progress,
            frozen=self.frozen(),
        ) as run:  # fmt: skip
            self._look_at_operators(run)
            with logs.bound(run=run.number, job=job, business_date=self.on):
                yield run
        if not run.frozen:
            with self.reading() as conn:
                workspace.remember(conn, self.settings.code, self.home)

    @property
    def place(self) -> Place:
        """Where this workspace stands."""
        from surplus.workspace import Place

        home = self.home.resolve()
        return Place(socket.gethostname(), str(home), str(home.stat().st_ino))

    def frozen(self) -> str:
        """Why this workspace may not pay: it is a copy, or was restored; '' where it may."""
        from surplus import workspace

        with self.reading() as conn:
            return workspace.why_frozen(conn, self.settings.code, self.home, self.place)

    def settle_new(self) -> None:
        """Let a new store belong to this folder."""
        from surplus import workspace
        from surplus.store.engine import writing

        with self.reading() as conn:
            new = workspace.is_new(conn, self.settings.code, self.home)
        if new:
            with writing(self.engine) as conn:
                workspace.settle(conn, self.settings.code, self.home, self.place)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The store as it stands, for a command that changes nothing."""
        from surplus.store.engine import reading

        with reading(self.engine) as conn:
            yield conn

    def progress(self, text: str) -> None:
        """A line about work in hand: to the terminal, never into JSON."""
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def show(self, data: Any, human: str = "") -> None:
        """The answer: data with --json, else text for a person."""
        if self.as_json:
            print(json.dumps(data, ensure_ascii=False, indent=1, default=str))
        elif human:
            print(human)

    def table(
        self, rows: Sequence[dict[str, Any]], columns: Iterable[str], *, title: str, empty: str
    ) -> None:
        """Rows as a table, or as JSON, or a sentence where there are none."""
        if self.as_json:
            self.show(list(rows))
        elif not rows:
            print(empty)
        else:
            from rich.console import Console
            from rich.table import Table

            shown = Table(title=title, title_justify="left")
            names = list(columns)
            for name in names:
                heading = name.removesuffix("_cents").replace("_", " ")  # cells are in euros
                shown.add_column(heading, overflow="fold")
            for row in rows:
                shown.add_row(*(_cell(name, row.get(name)) for name in names))
            Console(width=None if sys.stdout.isatty() else 160, markup=False).print(shown)


@contextmanager
def sealed(run: Run, *, final: bool = True) -> Iterator[Work]:
    """A write transaction of a run, closed with its seal and checked before it is committed.

    The last one of a run also writes down what came of it, so that a kill just after the commit
    leaves a run that is done, not one to be done again.

    Raises:
        Refusal: an invariant is broken (exit 5); nothing of this transaction is kept.
    """
    from surplus.ledger import invariants, seal

    with run.work() as work:
        yield work
        seal.close(work)
        if final:
            run.record(work.conn)
        broken = invariants.quick(work.conn, work.municipality)
        if broken:
            raise Refusal(
                "an invariant of the books would be broken, so nothing was kept: "
                + "; ".join(broken[:5]),
                "run surplus check and keep payments back until it is mended",
                exit_code=5,
            )


def day_of(told: str) -> str:
    """A day as the command line writes it.

    Raises:
        Refusal: not a day.
    """
    try:
        if len(told) != len("2026-01-01"):
            raise ValueError
        return date.fromisoformat(told).isoformat()
    except ValueError:
        raise Refusal(f"{told} is no date", "write it as 2026-03-31") from None


def must_tell(reason: str) -> None:
    """A step that is kept with its reason needs one.

    Raises:
        Refusal: there is none.
    """
    if not reason.strip():
        raise Refusal("this needs a reason", "give it with --reason; it is kept")


def rows_of(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A table of columns as rows, for people and JSON."""
    values = (column.tolist() for column in columns.values())
    return [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name.endswith("_cents") or name == "cents":
        from surplus.money import euros

        return euros(int(value))
    return str(value)


def _os_user(home: Path) -> str:
    """The account that asks: of this process, or who came by sudo to the owner of the workspace.

    LOGNAME and USER are anyone's to set. So is SUDO_USER, but not for who has only sudo to come in
    by, and whoever else runs as the owner can write the database anyway.
    """
    if os.name != "posix":
        return os.getlogin()
    import pwd

    if (by_sudo := os.environ.get("SUDO_USER")) and home.stat().st_uid == os.getuid():
        return by_sudo
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
