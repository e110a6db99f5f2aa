"""The store: tables, engine, bulk reading and writing, migrations."""
