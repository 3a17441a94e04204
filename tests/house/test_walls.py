"""Nothing of core goes around the scope: other statements than the classes' own are named here with their why."""

import ast
from pathlib import Path

from tests.support.sources import modules, tree

# Each way past the session that adds the predicate, in a place that carries the merchant itself or serves the house.
KNOWN = {
    ("core/dispatch/distributed.py", "begin"): "the queue engine's own tables",
    ("core/dispatch/distributed.py", "exec_driver_sql"): "the queue engine's own tables",
    ("core/migrations/__init__.py", "begin"): "makes the tables",
    ("core/migrations/__init__.py", "connection"): "asks for the shape of the tables",
    ("core/migrations/__init__.py", "text"): "a lock and the shape of the tables, and no row",
    ("core/scope.py", "connection"): "change_by_id adds the predicate",
    ("core/services/carried_rows.py", "connection"): "a backup is of the whole house, and refused within a merchant",
    ("core/services/field_outcomes.py", "connection"): "AGREED carries the predicate",
    ("core/services/inbox.py", "connect"): "each row is written with its connection's merchant",
    ("core/services/ledger.py", "connection"): "each row is written with the merchant whose book is locked",
    ("core/services/readiness.py", "connect"): "asks for the shape of the tables",
    ("core/services/readiness.py", "text"): "asks who the database thinks we are",
    ("core/services/restore.py", "connection"): "a restore is of the whole house, and refused within a merchant",
    ("core/services/restore.py", "exec_driver_sql"): "a restore is of the whole house, and refused within a merchant",
    ("core/services/restore.py", "text"): "a restore is of the whole house, and refused within a merchant",
    ("core/services/signs.py", "connection"): "each row is written with the merchant of its order",
    ("core/services/suspect.py", "connection"): "each row is written with the merchant whose book is locked",
    ("core/services/tell.py", "connection"): "each row is written with the merchant whose book is locked",
}
WAYS = {"connection", "connect", "begin", "raw_connection", "exec_driver_sql", "text"}
GROUND = ("core/models/", "core/database.py")  # the condition of an index; the ground itself, which knows no row


def _ways(path: Path) -> set[str]:
    """How a module asks the database without a session's statement."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id == "text":
            found.add("text")
        if isinstance(node.func, ast.Attribute) and node.func.attr in WAYS - {"text"}:
            is_ours = any(word in ast.unparse(node.func.value) for word in ("engine", "session", "database"))
            found |= {node.func.attr} if is_ours or node.func.attr == "exec_driver_sql" else set()
    return found


def test_no_statement_of_core_goes_around_the_scope_unnamed() -> None:
    """S29: a new one has to say here how it carries the merchant."""
    found = {
        (str(path), way)
        for path in modules()
        if str(path).startswith("core/") and not str(path).startswith(GROUND)
        for way in _ways(path)
    }
    assert found - KNOWN.keys() == set()
    assert KNOWN.keys() - found == set()


def test_every_table_but_the_houses_own_belongs_to_a_merchant() -> None:
    """A new table is of a merchant, or is named here with what it hangs on."""
    from core.models import Base, OfMerchant

    of_merchants = {str(vars(one)["__tablename__"]) for one in OfMerchant.__subclasses__()}
    house = {"merchants", "hub_state"}
    of_operators = {"operators", "passkeys", "visits", "operator_links", "sign_in_failures"}
    assert Base.metadata.tables.keys() - of_merchants == house | of_operators
