"""Statement files that are one page of several: kept as they came until all pages are there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from surplus.bank import camt
from surplus.bank.camt import Message
from surplus.findings import Finding
from surplus.intake.files.content import Content
from surplus.runs import Work
from surplus.store import bulk
from surplus.store.tables import statement_page


def joined(
    work: Work, message: Message, content: Content, schemas: Path | None = None
) -> Message | None:
    """Keep a page; give the whole message when it is the last one missing.

    Pages belong together when they share the id of their message or of a statement; of a page that
    comes again the later one counts.

    Args:
        work: the run in whose transaction it happens.
        message: the page as read.
        content: its bytes.
        schemas: a folder that may hold the schemas of ISO 20022.

    Returns:
        The message out of all its pages, which are kept until `forget`: where it is refused, a
        corrected page may still come. None while some are missing.
    """
    bulk.append(
        work.conn,
        statement_page,
        {
            "municipality": work.municipality,
            "number": bulk.next_id(work.conn, statement_page, work.municipality),
            "message_id": message.identity,
            "page": message.page,
            "last": int(message.last),
            "statements": json.dumps(message.names),
            "content": [content.read()],
            "run": work.run,
            "recorded_on": work.on,
        },
    )
    mine = {
        row.page: row
        for row in _kept(work)
        if row.message_id == message.identity or {*json.loads(row.statements)} & {*message.names}
    }
    last = max(mine)
    if sorted(mine) != list(range(1, last + 1)) or not mine[last].last:
        return None
    return Message.of_pages(camt.read(mine[page].content, schemas) for page in sorted(mine))


def forget(work: Work, names: list[str]) -> None:
    """Let go of the pages whose statements have these ids: they are known from elsewhere now."""
    gone = [row.number for row in _kept(work) if {*json.loads(row.statements)} <= {*names}]
    if gone:
        work.conn.execute(
            delete(statement_page)
            .where(statement_page.c.municipality == work.municipality)
            .where(statement_page.c.number.in_(gone))
        )


def waiting(work: Work) -> list[Finding]:
    """A finding for each page that waits for others."""
    return [
        Finding("B03", subject=f"page {row.page} of {row.message_id}"[:100])
        for row in _kept(work)
    ]  # fmt: skip


def _kept(work: Work) -> list[Any]:
    query = select(statement_page).where(statement_page.c.municipality == work.municipality)
    return list(work.conn.execute(query.order_by(statement_page.c.number)))
