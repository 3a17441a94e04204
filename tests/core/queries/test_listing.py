"""A list is read page by page, forwards and back, without a row lost or told twice."""

from core.queries.deliveries import deliveries
from core.queries.listing import Place
from tests.support.story import Story


def _inbox(story: Story, count: int) -> list[str]:
    shop = story.connection(story.merchant())
    return [story.delivery(shop).id for _ in range(count)]


def test_turning_the_pages_shows_every_row_once_newest_first(story: Story) -> None:
    written = _inbox(story, 17)
    seen, place = [], None
    for _ in range(3):
        page = deliveries(story.session, place=place, size=7)
        seen += [row.id for row in page.rows]
        place = page.older
    assert seen == written[::-1]
    assert place is None


def test_turning_back_shows_the_pages_one_came_from(story: Story) -> None:
    _inbox(story, 17)
    pages = [deliveries(story.session, size=7)]
    while pages[-1].older:
        pages.append(deliveries(story.session, place=pages[-1].older, size=7))
    assert len(pages) == 3
    for page, before in zip(pages[:0:-1], pages[-2::-1], strict=True):
        back = deliveries(story.session, place=page.newer, size=7)
        assert (back.rows, back.older, back.newer) == (before.rows, before.older, before.newer)


def test_the_first_page_has_nothing_newer_and_a_short_list_nothing_older(story: Story) -> None:
    _inbox(story, 7)
    page = deliveries(story.session, size=7)
    assert (len(page.rows), page.newer, page.older) == (7, None, None)


def test_a_row_that_arrives_while_reading_moves_nothing(story: Story) -> None:
    written = _inbox(story, 10)
    first = deliveries(story.session, size=5)
    shop = story.connection(story.merchant("Another"), "Another shop")
    story.delivery(shop)
    second = deliveries(story.session, place=first.older, size=5)
    assert [row.id for row in second.rows] == written[4::-1]


def test_a_place_beyond_the_end_is_empty(story: Story) -> None:
    _inbox(story, 3)
    assert deliveries(story.session, place=Place("0" * 32)).rows == ()


def test_nobody_can_ask_for_a_million_rows_or_none(story: Story) -> None:
    _inbox(story, 3)
    assert len(deliveries(story.session, size=0).rows) == 1
    assert len(deliveries(story.session, size=10**9).rows) == 3
