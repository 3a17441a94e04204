"""The pages of a campaign's rehearsals and backtests: all of them, a page at a time, and none of another campaign."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from core.models import Backtest, Campaign, Rehearsal
from tests.support.dashboard import LookedAtHub, dashboard_app
from tests.web.dashboard.test_numbers import _words

MANY = 30
LISTS = pytest.mark.parametrize("what", ["rehearsals", "backtests"])
MODELS: dict[str, type[Rehearsal | Backtest]] = {"rehearsals": Rehearsal, "backtests": Backtest}


def _read(client: FlaskClient, path: str) -> str:
    answer = client.get(f"/dashboard/{path}")
    assert answer.status_code == 200, path
    return answer.text


@LISTS
def test_a_campaign_leads_to_all_of_its_trials_and_each_trial_back(
    client: FlaskClient, ids: dict[str, str], what: str
) -> None:
    place, campaign = f"/dashboard/campaigns/{ids['campaign']}/{what}", f"/dashboard/campaigns/{ids['campaign']}"
    assert f'href="{place}"' in _read(client, f"campaigns/{ids['campaign']}")
    words = _read(client, f"campaigns/{ids['campaign']}/{what}")
    one = f"/dashboard/{what}/{ids[what.removesuffix('s')]}"
    assert f'href="{one}"' in words
    assert f'href="{campaign}"' in words
    back = client.get(one).text
    assert f'href="{campaign}"' in back
    assert f'href="{place}"' in back


@LISTS
def test_a_campaign_without_any_says_how_to_make_one(hub: LookedAtHub, ids: dict[str, str], what: str) -> None:
    with hub.story() as story:
        template = story.session.get_one(Campaign, ids["campaign"])
        other = Campaign(id=story.id(), merchant_id=template.merchant_id, slug="quiet", name="Quiet", state="draft")
        other.created_at = story.now
        story.session.add(other)
    client = dashboard_app(hub).test_client()
    words = _words(_read(client, f"campaigns/{other.id}/{what}"))
    assert {"rehearsals": "Never rehearsed", "backtests": "Nothing was tried on the past"}[what] in words
    assert f"/dashboard/{what}/" not in _read(client, f"campaigns/{other.id}/{what}")


@LISTS
def test_many_trials_are_turned_page_by_page(hub: LookedAtHub, ids: dict[str, str], what: str) -> None:
    model = MODELS[what]
    with hub.story() as story:
        row = story.session.get_one(model, ids[what.removesuffix("s")])
        told = {column.key: getattr(row, column.key) for column in model.__mapper__.columns}
        for number in range(MANY):
            at = story.now + timedelta(minutes=number)
            when = {"began_at": at} if model is Rehearsal else {"ran_at": at}
            story.session.add(model(**{**told, **when, "id": f"{number:032x}"}))
    client = dashboard_app(hub).test_client()
    first = _read(client, f"campaigns/{ids['campaign']}/{what}")
    older = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = client.get(older).text
    assert 'rel="prev"' in second
    shown = [set(re.findall(rf'href="/dashboard/{what}/([0-9a-f]{{32}})"', page)) for page in (first, second)]
    assert not shown[0] & shown[1]
    assert {f"{number:032x}" for number in range(MANY)} < shown[0] | shown[1]


@LISTS
def test_a_campaign_that_nobody_knows_has_no_such_page(client: FlaskClient, what: str) -> None:
    assert client.get(f"/dashboard/campaigns/{'f' * 32}/{what}").status_code == 404
