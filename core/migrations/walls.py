"""The walls that no model can tell of: the ledger only grows, and PostgreSQL itself keeps the merchants apart."""

from collections.abc import Iterator, Sequence

# What a transaction says of itself (core/database.py): a merchant's id, or * for the whole house. Asked once for each
# statement and not for each row, because it stands in a question of its own.
WHO = "(SELECT current_setting('referhub.merchant', true))"
REFUSAL = "the ledger is append-only"
# The books go only with their merchant (core/services/merchants.py:remove).
LEAVES = "EXISTS (SELECT 1 FROM merchants WHERE id = OLD.merchant_id AND leaving_at IS NOT NULL)"


def ledger_walls(dialect: str, tables: Sequence[str]) -> Iterator[str]:
    """Statements after which no row of these tables is changed, or removed before its merchant leaves."""
    if dialect == "postgresql":
        yield (
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP = 'DELETE' AND {LEAVES} THEN RETURN OLD; END IF; RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
    for table in tables:
        for verb, unless in (("UPDATE", ""), ("DELETE", f"WHEN NOT {LEAVES} ")):
            trigger = f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
            if dialect == "postgresql":
                yield f"{trigger} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            else:
                yield f"{trigger} {unless}BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"


def merchant_walls(dialect: str, tables: Sequence[str]) -> Iterator[str]:
    """Statements after which PostgreSQL shows each transaction only its merchant's rows, the tables' owner included.

    A superuser passes every such wall: `unwalled` in core/services/readiness.py says so.
    """
    if dialect != "postgresql":
        return
    for table, whose in (("merchants", "id"), *((table, "merchant_id") for table in tables)):
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        yield f"CREATE POLICY of_one_merchant ON {table} USING ({WHO} = {whose} OR {WHO} = '*')"
