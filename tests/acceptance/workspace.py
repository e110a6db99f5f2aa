"""A workspace as its users have it: files in, commands given, answers read."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs import cli
from jobs.session import Session
from surplus import workspace
from surplus.store.engine import open_store, reading, writing

BANK = "NL98BNGH0285000013"


@dataclass(frozen=True)
class Answer:
    """What a command said and how it left."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The JSON on standard output."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Workspace:
    """A municipality of its own in a folder, on either engine."""

    home: Path
    on: str

    def __call__(
        self, *words: str, on: str = "", operator: str = "", home: str = "", as_json: bool = True
    ) -> Answer:
        """Give a command, with --json where nothing else is said."""
        options = ["--home", home or str(self.home), "--date", on or self.on]
        options += ["--json"] if as_json else []
        options += ["--operator", operator] if operator else []
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.run([*options, *words])
        return Answer(code, out.getvalue(), err.getvalue())

    def done(self, *words: str, on: str = "", operator: str = "") -> Any:
        """Give a command that must succeed; returns its data."""
        answer = self(*words, on=on, operator=operator)
        assert answer.code in (0, 3), f"{' '.join(words)}: {answer.code} {answer.err}{answer.out}"
        return json.loads(answer.out) if answer.out.strip() else None

    def drop(self, path: Path, name: str = "") -> Path:
        """Put a copy of a file into the inbox."""
        return Path(shutil.copy(path, self.home / "inbox" / (name or path.name)))

    def change_settings(self, *pairs: tuple[str, str]) -> None:
        """Replace text in surplus.toml."""
        path = self.home / "surplus.toml"
        text = path.read_text(encoding="utf-8")
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    def copied(self, place: Path) -> Workspace:
        """A copy that may pay, as if it had always stood there."""
        copy = Workspace(Path(shutil.copytree(self.home, place)), self.on)
        copy.settle()
        return copy

    def settle(self) -> None:
        """Let this place pay, without the two people that it takes."""
        session = Session(self.home, self.on)
        with writing(session.engine) as conn:
            workspace.settle(conn, session.settings.code, session.home, session.place)
        session.engine.dispose()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the store."""
        from surplus import config

        engine = open_store(config.database_url(self.home, config.load(self.home).database.url))
        try:
            with reading(engine) as conn:
                return [tuple(row) for row in conn.exec_driver_sql(sql)]
        finally:
            engine.dispose()

    def change(self, sql: str) -> None:
        """Change the store behind the program's back."""
        from surplus import config

        engine = open_store(config.database_url(self.home, config.load(self.home).database.url))
        try:
            with writing(engine) as conn:
                conn.exec_driver_sql(sql)
        finally:
            engine.dispose()

    def pay(self, month: str, on: str) -> dict[str, Any]:
        """Prepare, release, approve and export a month; returns the preparing's answer."""
        prepared = self.done("pay", "prepare", "--month", month, on=on)
        if prepared["batch"]:
            batch = str(prepared["batch"])
            self.done("pay", "approve", batch, on=on, operator="treasury-1")
            self.done(
                "pay", "export", batch, "--out", str(self.home / "outbox"),
                on=on, operator="treasury-1",
            )  # fmt: skip
        return prepared

    def postings(self) -> int:
        """How many postings there are."""
        return int(self.query("SELECT COUNT(*) FROM posting")[0][0])


def make(home: Path, store_url: str, on: str) -> Workspace:
    """A new workspace of municipality 0999 with a bank account, on the given store."""
    made = Workspace(home, on)
    answer = made("init", str(home), "--municipality", "0999")
    assert answer.code == 0, answer.err
    made.change_settings(('iban = "NL…"', f'iban = "{BANK}"'))
    if not store_url.startswith("sqlite"):
        made.change_settings(('url = "sqlite:///surplus.db"', f'url = "{store_url}"'))
        made.settle()
    return made
