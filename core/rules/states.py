"""The one table of legal state changes; anything else raises."""

DELIVERY = {
    "stored": {"read", "ignored", "unreadable"},
    "unreadable": {"stored"},
    "read": {"stored"},
    "ignored": {"stored"},
}
CONVERSION = {
    "pending": {"qualified", "withdrawn"},
    "qualified": {"reversed", "withdrawn", "pending"},
    "reversed": {"qualified", "withdrawn", "pending"},
    "withdrawn": {"pending", "qualified", "reversed"},
}
REWARD = {
    "held": {"due", "void", "review", "withdrawn"},
    "review": {"held", "void", "withdrawn"},
    "due": {"pushing", "rejected", "void", "netted", "withdrawn", "held"},  # held anew where another shop takes over
    "pushing": {"pushed", "due", "rejected"},
    "pushed": {"clawed_back"},
    "netted": {"clawed_back"},
    "rejected": {"held", "void", "withdrawn"},
    "clawed_back": set(),
    "void": {"held"},  # only where refunds had emptied it, and the order grew again
    "withdrawn": {"held"},
}
# Something may still be paid.
OPEN_REWARD = ("held", "review", "due", "pushing")
PUSH = {
    "intended": {"sent", "rejected", "abandoned", "unknown"},  # unknown: in a hub restored from a backup
    "sent": {"confirmed", "rejected", "intended", "unknown"},
    "unknown": {"confirmed", "intended", "parked"},
    "parked": {"confirmed", "intended", "rejected"},
    "confirmed": set(),
    "rejected": set(),
    "abandoned": set(),
}
TABLES: dict[str, dict[str, set[str]]] = {
    "delivery": DELIVERY,
    "conversion": CONVERSION,
    "reward": REWARD,
    "push": PUSH,
}


class IllegalChange(RuntimeError):
    """A state change that no rule allows: a bug, never swallowed."""


def change(noun: str, old: str, new: str) -> str:
    """`new`, if the table allows the step from `old`; raises `IllegalChange` otherwise."""
    if new not in TABLES[noun].get(old, set()):
        raise IllegalChange(f"a {noun} cannot go from {old} to {new}")
    return new
