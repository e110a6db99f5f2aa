"""Alembic's entry: runs the steps on the connection it is handed, inside its transaction."""

from alembic import context

from surplus.store.tables import metadata

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=metadata,
    render_item=attributes.get("render_item"),
)
context.run_migrations()
