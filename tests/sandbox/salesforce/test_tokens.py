"""Tokens: what an assertion or a secret has to prove, what comes with a token, and how tokens end."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox.salesforce import OrgControl, SandboxOrg
from tests.sandbox.salesforce.conftest import Api

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def registered(desk: OrgControl, key: RSAPrivateKey) -> None:
    """The app's public key is known to the org."""
    desk.register_certificate(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def asserted(org: SandboxOrg, key: RSAPrivateKey, algorithm: str = "RS256", **claims: Any) -> requests.Response:
    """The answer to an assertion that is right but for these claims."""
    right = {"iss": org.client_id, "sub": org.username, "aud": "https://login.salesforce.com"}
    right["exp"] = str(int(org.org.truth.now().timestamp()) + 180)
    assertion = jwt.encode(right | claims, key, algorithm=algorithm)
    form = {"grant_type": JWT_BEARER, "assertion": assertion}
    return requests.post(f"{org.base_url}/services/oauth2/token", form, timeout=30)


def refusal(answer: requests.Response) -> tuple[str, str]:
    assert answer.status_code == 400
    return answer.json()["error"], answer.json()["error_description"]


@pytest.mark.usefixtures("registered")
def test_a_signed_assertion_opens_the_api_as_the_integration_user(
    org: SandboxOrg, desk: OrgControl, key: RSAPrivateKey
) -> None:
    """SF-30."""
    told = asserted(org, key).json()
    assert told["instance_url"] == org.base_url
    assert told["id"] == f"{org.base_url}/id/{org.org_id}/{org.integration_user_id}"
    assert "refresh_token" not in told
    assert "expires_in" not in told
    who = requests.get(told["id"], headers={"Authorization": f"Bearer {told['access_token']}"}, timeout=30).json()
    assert (who["organization_id"], who["user_id"], who["username"]) == (
        org.org_id,
        org.integration_user_id,
        "referhub@acme.example",
    )
    assert desk.calls(operation="token")[-1]["claims"] == {
        "iss": org.client_id,
        "sub": org.username,
        "aud": "https://login.salesforce.com",
    }


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"iss": "another app"}, ("invalid_client_id", "client identifier invalid")),
        ({"sub": "somebody@acme.example"}, ("invalid_grant", "user hasn't approved this consumer")),
        ({"aud": "https://test.salesforce.com"}, ("invalid_grant", "audience is invalid")),
        ({"aud": "https://evil.example"}, ("invalid_grant", "audience is invalid")),
        ({"exp": 1}, ("invalid_grant", "expired authorization code")),
        ({"exp": "soon"}, ("invalid_grant", "invalid assertion")),
    ],
)
def test_an_assertion_has_to_claim_what_is_true(
    org: SandboxOrg, key: RSAPrivateKey, claims: dict[str, Any], told: tuple[str, str]
) -> None:
    assert refusal(asserted(org, key, **claims)) == told


@pytest.mark.usefixtures("registered")
def test_a_sandbox_org_listens_to_another_login_host_and_to_its_own_domain(
    org: SandboxOrg, desk: OrgControl, key: RSAPrivateKey
) -> None:
    """SF-30."""
    desk.settings(is_sandbox=True, domain="acme--test.sandbox.my.salesforce.com")
    assert refusal(asserted(org, key)) == ("invalid_grant", "audience is invalid")
    assert asserted(org, key, aud="https://test.salesforce.com").status_code == 200
    assert asserted(org, key, aud="https://acme--test.sandbox.my.salesforce.com").status_code == 200


def test_an_assertion_needs_the_registered_key(org: SandboxOrg, desk: OrgControl, key: RSAPrivateKey) -> None:
    assert refusal(asserted(org, key))[0] == "invalid_client"
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    desk.register_certificate(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())
    assert refusal(asserted(org, key)) == ("invalid_grant", "invalid assertion")


@pytest.mark.usefixtures("registered")
def test_an_assertion_says_how_it_was_signed_and_only_one_way_is_taken(org: SandboxOrg, key: RSAPrivateKey) -> None:
    assert refusal(asserted(org, key, algorithm="RS512")) == ("invalid_grant", "invalid assertion")
    exp = int(org.org.truth.now().timestamp()) + 180
    right = {"iss": org.client_id, "sub": org.username, "aud": "https://login.salesforce.com", "exp": exp}
    for alg, told in (("RS256", 200), ("none", 400)):
        parts = [json.dumps(part).encode() for part in ({"alg": alg}, right)]
        text = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
        signature = base64.urlsafe_b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).rstrip(b"=").decode()
        form = {"grant_type": JWT_BEARER, "assertion": f"{text}.{signature}"}
        answer = requests.post(f"{org.base_url}/services/oauth2/token", form, timeout=30)
        assert answer.status_code == told


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("assertion", ["", "a.b", "a.b.c", "e30.e30.", "W10.W10.AAAA"])
def test_what_is_no_signed_assertion_is_refused(org: SandboxOrg, assertion: str) -> None:
    form = {"grant_type": JWT_BEARER, "assertion": assertion}
    told = requests.post(f"{org.base_url}/services/oauth2/token", form, timeout=30)
    assert refusal(told) == ("invalid_grant", "invalid assertion")


def test_a_secret_opens_by_header_and_by_form_and_a_rotated_one_does_not(org: SandboxOrg, desk: OrgControl) -> None:
    address = f"{org.base_url}/services/oauth2/token"
    form = {"grant_type": "client_credentials", "client_id": org.client_id, "client_secret": org.client_secret}
    assert requests.post(address, form, timeout=30).status_code == 200
    by_header = {"grant_type": "client_credentials"}
    assert requests.post(address, by_header, auth=(org.client_id, org.client_secret), timeout=30).status_code == 200
    assert refusal(requests.post(address, form | {"client_id": "another"}, timeout=30))[0] == "invalid_client_id"
    desk.rotate_secret("the new one")
    assert refusal(requests.post(address, form, timeout=30)) == ("invalid_client", "invalid client credentials")
    assert requests.post(address, form | {"client_secret": "the new one"}, timeout=30).status_code == 200


def test_other_grants_are_not_spoken(org: SandboxOrg) -> None:
    form = {"grant_type": "password", "username": "a", "password": "b"}
    told = requests.post(f"{org.base_url}/services/oauth2/token", form, timeout=30)
    assert refusal(told) == ("unsupported_grant_type", "grant type not supported")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("invalid_grant", ("invalid_grant", "authentication failure")),
        ("not_installed", ("invalid_grant", "app must be installed into org")),
        ("approval_error", ("OAUTH_APPROVAL_ERROR_GENERIC", "An unexpected error has occurred")),
    ],
)
def test_a_fate_refuses_one_token(desk: OrgControl, api: Api, kind: str, told: tuple[str, str]) -> None:
    """SF-35."""
    desk.fate(kind, "token")
    assert refusal(api.ask_for_token()) == told
    assert api.ask_for_token().status_code == 200


def test_an_app_that_is_not_installed_gets_no_token_until_it_is(desk: OrgControl, api: Api) -> None:
    desk.settings(app_installed=False)
    assert refusal(api.ask_for_token())[1] == "app must be installed into org"
    desk.settings(app_installed=True)
    assert api.ask_for_token().status_code == 200


def test_a_token_may_come_with_an_address_that_is_not_the_orgs(desk: OrgControl, api: Api) -> None:
    """SF-31."""
    desk.fate("instance_url", "token", location="https://x.salesforce.com.evil.example")
    assert api.ask_for_token().json()["instance_url"] == "https://x.salesforce.com.evil.example"
    desk.settings(instance_url="http://acme.my.salesforce.com")
    assert api.ask_for_token().json()["instance_url"] == "http://acme.my.salesforce.com"


def test_a_token_ends_by_revoking_by_the_desk_and_by_two_idle_hours(
    org: SandboxOrg, desk: OrgControl, api: Api
) -> None:
    soql = {"params": {"q": "SELECT Id FROM User"}}
    over = (401, "INVALID_SESSION_ID")
    revoked = Api(org)
    assert api.session.post(f"{org.base_url}/services/oauth2/revoke", {"token": revoked.token}, timeout=30).ok
    assert revoked.refused("GET", "/query", **soql) == over
    for _ in range(2):  # each call prolongs the session
        desk.advance(3600 + 1800)
        assert api.rows("SELECT Id FROM User")
    desk.advance(2 * 3600)
    assert api.refused("GET", "/query", **soql) == over
    fresh = Api(org)
    assert desk.end_tokens() == 2  # those that nobody revoked; an idle one is not told apart
    assert fresh.refused("GET", "/query", **soql) == over


def test_who_calls_is_told_and_a_stranger_is_told_nothing(org: SandboxOrg, api: Api) -> None:
    told = api.get("/services/oauth2/userinfo")
    assert (told["organization_id"], told["preferred_username"]) == (org.org_id, org.username)
    api.token = "00D!made-up"
    assert api.refused("GET", "/services/oauth2/userinfo") == (401, "INVALID_SESSION_ID")
    assert api.refused("GET", "/sobjects") == (401, "INVALID_SESSION_ID")


def test_the_call_log_holds_no_token_and_no_secret(org: SandboxOrg, desk: OrgControl, api: Api) -> None:
    api.rows("SELECT Id FROM User")
    told = repr(desk.calls())
    assert "oauth2/token" in told
    for secret in (api.token, org.client_secret):
        assert secret not in told
