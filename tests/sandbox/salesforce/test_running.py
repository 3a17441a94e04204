"""An org starts, keeps what it holds through the end of its process, and is really gone when it is stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from sandbox.ground.control import DeskRefused
from sandbox.salesforce import OrgControl, SandboxOrg
from tests.sandbox.salesforce.conftest import Api


def test_a_stopped_org_answers_nobody_not_even_on_a_kept_connection() -> None:
    org = SandboxOrg().start()
    api = Api(org)
    assert api.rows("SELECT Id FROM User")
    org.stop()
    for _ in "kept", "new":
        with pytest.raises(requests.ConnectionError):
            api.call("GET", "/limits")


def test_an_org_that_never_started_can_be_stopped() -> None:
    SandboxOrg().stop()


def test_what_an_org_holds_outlives_its_process(tmp_path: Path) -> None:
    """Records, exact amounts, tokens, notifications, used calls, the clock, the secret and what an admin set up."""
    kept = tmp_path / "org.db"
    with SandboxOrg(data=kept, features=("orders", "persons"), hub_url="http://127.0.0.1:9/hooks") as org:
        desk, api, secret = OrgControl(org.base_url), Api(org), org.client_secret
        desk.hold()
        contact = desk.create_contact(LastName="Berg", Referral_Revenue__c="12345678901234.56")
        desk.delete(desk.create_contact(LastName="Gone")["Id"])
        desk.add_validation("Contact", "Referral_Count__c > 5", "Too many")
        desk.advance(3600)
        api.get("/limits")
        truth, notes, now = desk.truth(), desk.notifications(), desk.now()
    with SandboxOrg(data=kept, with_kit=False, hub_url="http://127.0.0.1:9/hooks") as org:
        again = OrgControl(org.base_url)
        assert (again.truth(), again.notifications()) == (truth, notes)
        assert (org.client_secret, again.now() > now) == (secret, True)
        assert str(again.read(contact["Id"])["Referral_Revenue__c"]) in ("12345678901234.56", "1.234567890123456E+13")
        later = Api(org)
        later.token = api.token
        answer = later.call("GET", "/limits")
        assert answer.headers["Sforce-Limit-Info"] == "api-usage=2/15000"
        refused = later.save({"id": contact["Id"], "Referral_Count__c": 6})
        assert refused[0]["errors"][0]["message"] == "Too many"
        assert again.create_contact(LastName="New")["Id"] not in [row["Id"] for row in truth["Contact"]]
        assert again.create_account(LastName="Person")["IsPersonAccount"] is True


def test_two_orgs_are_two_orgs() -> None:
    with SandboxOrg() as one, SandboxOrg() as two:
        OrgControl(one.base_url).create_contact(LastName="Berg")
        assert OrgControl(two.base_url).records("Contact") == []
        assert one.client_secret != two.client_secret


def test_a_feature_or_a_certificate_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no feature 'teleport'"):
        SandboxOrg(features=("teleport",))
    with pytest.raises(ValueError, match="PEM"):
        SandboxOrg(certificate="nonsense")


@pytest.mark.parametrize(
    ("method", "path", "body", "sentence"),
    [
        ("GET", "nothing", None, "the desk has no GET /_sandbox/nothing"),
        ("POST", "settings", {"colour": "blue"}, "settings has no key 'colour'; its keys are: announced_org_id"),
        ("POST", "records/Contact/new", {"Nope": 1}, "INVALID_FIELD: No such column 'Nope'"),
        ("POST", "records/Nothing/new", {}, "INVALID_TYPE: sObject type 'Nothing' is not supported."),
        ("POST", "records/Contact/new", [], "records/Contact/new is described by a JSON object, not by list"),
        ("POST", "records/003SY0000000zzzAAA", {"LastName": "x"}, "INVALID_CROSS_REFERENCE_KEY"),
        ("GET", "records/003SY0000000zzzAAA", None, "the org has no record 003SY0000000zzzAAA"),
        ("POST", "records/Contact/new", {"LastName": "x", "by": "nobody"}, "NOT_FOUND: the org has no user nobody"),
        ("POST", "features/teleport", {}, "there is no feature teleport; there are orders, persons, currencies"),
        ("POST", "fields/Contact", {"line": "Nonsense"}, "ValueError: no field is described by 'Nonsense'"),
        ("POST", "rules/validation", {"object": "Contact", "condition": "= 5"}, "MALFORMED_QUERY"),
        ("POST", "app/certificate", {"certificate": "x"}, "ValueError"),
        ("POST", "org", {"id": "x"}, "x is no id"),
    ],
)
def test_what_cannot_happen_changes_nothing_and_is_told(
    desk: OrgControl, method: str, path: str, body: object, sentence: str
) -> None:
    before = desk.truth()
    answer = requests.request(method, f"{desk.base_url}/_sandbox/{path}", json=body, timeout=30)
    assert answer.status_code == (404 if path == "nothing" else 422)
    assert answer.json()["error"].startswith(sentence)
    assert answer.text.endswith("}\n")
    assert desk.truth() == before


def test_a_body_that_is_no_json_is_refused(desk: OrgControl) -> None:
    answer = requests.post(f"{desk.base_url}/_sandbox/records/Contact/new", data=b"{", timeout=30)
    assert (answer.status_code, answer.json()) == (422, {"error": "the body is not JSON"})


def test_many_records_are_made_together_or_not_at_all(desk: OrgControl) -> None:
    with pytest.raises(DeskRefused, match="REQUIRED_FIELD_MISSING"):
        desk.create_many("Contact", [{"LastName": "One"}, {"FirstName": "Two"}])
    assert desk.records("Contact") == []
    made = desk.create_many("Contact", [{"LastName": "One"}, {"LastName": "Two"}], by="integration")
    rows = desk.records("Contact")
    assert [(row["Id"], row["LastName"]) for row in rows] == list(zip(made, ("One", "Two"), strict=True))
    assert {row["CreatedById"] for row in rows} == {desk.hello()["users"]["integration"]}
