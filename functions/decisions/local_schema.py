"""The tables of the service's own file of decisions, and how those of an earlier release become ours."""

import sqlite3
from uuid import uuid4

# 2: what exploring needs, and the cost of missing a fraud.
FORMAT = 2
_TABLES = """
CREATE TABLE IF NOT EXISTS decisions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    transaction_id TEXT NOT NULL, at INTEGER NOT NULL, features TEXT NOT NULL, score REAL NOT NULL,
    decision TEXT NOT NULL, threshold REAL NOT NULL, model TEXT NOT NULL, version TEXT NOT NULL,
    latency_ms REAL NOT NULL, served TEXT NOT NULL, cost_alarm REAL NOT NULL, cost_pass REAL NOT NULL,
    reasons TEXT NOT NULL, kind TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS first_decision ON decisions (transaction_id) WHERE kind = 'decision';
CREATE UNIQUE INDEX IF NOT EXISTS one_shadow ON decisions (transaction_id, model, version) WHERE kind = 'shadow';
CREATE TABLE IF NOT EXISTS shipping (
    log TEXT NOT NULL, shipped INTEGER NOT NULL DEFAULT 0, under_way INTEGER NOT NULL DEFAULT 0
)
"""
# Each of these only changes what the file says of its rows, however many there are.
_SECOND = """
ALTER TABLE decisions ADD COLUMN missed_cost REAL;
ALTER TABLE decisions ADD COLUMN explored INTEGER NOT NULL DEFAULT 0;
ALTER TABLE decisions ADD COLUMN pass_chance REAL
"""


def prepare(database: sqlite3.Connection, found: int) -> None:
    """Make the tables of a new file, or add to those of an earlier release; the caller commits.

    Args:
        database: a connection, within a transaction.
        found: the format that the file has, 0 of a new one.
    """
    if found == FORMAT:
        return
    for statement in (_TABLES + ";" + _SECOND).split(";"):
        database.execute(statement)
    if database.execute("SELECT 1 FROM shipping").fetchone() is None:
        database.execute("INSERT INTO shipping (log) VALUES (?)", [uuid4().hex[:12]])
    database.execute(f"PRAGMA user_version = {FORMAT}")
