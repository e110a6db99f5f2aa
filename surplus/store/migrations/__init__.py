"""The steps that made the store's tables, in order (Alembic)."""
