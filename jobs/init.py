"""`surplus init`: make a workspace."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from jobs.session import Session
from surplus.problems import Refusal

FOLDERS = ("inbox", "archive", "refused", "outbox", "logs")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init")(init)


def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where; made if absent.")],
    municipality: Annotated[
        str, typer.Option(help="The municipality's code (gemeentecode), four digits.")
    ] = "0999",
    database: Annotated[
        str, typer.Option(metavar="URL", help="Where to store; default: SQLite in DIR.")
    ] = "",
) -> None:
    """Make a workspace: surplus.toml, database, inbox, archive, refused, outbox, logs.

    With --database in PostgreSQL: postgresql+psycopg://user@host/name. A password is better kept
    in ~/.pgpass than in the URL, which stands in surplus.toml.

    Example: surplus init voorbeeldstad --municipality 0999

    An existing workspace keeps everything it has; only what is missing is added.
    """
    if not (len(municipality) == 4 and municipality.isdigit() and municipality.isascii()):
        raise Refusal(f"municipality {municipality} is no code", "four digits, such as 0999")
    new = create(folder, municipality, database)
    session: Session = context.obj
    made = Session(folder, session.on)
    made.settle_new()
    if new:
        text = f"{folder} is a workspace now. Next: fill in bank.iban in {folder / 'surplus.toml'}"
    else:
        text = f"{folder} was a workspace already; nothing was changed"
    session.show({"home": str(folder), "municipality": made.settings.code, "new": new}, text)


def create(folder: Path, municipality: str, database: str = "") -> bool:
    """Make the folders and the settings file; returns whether the workspace is new.

    Raises:
        Refusal: the folder is a file, or a workspace that stores elsewhere; or no such database.
    """
    from surplus import config
    from surplus.store.engine import open_store, reach

    if database:
        reach(open_store(config.database_url(folder, database)))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise Refusal(f"{folder} is a file, not a folder", "name another DIR") from None
    for name in FOLDERS:
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    path = folder / config.FILE
    if path.exists():
        if database and config.load(folder).database.url != database:
            raise Refusal(
                f"{folder} is a workspace already, and stores elsewhere",
                f"see [database] url in {path}; a backup restored with --database moves a store",
            )
        return False
    text = config.template().replace('code = "0999"', f'code = "{municipality}"', 1)
    if database:
        text = text.replace('url = "sqlite:///surplus.db"', f"url = {json.dumps(database)}", 1)
    fresh = path.with_suffix(".new")
    with open(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as out:
        out.write(text)
    fresh.rename(path)
    return True
