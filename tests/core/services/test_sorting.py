"""Sorting more than fits in memory: all comes out in order, and nothing is left behind."""

from hypothesis import given
from hypothesis import strategies as st

from core.services.sorting import Sorter


@given(
    items=st.lists(st.tuples(st.integers(0, 9), st.text(max_size=3), st.integers()), max_size=40), run=st.integers(1, 7)
)
def test_what_goes_in_comes_out_sorted(items: list[tuple[int, str, int]], run: int) -> None:
    with Sorter(run) as sorter:
        for item in items:
            sorter.add(item)
        assert list(sorter) == sorted(items)
