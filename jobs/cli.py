"""The command line: global options, the commands, and how every error reaches its reader."""

from __future__ import annotations

import sys
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from jobs import (
    adopt,
    audit,
    backup,
    bank,
    calendar,
    changes,
    check,
    compare,
    config,
    decide,
    demo,
    doctor,
    explain,
    export,
    findings,
    import_files,
    init,
    nightly,
    parameters,
    pay,
    reconcile,
    rejected,
    rerun,
    runs,
    scheduler,
    settle,
    status,
    template,
    year_close,
)
from jobs.session import Session, day_of
from surplus import __version__
from surplus.problems import Refusal

HELP = """One fixed amount on one fixed date for people who work beside social assistance.

Examples:

  surplus init voorbeeldstad --municipality 0999     make a workspace

  surplus --home voorbeeldstad nightly               do all that is due today

  surplus --home voorbeeldstad status                what needs a person

  surplus --home voorbeeldstad explain K0001001 2026-03   every figure of a month

Exit codes: 0 done · 1 unexpected error, disk full · 2 wrong use or settings · 3 done, but
something needs a person · 4 another run is at work · 5 an invariant of the books is broken.
"""

#: A path that is not there, or is a file where a folder is meant, or the reverse.
WRONG_PLACE = (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError)

app = typer.Typer(
    help=HELP, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=True
)


def _version(asked: bool) -> None:
    if asked:
        print(f"surplus {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    home: Annotated[Path, typer.Option(help="The workspace.", envvar="SURPLUS_HOME")] = Path(),
    on: Annotated[
        str,
        typer.Option("--date", metavar="YYYY-MM-DD", help="The business date; default today."),
    ] = "",
    operator: Annotated[
        str, typer.Option(help="Who asks; default: the operator that your account is.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON on stdout.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Global options, before the command."""
    context.obj = Session(home, _business_date(on), operator, as_json)


def _business_date(told: str) -> str:
    """The only place where the program asks what day it is."""
    if not told:
        return datetime.now(ZoneInfo("Europe/Amsterdam")).date().isoformat()
    return day_of(told)


for _job in (
    init, demo, import_files, settle, decide, explain, compare, export, audit, check, nightly,
    status, template, scheduler, calendar, config, reconcile, backup, adopt,
    rerun, doctor, year_close,
):  # fmt: skip
    _job.register(app)
app.add_typer(pay.app, name="pay")
app.add_typer(changes.app, name="changes")
app.add_typer(findings.app, name="findings")
app.add_typer(rejected.app, name="rejected")
app.add_typer(bank.app, name="bank")
app.add_typer(runs.app, name="runs")
app.add_typer(parameters.app, name="parameters")


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave with its exit code (design.md §9)."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run a command; returns its exit code. An error is a sentence on stderr, no traceback.

    `--json` may stand behind the command too, where people type it.
    """
    if "--json" in arguments:
        arguments = ["--json", *(word for word in arguments if word != "--json")]
    try:
        return int(_command()(arguments, prog_name="surplus", standalone_mode=False) or 0)
    except typer.Exit as left:
        return left.exit_code
    except Refusal as refusal:
        return _say(refusal.message, refusal.remedy, refusal.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _say("stopped by you", "the same command finishes the work", 1)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        wrong_place = isinstance(error, WRONG_PLACE)
        return _say(
            f"{error.strerror or error}{where}",
            "nothing is half-written; mend this and give the same command again",
            2 if wrong_place else 1,
        )
    except typer.exceptions.TyperException as error:
        show = getattr(error, "show", None)
        if show:
            show()
        return int(getattr(error, "exit_code", 2))
    except Exception as error:
        return _unexpected(error)


@cache
def _command() -> Any:
    """All commands, made once for a process that gives many."""
    made = typer.main.get_command(app)
    _check_numbers(made)
    return made


def _check_numbers(command: Any) -> None:
    """See to it that no number reaches the store that it could not hold (64 bits)."""
    for parameter in command.params:
        parameter.callback = parameter.callback or _fits
    for below in getattr(command, "commands", {}).values():
        _check_numbers(below)


def _fits(context: Any, parameter: Any, value: Any) -> Any:
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise typer.BadParameter(f"{value} is larger than any number here", context, parameter)
    return value


def _say(message: str, remedy: str, code: int) -> int:
    print(f"surplus: {message}", file=sys.stderr)
    if remedy:
        print(f"         {remedy}", file=sys.stderr)
    return code


def _unexpected(error: Exception) -> int:
    """A fault of ours or of the store: say what, and where in the code, without any data."""
    cause = error.__cause__ or getattr(error, "orig", None) or error
    if type(error).__module__.startswith(("sqlalchemy", "psycopg", "sqlite3")):
        return _say(
            f"the store refused: {type(cause).__name__}: {str(cause).splitlines()[0]}",
            "nothing is half-written; check disk, rights and database, then give the same command",
            1,
        )
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    return _say(
        f"unexpected error {type(error).__name__} at {place}; the state is unchanged",
        "the same command may be given again; report this line if it stays",
        1,
    )
