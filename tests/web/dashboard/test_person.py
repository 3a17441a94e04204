"""The page of one person: everything that is known, led to from wherever somebody is named, covered for viewers."""

import re
from html import unescape

from flask.testing import FlaskClient
from sqlalchemy import update

from core.models import Connection, Person
from tests.support.dashboard import LookedAtHub, dashboard_app, signed_in

TAG = re.compile(r"<(?:script|style).*?</(?:script|style)>|<[^>]+>", re.DOTALL)


def words(client: FlaskClient, person_id: str) -> str:
    """What somebody reads on the page of that person."""
    answer = client.get(f"/dashboard/people/{person_id}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", unescape(TAG.sub(" ", answer.text.replace("<wbr>", ""))))


def test_an_advocate_is_shown_with_whom_they_brought_and_what_they_get(
    client: FlaskClient, ids: dict[str, str]
) -> None:
    said = words(client, ids["advocate"])
    for told in (
        "An advocate with MIRA-10: 0 orders of their own, 8 orders brought, 8 rewards.",
        "email mira@example.com everywhere",
        "People brought 8 May be named to others yes, since",
        "Jonas Lindqvist Bring a friend ; 1 order counts 4 Nov, 12:30",
        "EUR 10.00 EUR 7.50 pushed store credit #1001",
        "Sales CRM contact-001a parked a validation rule says no: pick a region",
    ):
        assert told in said, told
    assert "Brought by" not in said


def test_a_friend_is_shown_with_who_brought_them(client: FlaskClient, ids: dict[str, str]) -> None:
    said = words(client, ids["friend"])
    assert "Brought by Mira Okafor with the code MIRA-10 Bring a friend , by the discount code ; 1 order counts" in said
    assert "#1001 Tea shop counts EUR 80.00" in said
    assert "EUR 5.00 EUR 3.75 refused gift card #1001 the shop has no gift cards on its plan" in said


def test_what_a_source_shows_stands_field_by_field_as_it_was_written(
    client: FlaskClient, ids: dict[str, str], hub: LookedAtHub
) -> None:
    with hub.story() as story:
        story.written = 50_000
        crm, person = story.session.get_one(Connection, ids["crm"]), story.session.get_one(Person, ids["friend"])
        fields = {"referral_status": "converted", "referral_count": "0", "referral_revenue": None}
        written = {"fields": fields, "tags": ["referral-friend"]}  # as the writing of fields keeps it
        story.synced_record(crm, person, source_id="contact-9", written=written, written_at=story.now)
    said = words(client, ids["friend"])
    assert "contact-9 written 24 Nov, 12:30 referral_count 0 referral_revenue empty referral_status converted" in said


def test_wherever_somebody_is_named_their_page_is_a_click_away(client: FlaskClient, ids: dict[str, str]) -> None:
    case = f"fraud/{ids['case']}"
    for path in (
        f"orders/{ids['order']}",
        f"rewards/{ids['given']}",
        case,
        "fraud?state=all",
        "leaderboard",
        "advocates",
        "people",
        f"connections/{ids['crm']}",
    ):
        links = re.findall(r'href="(/dashboard/people/[0-9a-f]{32})"', client.get(f"/dashboard/{path}").text)
        assert links, path
        assert client.get(links[0]).status_code == 200, path


def test_who_has_become_somebody_else_is_led_to_them(
    client: FlaskClient, ids: dict[str, str], hub: LookedAtHub
) -> None:
    with hub.database.transaction() as session:
        session.execute(update(Person).where(Person.id == ids["friend"]).values(merged_into_id=ids["advocate"]))
    answer = client.get(f"/dashboard/people/{ids['friend']}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/dashboard/people/{ids['advocate']}")
    assert "1 other person, who became this one" in words(client, ids["advocate"])


def test_a_viewer_sees_the_page_and_nobody_by_name_or_address(hub: LookedAtHub, ids: dict[str, str]) -> None:
    viewer = dashboard_app(hub, is_local=False, visitor=signed_in("viewer")).test_client()
    for name in ("advocate", "friend"):
        said = words(viewer, ids[name])
        assert f"Person …{ids[name][-6:]}" in said
        assert "email •••" in said
        assert not re.search("Okafor|Lindqvist|example.com", said)


def test_nobody_has_no_page(client: FlaskClient, ids: dict[str, str]) -> None:
    assert client.get("/dashboard/people/" + "f" * 32).status_code == 404
