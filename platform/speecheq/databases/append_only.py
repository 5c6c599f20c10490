"""Triggers for tables whose rows are added and never changed or removed, on both databases.

They answer with an IntegrityError whoever asks: the ORM, an SQL console, a fault of ours. What
rebuilds a table loses them on SQLite, as some migrations do: such a migration calls `protect`
again. TRUNCATE and DROP of PostgreSQL, which no program of ours uses, are the owner's own affair.
"""

from __future__ import annotations

EVENTS = ("UPDATE", "DELETE")
REFUSAL = "Rows of {table} are never changed or removed. Add another row."

# One function for all tables of a PostgreSQL database. The class of the error is that of a broken
# constraint, as SQLite has it.
_FUNCTION = """
CREATE OR REPLACE FUNCTION speecheq_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Rows of % are never changed or removed. Add another row.', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def protect(vendor: str, table: str) -> list[str]:
    """Statements that make `table` append-only; again changes nothing."""
    made = release(vendor, table)
    if vendor == "postgresql":
        made.append(_FUNCTION)
    for event in EVENTS:
        head = f'CREATE TRIGGER "{_name(table, event)}" BEFORE {event} ON "{table}"'
        if vendor == "postgresql":
            made.append(f"{head} FOR EACH ROW EXECUTE FUNCTION speecheq_append_only()")
        else:
            refusal = REFUSAL.format(table=table)
            made.append(f"{head} BEGIN SELECT RAISE(ABORT, '{refusal}'); END")
    return made


def release(vendor: str, table: str) -> list[str]:
    """Statements that take it back. The function stays: other tables may use it."""
    where = f' ON "{table}"' if vendor == "postgresql" else ""
    return [f'DROP TRIGGER IF EXISTS "{_name(table, event)}"{where}' for event in EVENTS]


def _name(table: str, event: str) -> str:
    return f"{table}_no_{event.lower()}"
