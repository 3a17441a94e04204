"""Verbs that the law asks for, as an operator types them, beside a hub at work."""

import json
import re

from core.clock import system_clock
from core.contract.events import Contact, DataRequested, IdentityClaim, IdentityKind
from core.gateway.key_file import KeyFile
from core.models import Connection
from core.services.book import open_book
from core.services.keys import NOTICED
from core.services.record import Told, record
from tests.support.live import Scene


def bought(stage: Scene) -> None:
    """Bob bought with Alice's code, and Carl by himself."""
    stage.advocate()
    stage.order(stage.friend())
    stage.order(stage.friend("carl@example.com"), code=None)
    stage.settle()
    stage.settle()  # what was written at the shop comes back as webhooks


def test_what_is_kept_of_one_person_is_handed_over_whole(stage: Scene) -> None:
    """SH-56: complete, and nobody else's."""
    bought(stage)
    told = stage.referhub("people", "export", "bob@example.com")
    assert [one["name"] for one in told["orders"]] == ["#1001"]
    assert "bob@example.com" in {one["value"] for one in told["identities"]}
    assert [one["side"] for one in told["rewards"]] == ["friend"]
    assert any(one["body"].get("email") == "bob@example.com" for one in told["raw_bodies"])
    everything = json.dumps(told)
    assert "carl@example.com" not in everything
    assert "alice@example.com" not in everything
    assert "    value: bob@example.com" in stage.invoke("people", "export", "bob@example.com").stdout
    acts = stage.referhub("people", "show", "bob@example.com")["acts"]
    assert [act["verb"] for act in acts].count("export_person") == 2


def test_a_person_is_erased_and_the_books_stay(stage: Scene) -> None:
    """SH-56."""
    bought(stage)
    before = stage.referhub("export", "digest")["digest"]
    told = stage.referhub("people", "erase", "bob@example.com", "--because", "he asked")
    assert told["waits"] is False
    shown = stage.referhub("people", "show", told["id"])
    assert {one["is_blocked"] for one in shown["row"]["known_as"]} == {True}
    assert "nobody here has" in stage.invoke("people", "show", "bob@example.com").stderr
    assert stage.invoke("people", "show", told["id"]).stdout.startswith(f"erased ({told['id']})")
    assert re.search(rf"^erased .*{told['id']}$", stage.invoke("people", "list").stdout, re.MULTILINE)
    assert stage.referhub("export", "digest")["digest"] == before
    bodies = [stage.referhub("deliveries", "show", row["id"])["body"] for row in stage.referhub("deliveries", "list")]
    assert not any("bob@example.com" in body for body in bodies)
    assert any("carl@example.com" in body for body in bodies)
    assert "Erased." in stage.invoke("people", "erase", told["id"], "--because", "again").stdout


def test_a_question_that_came_through_the_shop_is_answered(stage: Scene) -> None:
    bought(stage)
    asked = Contact(identities=(IdentityClaim(IdentityKind.EMAIL, "bob@example.com"),))
    hub = stage.hub
    with hub.database.transaction() as session:
        connection = session.get_one(Connection, stage.connection_id)
        event = DataRequested(request_id="9", contact=asked, asked_at=hub.now())
        record(open_book(hub, session, connection.merchant_id), [Told(connection, event)])
    (waiting,) = stage.referhub("people", "requests")
    assert waiting["person_id"] == stage.referhub("people", "show", "bob@example.com")["row"]["id"]
    assert stage.referhub("people", "answered", waiting["id"])["id"] == waiting["id"]
    assert stage.referhub("people", "requests") == []


def test_a_key_is_changed_while_the_hub_runs(stage: Scene) -> None:
    """S32."""
    bought(stage)
    (old,) = [row["id"] for row in stage.referhub("keys", "list")]
    new = stage.referhub("keys", "add")["id"]
    refused = stage.invoke("keys", "retire", old)
    assert refused.exit_code == 1
    assert "younger than a minute" in refused.stderr
    grown_older(stage, new)
    assert "referhub keys reseal" in stage.invoke("keys", "retire", old).stderr
    stage.order(stage.friend("dora@example.com"))
    stage.settle()
    assert stage.referhub("keys", "reseal")["count"] > 5
    stage.settle()
    stage.referhub("keys", "reseal")
    assert stage.referhub("keys", "retire", old)["id"] == old
    assert [row["id"] for row in stage.referhub("keys", "list")] == [new]
    stage.later("15d")
    stage.settle()
    assert {row["state"] for row in stage.referhub("rewards", "list")} == {"pushed"}


def grown_older(stage: Scene, key: str) -> None:
    """The newest key is a minute old."""
    file = KeyFile(stage.settings.secret_key_file)
    added = file.added_at(key)
    assert added is not None
    text = file.path.read_text()
    earlier = (min(added, system_clock()) - NOTICED).isoformat(timespec="seconds")
    file.path.write_text(text.replace(added.isoformat(timespec="seconds"), earlier))
