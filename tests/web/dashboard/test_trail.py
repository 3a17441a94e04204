"""The pages about people's acts, and the button that only a second person may press (S30)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from core.contract.events import OrderPaid
from core.contract.money import Money
from core.models import AuditEntry, Proposal, Reward
from core.services.audit import erase_words, note
from core.services.second_person import VOID, Who, do_or_propose
from tests.support.dashboard import dashboard_app
from tests.support.hub import DAY, Scene, order, scene

SAME = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def stage(sqlite_url: str) -> Iterator[Scene]:
    """Two rewards are held; any amount takes two people."""
    built = scene(sqlite_url, second_person_above={"USD": Money(1, "USD")}).campaign()
    built.advocate()
    built.tell(OrderPaid(order()))
    yield built
    built.hub.database.close()


def asked(stage: Scene, who: Who) -> str:
    """Somebody wants the advocate's reward to be void."""
    row = do_or_propose(stage.hub, VOID, stage.reward().id, {"because": "she works here"}, who)
    assert isinstance(row, Proposal)
    return row.id


def pressed(client: Any, page: str, address: str, **form: str) -> Any:
    token = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert token is not None
    return client.post(address, data={"token": token[1], **form}, headers=SAME)


def test_the_trail_is_shown_with_filters(stage: Scene) -> None:
    with stage.hub.database.transaction() as session:
        for day, about in enumerate(("push:1", "push:2")):
            at = stage.watch.at + day * DAY
            note(session, stage.connection.merchant_id, "look_into", about, f"<b>{about}</b>", at, actor="Ada")
        erase_words(session, ["push:2"])
    client = dashboard_app(stage.hub).test_client()
    page = client.get("/dashboard/audit").text
    assert "every act is proven" in page
    assert "&lt;b&gt;push:1&lt;/b&gt;" in page
    assert "push:2</b>" not in page
    assert ">erased<" in page
    found = client.get("/dashboard/audit?who=Ada&what=look_into&about=push:1").text
    assert "push:1" in found
    assert "audit?about=push:2" not in found
    later = (stage.watch.at + DAY).date()
    assert "audit?about=push:1" not in client.get(f"/dashboard/audit?about=push&since={later}").text
    assert "audit?about=push:2" not in client.get(f"/dashboard/audit?about=push&until={stage.watch.at.date()}").text
    assert "No such act" in client.get("/dashboard/audit?who=nobody").text
    for nonsense in ("since=31-02", "until=9999-12-31", "before=x", "about=%00"):
        assert client.get(f"/dashboard/audit?{nonsense}").status_code == 200


def test_a_trail_that_was_changed_is_said_on_its_page(stage: Scene) -> None:
    """I31."""
    with stage.hub.database.transaction() as session:
        connection = session.connection()
        for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("UPDATE audit_entries SET actor = 'Eve' WHERE number = 1")
    page = dashboard_app(stage.hub).test_client().get("/dashboard/audit").text
    assert "somebody changed it" in page
    assert "every act is proven" not in page


def test_whoever_asked_is_shown_no_button_and_refused_without_one(stage: Scene) -> None:
    """S30: the same person twice is 403."""
    mine = asked(stage, Who("visitor:operator", "operator"))
    client = dashboard_app(stage.hub).test_client()
    page = client.get("/dashboard/proposals").text
    assert "You asked for it" in page
    assert f"{mine}/confirm" not in page
    answer = pressed(client, page, f"/dashboard/proposals/{mine}/confirm")
    assert answer.status_code == 403
    assert "a second person has to say yes" in answer.text
    assert (stage.reward().state, stage.one(Proposal).state) == ("held", "open")
    assert pressed(client, page, f"/dashboard/proposals/{mine}/refuse", because="typo").status_code == 303
    assert stage.one(Proposal).state == "refused"


def test_a_second_person_presses_the_button(stage: Scene) -> None:
    """S30."""
    theirs = asked(stage, Who("operator:1", "Anna"))
    client = dashboard_app(stage.hub).test_client()
    page = client.get("/dashboard/proposals").text
    assert "void the reward" in page
    assert "she works here" in page
    assert client.post(f"/dashboard/proposals/{theirs}/confirm", headers=SAME).status_code == 403, "no page of ours"
    assert stage.reward().state == "held"
    assert pressed(client, page, f"/dashboard/proposals/{theirs}/confirm").status_code == 303
    assert stage.one(Reward, id=stage.reward().id).state == "void"
    assert stage.one(AuditEntry, verb="void_reward").actor == "Anna and operator"
    again = pressed(client, page, f"/dashboard/proposals/{theirs}/confirm")
    assert (again.status_code, "done by operator" in again.text) == (409, True)
    assert pressed(client, page, f"/dashboard/proposals/{'0' * 32}/confirm").status_code == 404
    page = client.get("/dashboard/proposals").text
    assert "Nothing waits" in page
    assert "Two people agreed" in page
