"""Triggers for tables whose rows are added and never changed or removed, on both databases.

They answer with an IntegrityError whoever asks: the ORM, an SQL console, a fault of ours. What
rebuilds a table loses them on SQLite, as some migrations do: such a migration calls `protect`
again. DROP, of a table or a trigger, is the owner's own affair.
"""

from __future__ import annotations

from collections.abc import Sequence

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


def protect(vendor: str, table: str, unique: Sequence[str] = ("id",)) -> list[str]:
    """Statements that make `table` append-only; again changes nothing.

    `unique` names its columns that no two rows share. On SQLite, INSERT OR REPLACE takes away the
    row that has the same value in one of them, and asks no trigger on DELETE.
    """
    made = release(vendor, table)
    if vendor == "postgresql":
        made.append(_FUNCTION)
        return made + [_on_server(table, event) for event in ("UPDATE", "DELETE", "TRUNCATE")]
    made += [_on_sqlite(table, event) for event in ("UPDATE", "DELETE")]
    same = " OR ".join(f'"{column}" = NEW."{column}"' for column in unique)
    taken = f'WHEN EXISTS (SELECT 1 FROM "{table}" WHERE {same})'
    return [*made, _on_sqlite(table, "INSERT", taken)]


def release(vendor: str, table: str) -> list[str]:
    """Statements that take it back. The function stays: other tables may use it."""
    where = f' ON "{table}"' if vendor == "postgresql" else ""
    events = ("UPDATE", "DELETE", "TRUNCATE" if vendor == "postgresql" else "INSERT")
    return [f'DROP TRIGGER IF EXISTS "{_name(table, event)}"{where}' for event in events]


def _on_server(table: str, event: str) -> str:
    each = "STATEMENT" if event == "TRUNCATE" else "ROW"
    return (
        f'CREATE TRIGGER "{_name(table, event)}" BEFORE {event} ON "{table}" '
        f"FOR EACH {each} EXECUTE FUNCTION speecheq_append_only()"
    )


def _on_sqlite(table: str, event: str, when: str = "") -> str:
    refusal = REFUSAL.format(table=table)
    return (
        f'CREATE TRIGGER "{_name(table, event)}" BEFORE {event} ON "{table}" {when} '
        f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
    )


def _name(table: str, event: str) -> str:
    return f"{table}_no_{event.lower()}"
