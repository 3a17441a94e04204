"""What keeps the audit trail append-only: words may be erased, old acts let go of; nothing else changes or goes."""

from collections.abc import Iterator

from core.migrations.walls import LEAVES

REFUSAL = "the audit trail is append-only"
FIXED = (
    "id",
    "merchant_id",
    "chain",
    "number",
    "actor",
    "verb",
    "subject",
    "digest",
    "acted_at",
    "previous_hash",
    "hash",
)
# Only acts that the head no longer counts may go: core/services/audit.py:let_go moves it first, for all to see.
COUNTED = "OLD.number >= COALESCE((SELECT first_number FROM audit_heads WHERE chain = OLD.chain), 0)"
KEPT = f"{COUNTED} AND NOT {LEAVES}"


def trail_walls(dialect: str) -> Iterator[str]:
    """The statements that put the triggers up."""
    yield from _postgres() if dialect == "postgresql" else _sqlite()


def _sqlite() -> Iterator[str]:
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in FIXED)
    for verb, refused in (("UPDATE", f"NEW.detail IS NOT NULL OR NEW.salt IS NOT NULL OR {changed}"), ("DELETE", KEPT)):
        yield (
            f"CREATE TRIGGER audit_entries_no_{verb.lower()} BEFORE {verb} ON audit_entries WHEN {refused} "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )


def _postgres() -> Iterator[str]:
    old, new = (", ".join(f"{row}.{name}" for name in FIXED) for row in ("OLD", "NEW"))
    words = f"NEW.detail IS NULL AND NEW.salt IS NULL AND ROW({new}) IS NOT DISTINCT FROM ROW({old})"
    yield (
        "CREATE FUNCTION guard_the_trail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'UPDATE' THEN IF {words} THEN RETURN NEW; END IF; "
        f"ELSIF NOT ({KEPT}) THEN RETURN OLD; END IF; "
        f"RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    yield (
        "CREATE TRIGGER audit_entries_guard BEFORE UPDATE OR DELETE ON audit_entries "
        "FOR EACH ROW EXECUTE FUNCTION guard_the_trail()"
    )
