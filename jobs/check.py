"""`surplus check`: recompute everything that must always hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.session import Session
from surplus.problems import Refusal

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: A head as it stands in mails, approval pages and audit exports, and the day of heads.log.
_HEAD = re.compile(r"\b[0-9a-fA-F]{32}\b")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


def check(
    context: typer.Context,
    heads: Annotated[
        Path | None,
        typer.Option(help="Heads kept elsewhere (outbox/heads.log) to compare the chain with."),
    ] = None,
) -> int:
    """Recompute all invariants, digests and the chain of seals; exit 5 names what is broken.

    Example: surplus --home voorbeeldstad check --heads /mnt/elsewhere/heads.log
    """
    from surplus.ledger import seal

    session: Session = context.obj
    code = session.settings.code
    with session.reading() as conn:
        broken = faults(conn, code)
        head = seal.head(conn, code)
        if heads is not None:
            broken += _unknown_heads(_kept(heads), set(seal.heads(conn, code)))
    session.show(
        {"ok": not broken, "broken": broken, "head": head},
        "\n".join(broken) if broken else f"all invariants hold; the seal's head is {head}",
    )
    return 5 if broken else 0


def faults(conn: Connection, municipality: str) -> list[str]:
    """Everything that does not hold, a sentence each: the books in themselves, what stands in two
    places, and approved batches against their files.
    """
    from surplus.ledger import invariants, witnesses
    from surplus.payout import unchanged

    return (
        invariants.full(conn, municipality)
        + witnesses.disagreeing(conn, municipality)
        + unchanged.changed(conn, municipality)
    )


def _kept(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}", "name the kept file") from None
    found = [head for line in lines for head in _heads_in(line)]
    if not found:
        raise Refusal(f"{path} holds no head of a seal", "name a heads.log, or a text with a head")
    return found


def _heads_in(line: str) -> list[str]:
    """The heads in a line of any text; of a line of heads.log its last word, whatever it became."""
    words = line.split()
    if words and _DAY.fullmatch(words[0]) and len(words) <= 3:
        return words[-1:]
    return [word.lower() for word in _HEAD.findall(line)]


def _unknown_heads(kept: list[str], known: set[str]) -> list[str]:
    return [
        f"head {head} was kept elsewhere but is not in this chain: the books were "
        "rebuilt, or restored from a backup"
        for head in dict.fromkeys(kept)
        if head not in known
    ]
