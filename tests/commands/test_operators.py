"""Operators on the command line: links are made for whoever sits at the machine, and nobody is locked out."""

from urllib.parse import urlsplit

import pytest

from core.services.accounts import find_account
from core.services.invitations import accept, accept_welcome, welcome_works
from core.services.operator_links import reset_works
from core.services.operators import BadOperator
from tests.support.live import Scene

ADDRESS = "mia@tea.example"


def _secret(link: str, kind: str) -> str:
    path = urlsplit(link).path
    assert path.startswith(f"/welcome/{kind}/")
    return path.rpartition("/")[2]


def test_the_owners_link_is_made_until_somebody_owns_the_hub(stage: Scene) -> None:
    secret = _secret(stage.referhub("operators", "welcome")["link"], "owner")
    assert welcome_works(stage.hub, secret)
    accept_welcome(stage.hub, secret, email=ADDRESS, name="Mia", password="hashed")
    refused = stage.invoke("operators", "welcome")
    assert (refused.exit_code, "somebody owns this hub already" in refused.output) == (1, True)
    (row,) = stage.referhub("operators", "list")
    assert (row["name"], row["email"], row["role"], row["is_house_owner"]) == ("Mia", ADDRESS, "owner", True)
    assert "owner of the house" in stage.invoke("operators", "list").output


def test_somebody_is_invited_given_a_role_helped_and_removed(stage: Scene) -> None:
    assert "Nobody signs in yet" in stage.invoke("operators", "list").output
    owner = _secret(stage.referhub("operators", "invite", "olga@tea.example", "--role", "owner")["link"], "join")
    accept(stage.hub, owner, name="Olga", password="hashed")
    accept(stage.hub, _secret(stage.referhub("operators", "invite", ADDRESS)["link"], "join"), name="Mia", password="x")
    again = _secret(stage.referhub("operators", "invite", ADDRESS, "--role", "admin")["link"], "join")
    with pytest.raises(BadOperator):  # who has an account accepts with it, signed in
        accept(stage.hub, again, name="Mia", password="y")
    assert stage.referhub("operators", "role", ADDRESS, "support")["role"] == "support"
    assert [row["role"] for row in stage.referhub("operators", "list")] == ["owner", "support"]
    assert reset_works(stage.hub, _secret(stage.referhub("operators", "reset-link", ADDRESS)["link"], "reset"))
    link = stage.referhub("operators", "reset-link", ADDRESS, "--lost-devices")["link"]
    assert reset_works(stage.hub, _secret(link, "reset"))
    assert stage.referhub("audit", "list")[0]["detail"] == "a link was made, and the second factor taken away"
    stage.referhub("operators", "remove", ADDRESS)
    assert find_account(stage.hub, email=ADDRESS) is None
    assert stage.invoke("operators", "remove", ADDRESS).exit_code == 1


def test_the_last_owner_stays(stage: Scene) -> None:
    link = stage.referhub("operators", "invite", ADDRESS, "--role", "owner")["link"]
    accept(stage.hub, _secret(link, "join"), name="Mia", password="hashed")
    for words in (("remove", ADDRESS), ("role", ADDRESS, "viewer")):
        refused = stage.invoke("operators", *words)
        assert (refused.exit_code, "that is the only owner" in refused.output) == (1, True)


def test_what_is_no_address_is_invited_nowhere(stage: Scene) -> None:
    refused = stage.invoke("operators", "invite", "mia")
    assert (refused.exit_code, "is no e-mail address" in refused.output) == (1, True)
