"""What the pages about offers, fraud and trials say is what stands in the tables, and names only who may be named."""

import re
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from core.models import Assessment, Consent, Person, Proposal, Referral, Rehearsal
from tests.support.dashboard import LookedAtHub, dashboard_app, signed_in
from tests.support.story import NOW
from tests.web.dashboard.test_numbers import _words

WAITING = re.compile(r'title="([0-9]+) waiting')


def _read(client: FlaskClient, path: str) -> str:
    answer = client.get(f"/dashboard/{path}")
    assert answer.status_code == 200, path
    return _words(answer.text)


def _badges(page: str, words: str) -> list[str]:
    """The number beside an entry of the menu, if there is one."""
    entry = page.partition(f'<span class="nav-link-title">{words}</span>')[2].partition("</a>")[0]
    return WAITING.findall(entry)


def test_a_campaign_says_in_two_languages_what_it_promises(client: FlaskClient, ids: dict[str, str]) -> None:
    words = _read(client, f"campaigns/{ids['campaign']}")
    assert "You get €10.00 as store credit for each order that counts" in words
    assert "Du bekommst 10,00 € als Guthaben im Shop" in words
    assert '<div class="card" lang="de">' in client.get(f"/dashboard/campaigns/{ids['campaign']}").text


def test_a_campaign_tells_its_versions_its_pauses_and_how_long_the_budget_lasts(
    client: FlaskClient, ids: dict[str, str]
) -> None:
    words = _read(client, f"campaigns/{ids['campaign']}")
    assert "Budget left EUR 157.50" in words
    assert "EUR 342.50 of EUR 500.00 are promised;" in words
    draft = words.partition("Version 4 draft")[2].partition("Version 3")[0]
    assert "14 days" in draft
    assert "30 days" in draft
    assert "Version 3 in force The first one." in words
    assert "15 Nov, 12:30 – 16 Nov, 12:30 the warehouse was counted ( Ada )" in words


def test_a_campaign_tells_its_goals_with_their_definition(client: FlaskClient, ids: dict[str, str]) -> None:
    words = _read(client, f"campaigns/{ids['campaign']}")
    assert "Referred customers behind 17 of 40 so far; at this pace 39 of 40 by 31 December 2026." in words
    assert "How it is counted Different people with at least one order" in words
    assert "until the end of 31 December 2026. Counted: 17; in the last 28 days: 17." in words
    assert words.index("Referred customers") < words.index("Referred revenue") < words.index("Share of new customers")


def test_a_campaign_tells_how_each_fraud_rule_judges(client: FlaskClient, ids: dict[str, str]) -> None:
    words = _read(client, f"campaigns/{ids['campaign']}")
    assert "advocate and friend have the same e-mail address or account, however it is spelt blocks 100" in words


def test_a_campaign_leads_to_what_was_tried(client: FlaskClient, ids: dict[str, str]) -> None:
    page = client.get(f"/dashboard/campaigns/{ids['campaign']}").text
    for place in (f"backtests/{ids['backtest']}", f"rehearsals/{ids['rehearsal']}", f"rehearsals/{ids['room']}"):
        assert f'href="/dashboard/{place}"' in page
    assert f'href="/dashboard/campaigns/{ids["campaign"]}"' in client.get("/dashboard/campaigns").text


def test_goals_stand_on_the_overview_and_are_counted_once_a_minute(hub: LookedAtHub, ids: dict[str, str]) -> None:
    now = [NOW]
    hub.clock = lambda: now[0]
    client = dashboard_app(hub).test_client()
    assert "Referred customers behind Bring a friend 17 of 40 so far" in _read(client, "")
    with hub.story() as story:
        for friend_id in story.session.scalars(select(Referral.friend_id)).all():
            story.session.get_one(Person, friend_id).is_returning = True
    assert "Share of new customers on track Bring a friend 100 %" in _read(client, "")
    now[0] += timedelta(minutes=1)
    assert "Share of new customers behind Bring a friend nothing yet" in _read(client, "")


def test_the_leaderboard_names_only_who_agreed(hub: LookedAtHub, client: FlaskClient, ids: dict[str, str]) -> None:
    words = _read(client, "leaderboard")
    assert re.search(r"1\. Not named, …[0-9a-f]{6} Orders 9 EUR 576\.00 2\. Mira Okafor Orders 8 EUR 508\.00", words)
    with hub.story() as story:
        story.session.query(Consent).one().is_given = False
    assert "Mira Okafor" not in _read(client, "leaderboard") + _read(client, "milestones")


def test_the_leaderboard_is_narrowed_by_time_and_campaign(client: FlaskClient, ids: dict[str, str]) -> None:
    assert "ranked by what counts in EUR" in _read(client, "leaderboard?by=revenue")
    assert "Nobody is on it yet" in _read(client, "leaderboard?campaign=another")
    assert "Nobody is on it yet" in _read(client, "leaderboard?since=2026-11-24")
    assert "9 EUR 576.00" in _read(client, "leaderboard?until=2026-11-24&since=nonsense&by=nonsense")
    assert "9 EUR 576.00" not in _read(client, "leaderboard?until=2026-11-10")


def test_a_viewer_sees_nobody_by_name(hub: LookedAtHub, ids: dict[str, str]) -> None:
    viewer = dashboard_app(hub, is_local=False, visitor=signed_in("viewer")).test_client()
    for path in ("leaderboard", "milestones", "fraud"):
        told = _read(viewer, path)
        assert "Person …" in told, path
        assert not re.search("Mira|Yuki|Li Wei", told), path
    for path in (f"fraud/{ids['case']}", f"rehearsals/{ids['room']}"):
        assert viewer.get(f"/dashboard/{path}").status_code == 403, path


def test_milestones_say_what_is_reached_and_how_many_are_missing(client: FlaskClient, ids: dict[str, str]) -> None:
    words = _read(client, "milestones")
    assert "Mira Okafor Bring a friend 8 referrals 5 (EUR 25.00) Next 10 (EUR 60.00) , 2 to go" in words


def test_what_waits_for_a_look_is_counted_in_the_menu(hub: LookedAtHub, client: FlaskClient) -> None:
    page = client.get("/dashboard/").text
    assert (_badges(page, "Fraud review"), _badges(page, "Second person")) == ([], [])


def test_a_case_and_a_proposal_that_wait_have_their_number_and_a_notice(
    hub: LookedAtHub, client: FlaskClient, ids: dict[str, str]
) -> None:
    with hub.story() as story:
        asked: dict[str, Any] = {"asked_by": "Ada", "asked_id": "1", "asked_at": NOW, "told": {}, "state": "open"}
        asked |= {"verb": "void_reward", "subject_id": ids["given"], "amount_minor": 1, "currency": "EUR"}
        story.add(Proposal(id=story.id(), merchant_id=ids["merchant"], **asked))
    page = client.get("/dashboard/").text
    assert (_badges(page, "Fraud review"), _badges(page, "Second person")) == (["1"], ["1"])
    assert "1 order that fraud rules hold" in _words(page)
    assert "approve it or void it. 1 waited for three days or longer." in _words(page)
    assert "1 act for a second person" in _words(page)


def test_the_queue_shows_open_cases_and_all_of_them_when_asked(
    hub: LookedAtHub, client: FlaskClient, ids: dict[str, str]
) -> None:
    assert "Order #1004 Bring a friend to review Yuki Tanaka brought Li Wei both bought" in _read(client, "fraud")
    with hub.story() as story:
        story.session.query(Assessment).one().state = "approved"
    assert "Nothing waits for a look" in _read(client, "fraud")
    assert "Order #1004 Bring a friend approved" in _read(client, "fraud?state=all")


def test_a_case_tells_what_was_found_and_which_orders_show_it(client: FlaskClient, ids: dict[str, str]) -> None:
    words = _read(client, f"fraud/{ids['case']}")
    assert "both bought with one browser holds 40 points" in words
    assert "Other orders that show it: #1003 ( 7 Nov, 12:30 )" in words
    assert "the address is of a kind that is thrown away observes 20 points" in words
    assert f"referhub fraud decide {ids['case']} approve" in words
    assert "EUR 10.00 in review advocate, Yuki Tanaka" in words


def test_a_backtest_tells_both_sides_and_the_orders_that_differ(client: FlaskClient, ids: dict[str, str]) -> None:
    words = _read(client, f"backtests/{ids['backtest']}")
    assert "2 rewards fewer and EUR 15.00 less cost in these 90 days" in words
    assert "Orders that count 17 16" in words
    assert "Cost EUR 197.50 EUR 182.50" in words
    assert "#1004 19 Nov, 12:30 As it was: counts: EUR 10.00 and EUR 5.00 Tried: does not count" in words


def test_a_rehearsal_tells_what_held_and_what_to_mend(
    hub: LookedAtHub, client: FlaskClient, ids: dict[str, str]
) -> None:
    words = _read(client, f"rehearsals/{ids['rehearsal']}")
    assert "What to mend The ring : three rewards of EUR 10.00 went to one account" in words
    assert "Broken: no account gathers the rewards of others Held: a refund takes the reward back" in words
    assert "Not tried: the fields land on the records (not tried: it takes a CRM in which fields are shown )" in words
    with hub.story() as story:
        story.session.get_one(Rehearsal, ids["rehearsal"]).summary = {}
    assert "Nothing was judged yet" in _read(client, f"rehearsals/{ids['rehearsal']}")


def test_a_room_tells_who_was_invited_and_what_they_said(client: FlaskClient, ids: dict[str, str]) -> None:
    words = _read(client, f"rehearsals/{ids['room']}")
    assert "Nora Tester TRY-ME invited 24 Nov, 12:30" in words
    assert "The gift card came at once. Nora Tester , 24 Nov, 12:30" in words
