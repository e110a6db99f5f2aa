"""What the database itself holds, whoever writes to it.

Append-only tables refuse UPDATE, DELETE and TRUNCATE; a seal is refused over entries that do not
add up to zero, and every transaction that books ends with its seal.
"""

from __future__ import annotations

from alembic import op

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP;
END $$
"""


def protect(table: str) -> None:
    """Make a table append-only, on SQLite or PostgreSQL. For use in a migration.

    Alembic's batch mode drops triggers on SQLite: protect the table again in the same migration.
    """
    if op.get_context().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f'CREATE TRIGGER "{table}_refuses_{verb.lower()}" BEFORE {verb} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {verb} refused'); END"
            )
        return
    op.execute(_FUNCTION)
    op.execute(
        f'CREATE TRIGGER "{table}_refuses_change" BEFORE UPDATE OR DELETE OR TRUNCATE '
        f'ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()'
    )


_UNBALANCED = """
    SELECT 1 FROM posting
    WHERE municipality = NEW.municipality
      AND entry BETWEEN NEW.first_entry AND NEW.last_entry
    GROUP BY entry HAVING SUM(amount) <> 0
"""


def hold_zero_sums() -> None:
    """Refuse a seal over an entry that does not add up to zero. For use in a migration."""
    if op.get_context().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER seal_needs_zero_sums BEFORE INSERT ON seal "
            f"WHEN EXISTS ({_UNBALANCED}) "
            f"BEGIN SELECT RAISE(ABORT, 'an entry does not add up to zero'); END"
        )
        return
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION seal_needs_zero_sums() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS ({_UNBALANCED}) THEN
                RAISE EXCEPTION 'an entry does not add up to zero';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER seal_needs_zero_sums BEFORE INSERT ON seal "
        "FOR EACH ROW EXECUTE FUNCTION seal_needs_zero_sums()"
    )
