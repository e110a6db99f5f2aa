"""Whether the payments of approved batches still are those whose file was approved.

The hash of the file stands in the sealed audit trail, so that an account number or a name that is
changed by hand afterwards is found, before the file leaves and years later.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from surplus.payout import export, records
from surplus.store.tables import payment_batch


def changed(conn: Connection, municipality: str) -> list[str]:
    """A sentence for each approved batch that would give another file than was approved.

    A batch of which an account number is no longer kept says nothing.
    """
    query = select(payment_batch.c.batch).where(
        payment_batch.c.municipality == municipality,
        payment_batch.c.approved_by != "",
        payment_batch.c.state.not_in(("DRAFT", "CANCELLED")),
    )
    return [
        f"batch {number}: its payments are not those of the file that was approved"
        for number in conn.scalars(query.order_by(payment_batch.c.batch)).all()
        if _differs(conn, municipality, number)
    ]


def _differs(conn: Connection, municipality: str, number: int) -> bool:
    payments = records.payments(conn, municipality, number)
    if (payments["iban"] == "").any():
        return False
    try:
        batch = records.batch(conn, municipality, number)
        return export.digests(batch, payments).sha256 != str(batch["sha256"])
    except (TypeError, ValueError):  # of a profile or limits that are none any more
        return True
