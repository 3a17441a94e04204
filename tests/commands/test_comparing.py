"""What the comparison says of what it read again."""

from core.commands.comparing import _counts
from core.services.compare import Comparison, Difference


def test_how_much_was_read_again_is_told_in_a_sentence() -> None:
    (told,) = _counts(Comparison(orders=2, credits=0, records=4))
    assert told.startswith("2 orders, 0 credits and 4 records read again at their sources, 0 purchases that stand in")
    assert told.endswith(": no differences.")


def test_one_of_a_kind_is_not_told_as_many() -> None:
    typo = Difference("field", "salesforce", "contact-1", "ALICE", "TYPO")
    (told,) = _counts(Comparison(orders=1, credits=1, records=1, purchases=1, differences=[typo]))
    assert told.startswith("1 order, 1 credit and 1 record read again at their sources, 1 purchase that stands in two")
    assert told.endswith(": 1 difference.")
