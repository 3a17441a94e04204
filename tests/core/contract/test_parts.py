"""The parts of a connector are seen as they are."""

from core.contract.parts import abilities
from tests.support.shop import PlainConnector, ShopConnector


def test_a_connector_can_do_exactly_what_it_declares() -> None:
    assert abilities(PlainConnector) == ["pushes"]
    every = ["polls", "verifies", "locates", "pushes", "marks", "finds", "writes", "prepares"]
    assert abilities(ShopConnector) == every


def test_half_a_part_is_no_part() -> None:
    """A connector that can find, but not say whether absence proves anything, is not asked to find."""

    class Half(PlainConnector):
        """Only one method of `Finds`."""

        find = ShopConnector.find

    assert abilities(Half) == ["pushes"]
