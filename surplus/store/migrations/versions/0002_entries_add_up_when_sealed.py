"""Entries add up to zero when they are sealed."""

from surplus.store.migrations.protection import hold_zero_sums

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the database hold what double entry means."""
    hold_zero_sums()
