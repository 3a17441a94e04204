"""A connector that keeps every rule passes every test of the kit."""

from tests.referhub.testing.kept import Kept


class TestWhole(Kept):
    """Every part is declared, so nothing is left out."""
