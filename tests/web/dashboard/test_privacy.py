"""What the law asks for, as the dashboard tells it: who waits for an answer, and bodies that are kept no more."""

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import update

from core.models import Connection, DataRequest, StoredDelivery
from tests.support.dashboard import LookedAtHub
from tests.support.story import NOW


def asked(hub: LookedAtHub, ids: dict[str, str], person_id: str | None) -> str:
    """Somebody asked the shop; the id of the question."""
    with hub.story() as story:
        story.written = 60_000
        shop = story.session.get_one(Connection, ids["shop"])
        row = DataRequest(
            id=story.id(),
            merchant_id=shop.merchant_id,
            connection_id=shop.id,
            request_id="9999",
            person_id=person_id,
            asked_at=NOW - timedelta(days=3),
            due_at=NOW + timedelta(days=27),
        )
        story.add(row)
        return row.id


def test_a_question_stands_with_its_day_and_the_commands_that_answer_it(
    client: FlaskClient, ids: dict[str, str], hub: LookedAtHub
) -> None:
    """SH-56."""
    request_id = asked(hub, ids, ids["friend"])
    page = client.get("/dashboard/people").text
    assert f"referhub people export {ids['friend']} --json" in page
    assert f"referhub people answered {request_id}" in page
    assert f"{NOW + timedelta(days=27):%-d %b}" in page, "thirty days after it was asked"
    assert "1 person asked what is kept of them" in client.get("/dashboard/").text


def test_a_question_of_somebody_whom_nobody_knows_is_answered_too(
    client: FlaskClient, ids: dict[str, str], hub: LookedAtHub
) -> None:
    asked(hub, ids, None)
    page = client.get("/dashboard/people").text
    assert "Nobody here knows them, and that is the answer." in page
    assert "people export" not in page


def test_nobody_asked_and_nothing_is_said(client: FlaskClient, ids: dict[str, str]) -> None:
    assert "What is kept of me?" not in client.get("/dashboard/people").text
    assert "asked what is kept" not in client.get("/dashboard/").text


def test_a_body_that_is_kept_no_more_says_so(client: FlaskClient, ids: dict[str, str], hub: LookedAtHub) -> None:
    page = f"/dashboard/deliveries/{ids['delivery']}"
    assert "not kept any more" not in client.get(page).text
    with hub.database.transaction() as session:
        session.execute(update(StoredDelivery).where(StoredDelivery.id == ids["delivery"]).values(size=0))
    assert "The body is not kept any more." in client.get(page).text
