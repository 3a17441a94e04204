"""What keeps published terms as they were published: a version's words never change, nor the time once it is set."""

from collections.abc import Iterator

REFUSAL = "a version of terms never changes"
FIXED = ("id", "merchant_id", "campaign_id", "version", "body", "created_at")


def terms_walls(dialect: str) -> Iterator[str]:
    """The statements that put the triggers up."""
    is_set = "OLD.effective_at IS NOT NULL"
    if dialect == "postgresql":
        # jsonb: the same document is the same, however it was spelt
        changed = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in FIXED)
        moved = f"({is_set} AND NEW.effective_at IS DISTINCT FROM OLD.effective_at)"
        yield (
            "CREATE FUNCTION keep_terms() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
        yield (
            f"CREATE TRIGGER terms_no_update BEFORE UPDATE ON terms FOR EACH ROW WHEN ({changed} OR {moved}) "
            "EXECUTE FUNCTION keep_terms()"
        )
    else:
        changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in FIXED)
        moved = f"({is_set} AND NEW.effective_at IS NOT OLD.effective_at)"
        yield (
            f"CREATE TRIGGER terms_no_update BEFORE UPDATE ON terms WHEN {changed} OR {moved} "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
