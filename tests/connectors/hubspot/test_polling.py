"""Asking finds everything that changed, however many, however late, and each change under one name."""

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.hubspot import governor
from connectors.hubspot.connector import HubSpot
from connectors.hubspot.ration import Ration
from connectors.hubspot.sweeping import PAGE_SIZE
from referhub import DealWon, Delivery, IdentityClaim, IdentityKind, Page, TryLater, Unreadable
from sandbox.hubspot import PortalControl
from tests.connectors.hubspot.conftest import connect
from tests.connectors.hubspot.support import ScriptedHttp, answer, connector, only

HOUR = timedelta(hours=1)
MOST_PAGES = 500


def _now(desk: PortalControl) -> datetime:
    return datetime.fromisoformat(desk.now())


def _sweep(hubspot: HubSpot, cursor: str | None, now: datetime) -> tuple[list[Delivery], str]:
    """Everything of one poll, as the hub goes about it."""
    found: list[Delivery] = []
    for _ in range(MOST_PAGES):
        page: Page = hubspot.poll(cursor, now)
        found += page.deliveries
        cursor = page.cursor
        if page.is_last:
            return found, cursor
    raise AssertionError("the poll comes to no end")


@dataclass
class Asking:
    """A hub that polls again and again: it keeps the cursor of each page, and each name once."""

    hubspot: HubSpot
    desk: PortalControl
    cursor: str | None = None
    kept: set[str] = field(default_factory=set)

    def news(self) -> list[Delivery]:
        """What one poll brings that was not known before."""
        told, self.cursor = _sweep(self.hubspot, self.cursor, _now(self.desk))
        found = [one for one in told if one.key not in self.kept]
        self.kept |= {one.key for one in told}
        return found


def _subjects(found: list[Delivery], topic: str) -> set[str]:
    return {one.subject for one in found if one.topic == topic}


def test_the_first_poll_brings_no_history(hubspot: HubSpot, desk: PortalControl) -> None:
    desk.create_contact(email="old@example.com")
    desk.advance(3600)
    found, cursor = _sweep(hubspot, None, _now(desk))
    assert found == []
    new = desk.create_contact(email="new@example.com")
    found, _ = _sweep(hubspot, cursor, _now(desk))
    assert _subjects(found, "contact.polled") == {str(new["id"])}


def test_history_begins_on_the_day_that_was_asked_for(portal: Any, desk: PortalControl) -> None:
    old = desk.create_contact(email="old@example.com")
    desk.advance(30 * 86_400)
    yesterday = (_now(desk) - timedelta(days=31)).date().isoformat()
    found, _ = _sweep(connect(portal, since=yesterday), None, _now(desk))
    assert _subjects(found, "contact.polled") == {str(old["id"])}


def test_contacts_and_deals_that_changed_are_found_and_can_be_read(hubspot: HubSpot, desk: PortalControl) -> None:
    _, cursor = _sweep(hubspot, None, _now(desk))
    contact = desk.create_contact(email="bob@example.com")
    deal = desk.create_deal(contact=contact["id"], dealname="Kitchen", amount="100", dealstage="closedwon")
    found, _ = _sweep(hubspot, cursor, _now(desk))
    assert _subjects(found, "deal.polled") == {str(deal["id"])}
    told = list(itertools.chain(*(hubspot.read(one) for one in found)))
    assert {one.order.source_id for one in told if isinstance(one, DealWon)} == {f"deal/{deal['id']}"}


def test_a_change_has_one_name_however_often_it_is_seen(hubspot: HubSpot, desk: PortalControl) -> None:
    _, cursor = _sweep(hubspot, None, _now(desk))
    contact = desk.create_contact(email="bob@example.com")
    once, cursor = _sweep(hubspot, cursor, _now(desk))
    again, cursor = _sweep(hubspot, cursor, _now(desk))
    assert [one.key for one in once] == [one.key for one in again] != []
    desk.advance(1)
    desk.update_contact(contact["id"], firstname="Bob")
    third, _ = _sweep(hubspot, cursor, _now(desk))
    assert {one.key for one in third} - {one.key for one in once}


def test_what_the_index_shows_late_is_found_in_the_overlap(hubspot: HubSpot, desk: PortalControl) -> None:
    """HS-35."""
    _, cursor = _sweep(hubspot, None, _now(desk))
    desk.index_lag(60)
    late = desk.create_contact(email="late@example.com")
    desk.advance(30)
    early = desk.create_contact(email="early@example.com")
    found, cursor = _sweep(hubspot, cursor, _now(desk))
    assert found == []
    desk.advance(300)
    found, _ = _sweep(hubspot, cursor, _now(desk))
    assert _subjects(found, "contact.polled") == {str(late["id"]), str(early["id"])}


def test_more_changes_than_a_page_are_all_found(hubspot: HubSpot, desk: PortalControl) -> None:
    """HS-35."""
    _, cursor = _sweep(hubspot, None, _now(desk))
    made = [str(desk.create_contact(email=f"p{number}@example.com")["id"]) for number in range(PAGE_SIZE // 2)]
    made += [str(row["id"]) for row in desk.create_contacts([{"email": f"q{n}@example.com"} for n in range(450)])]
    found, _ = _sweep(hubspot, cursor, _now(desk))
    assert _subjects(found, "contact.polled") == set(made)


def test_a_poll_that_is_interrupted_goes_on_where_it_was(hubspot: HubSpot, desk: PortalControl) -> None:
    _, cursor = _sweep(hubspot, None, _now(desk))
    made = {str(row["id"]) for row in desk.create_contacts([{"email": f"q{n}@example.com"} for n in range(450)])}
    first = hubspot.poll(cursor, _now(desk))
    assert not first.is_last
    desk.fate("502", match="/search")
    with pytest.raises(TryLater):
        hubspot.poll(first.cursor, _now(desk))
    rest, _ = _sweep(hubspot, first.cursor, _now(desk))
    assert _subjects([*first.deliveries, *rest], "contact.polled") == made


def test_what_was_deleted_is_found_once_a_day(hubspot: HubSpot, desk: PortalControl) -> None:
    contact = desk.create_contact(email="bob@example.com")
    deal = desk.create_deal(contact=contact["id"], amount="100", dealstage="closedwon")
    _, cursor = _sweep(hubspot, None, _now(desk))
    desk.advance(7200)
    desk.delete_contact(contact["id"])
    desk.delete_deal(deal["id"])
    found, cursor = _sweep(hubspot, cursor, _now(desk))
    assert found == []
    desk.advance(86_400)
    found, cursor = _sweep(hubspot, cursor, _now(desk))
    assert _subjects(found, "contact.deletionPolled") == {str(contact["id"])}
    assert _subjects(found, "deal.deletionPolled") == {str(deal["id"])}
    told = {type(event).__name__ for one in found for event in hubspot.read(one)}
    assert told == {"ContactErased", "DealReopened"}
    desk.advance(2 * 86_400)
    assert _sweep(hubspot, cursor, _now(desk))[0] == []


def test_whose_deal_it_is_may_change_without_a_word_and_is_looked_at_once_a_day_for_a_week(
    hubspot: HubSpot, desk: PortalControl
) -> None:
    """HS-35: a tie to a contact moves no time of change, so a lost event of it would be lost for ever."""
    asking = Asking(hubspot, desk)
    asking.news()
    noon = _now(desk).isoformat()
    deal = desk.create_deal(amount="100", dealstage="closedwon", closedate=noon)
    desk.create_deal(amount="100", dealstage="contractsent", closedate=noon)
    desk.advance(7200)
    bob = desk.create_contact(email="bob@example.com")
    assert len(asking.news()) == 3
    desk.associate("deals", deal["id"], "contacts", bob["id"])
    assert asking.news() == []
    for _ in range(6):
        desk.advance(86_400)
        (again,) = asking.news()
        assert asking.news() == [], "once a day"
        assert (again.subject, again.triggered_at) == (str(deal["id"]), None), "nothing that a webhook has missed"
        told = only(hubspot.read(again), DealWon)
        assert IdentityClaim(IdentityKind.CONTACT, str(bob["id"])) in told.order.friend.identities
    desk.advance(86_400)
    assert asking.news() == []


def test_kinds_that_the_app_may_not_read_do_not_keep_the_others_from_being_found(
    hubspot: HubSpot, desk: PortalControl
) -> None:
    """HS-37."""
    _, cursor = _sweep(hubspot, None, _now(desk))
    contact = desk.create_contact(email="bob@example.com")
    scopes = [scope for scope in desk.settings()["scopes"] if "deals" not in scope]
    desk.set_scopes(scopes)
    found, _ = _sweep(hubspot, cursor, _now(desk))
    assert _subjects(found, "contact.polled") == {str(contact["id"])}


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "[]",
        "{}",
        "{",
        '{"sweeps": 7}',
        '{"sweeps": {}, "deletions_at": "never"}',
        '{"sweeps": {"contact": {"odd": 1}}, "deletions_at": "2026-11-25T12:00:00+00:00"}',
        '{"sweeps": {"contact": 7}, "deletions_at": "2026-11-25T12:00:00+00:00"}',
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(Unreadable):
        connector().poll(cursor, datetime(2026, 11, 25, tzinfo=UTC))


class Index(ScriptedHttp):
    """A portal's search over records that are a stamp and an id, with HubSpot's limits."""

    def __init__(self, contacts: dict[int, int]) -> None:
        super().__init__()
        self.contacts = contacts
        self.won: dict[int, int] = {}
        self.before_each: Callable[[], None] = lambda: None

    def answer(self, asked: dict[str, Any]) -> Any:
        if "archived=true" in asked["url"]:
            return answer({"results": []})
        body = json.loads(asked["body"])
        assert body.get("after") is None, "pages by offset lose records that change meanwhile"
        assert body["limit"] <= 200
        assert len(body["sorts"]) == 1
        (group,) = body["filterGroups"]
        filters = [one for one in group["filters"] if one != WON]
        if "/0-3/" in asked["url"] and filters == group["filters"]:
            return answer({"total": 0, "results": []})
        self.before_each()
        records = self.contacts if filters == group["filters"] else self.won
        found = [(stamp, number) for number, stamp in records.items() if self._fits(filters, stamp, number)]
        by_id = body["sorts"][0]["propertyName"] == "hs_object_id"
        found.sort(key=lambda pair: pair[::-1] if by_id else (pair[0], -pair[1]))
        return answer({"total": len(found), "results": [_row(*pair) for pair in found[: body["limit"]]]})

    def _fits(self, filters: Sequence[dict[str, str]], stamp: int, number: int) -> bool:
        return all(
            OPERATORS[one["operator"]](number if one["propertyName"] == "hs_object_id" else stamp, int(one["value"]))
            for one in filters
        )


WON = {"propertyName": "hs_is_closed_won", "operator": "EQ", "value": "true"}
OPERATORS = {
    "LTE": lambda kept, wanted: kept <= wanted,
    "EQ": lambda kept, wanted: kept == wanted,
    "GT": lambda kept, wanted: kept > wanted,
    "GTE": lambda kept, wanted: kept >= wanted,
}


def _row(stamp: int, number: int) -> dict[str, Any]:
    at = datetime.fromtimestamp(stamp / 1000, UTC).isoformat(timespec="milliseconds")
    return {"id": str(number), "properties": {"lastmodifieddate": at, "closedate": at, "hs_object_id": str(number)}}


START = datetime(2026, 11, 25, 12, tzinfo=UTC)
BEGINS = int(START.timestamp() * 1000)


@pytest.fixture(autouse=True)
def _room(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits are tried on their own and need not hold these tests up."""
    monkeypatch.setattr(governor, "SEARCHES_PER_SECOND", 100_000)


def test_twelve_thousand_contacts_are_found_however_many_share_a_millisecond() -> None:
    """HS-35: four thousand one by one, four thousand in groups a little larger than a page, four thousand at once."""
    alone = {1_000 + number: BEGINS + number for number in range(4_000)}
    grouped = {9_000 - number: BEGINS + 10_000 + number // (PAGE_SIZE + 1) for number in range(4_000)}
    together = {9_999_000 - number: BEGINS + 20_000 for number in range(4_000)}
    index = Index(alone | grouped | together)
    assert len(index.contacts) == 12_000
    found, _ = _sweep(_fast(index), None, START)
    assert {int(one.subject) for one in found} == set(index.contacts)
    assert len(index.asked) < 120


def _fast(index: Index) -> HubSpot:
    opened = connector(index)
    opened.keep.change("rate", lambda _: '{"most": 100000}')
    return opened


def test_contacts_that_change_during_the_sweep_are_not_lost() -> None:
    """HS-35."""
    index = Index({1000 + number: BEGINS + number for number in range(2_000)})
    opened = _fast(index)
    clock = itertools.count(BEGINS + 10_000)
    busy = itertools.cycle(sorted(index.contacts))

    def changes() -> None:
        for _ in range(40):
            index.contacts[next(busy)] = next(clock)

    index.before_each = changes
    found, cursor = _sweep(opened, None, START)
    index.before_each = lambda: None
    more, _ = _sweep(opened, cursor, START)
    last = {(int(one.subject), one.triggered_at) for one in [*found, *more]}
    assert {(number, datetime.fromtimestamp(stamp / 1000, UTC)) for number, stamp in index.contacts.items()} <= last


def test_a_record_that_appears_behind_newer_ones_is_found_for_a_quarter_of_an_hour() -> None:
    """HS-35: the index is not filled in order."""
    index = Index({1: BEGINS + 3_600_000})
    opened = _fast(index)
    _, cursor = _sweep(opened, None, START)
    index.contacts |= {2: BEGINS + 3_600_000 - 14 * 60_000, 3: BEGINS + 3_600_000 - 16 * 60_000}
    found, _ = _sweep(opened, cursor, START)
    assert _subjects(found, "contact.polled") == {"1", "2"}


def test_all_deals_won_in_a_week_are_looked_at_again_however_many_in_one_moment() -> None:
    index = Index({})
    opened = _fast(index)
    _, cursor = _sweep(opened, None, START)
    day = 86_400_000
    index.won = dict.fromkeys(range(1, 2 * PAGE_SIZE + 2), BEGINS - 3 * day)
    index.won |= {7_001: BEGINS - 5 * day, 7_002: BEGINS - 6 * day - 1, 7_003: BEGINS + day, 7_004: BEGINS + day + 1}
    found, cursor = _sweep(opened, cursor, START + timedelta(days=1))
    assert {int(one.subject) for one in found} == set(index.won) - {7_002, 7_004}
    assert len({one.key for one in found}) == len(index.won) - 2
    assert _sweep(opened, cursor, START + timedelta(days=1, hours=1))[0] == []
    assert len(cursor) < 500


def test_every_search_is_counted_for_all_processes() -> None:
    """HS-35."""
    opened = connector(Index({}))
    _sweep(opened, None, START)
    kept = Ration.read(opened.keep.get("rate"))
    assert len(kept.searches) == 2  # contacts and deals


def test_the_cursor_stays_small() -> None:
    index = Index({1000 + number: BEGINS + number for number in range(500)})
    _, cursor = _sweep(_fast(index), None, START)
    assert len(cursor) < 1_000
