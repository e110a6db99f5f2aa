"""`surplus config`: the settings in force, and where each comes from."""

from __future__ import annotations

import typer

from jobs.session import Session


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("config")(show)


def show(context: typer.Context) -> None:
    """Print every setting that is in force, with where it comes from.

    Example: surplus --home voorbeeldstad config
    """
    from surplus import config

    session: Session = context.obj
    _ = session.settings
    rows = [
        {"key": key, "value": value, "origin": origin}
        for key, (value, origin) in config.origins(session.home).items()
    ]
    session.table(rows, ("key", "value", "origin"), title="Settings in force", empty="")
