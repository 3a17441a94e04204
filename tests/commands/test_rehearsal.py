"""What `referhub rehearse` says of each promise: that it held, what broke it, or why it was not tried."""

from core.commands.rehearsal import promise_lines
from core.rules.rehearsal import Finding, Kept


def test_a_promise_that_was_not_tried_is_told_with_what_it_takes() -> None:
    kept = (
        Kept("refund", "a refund takes the reward back", True),
        Kept("self", "nobody refers himself", False, (Finding("Sam", "Sam is owed EUR 10.00", "leave it as it is"),)),
        Kept("cap", "the cap stops where it says", None, why_not="it takes a cap per advocate"),
        Kept("steps", "tiers come when they are promised", None),
    )
    assert promise_lines(kept) == [
        "What must hold before it may go live:",
        "",
        "ok  a refund takes the reward back",
        "BAD nobody refers himself",
        "      Sam: Sam is owed EUR 10.00",
        "      to mend: leave it as it is",
        "-   the cap stops where it says (not tried: it takes a cap per advocate)",
        "-   tiers come when they are promised (not tried)",
    ]
