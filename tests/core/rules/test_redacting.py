"""Redacting: what looks like a credential or names a person does not reach a log or a screen (S35, I28)."""

import pytest

from core.rules.redacting import redacted

ID = "01a20df2f35478e1aa85c4a468f6ea91"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("wrong token shpat_0a1b2c", "wrong token shpat_[hidden]"),
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer [hidden]"),
        ("GET /x?token=abc&page=2", "GET /x?token=[hidden]&page=2"),
        ('{"access_token": "0123abc", "scope": "read"}', '{"access_token": "[hidden]", "scope": "read"}'),
        ("X-Shopify-Access-Token: 0a1b", "X-Shopify-Access-Token: [hidden]"),
        ("hapikey=0a-1b", "hapikey=[hidden]"),
        ("client_secret='s3'", "client_secret='[hidden]'"),
        ("/connect/back?code=0a1b2c&state=x", "/connect/back?code=[hidden]&state=x"),
        (f"POST /hooks/{ID}/s3cret", f"POST /hooks/{ID}/[hidden]"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkw.SflKxwRJSMeKKF2QT4", "[hidden]"),
        ("session 00D5g000004AbCd!AQEAQ.x", "session 00D5g000004AbCd![hidden]"),
        ("Anna+shop@Example.com wrote", "[address] wrote"),
        ("?email=anna%40example.com", "?email=[address]"),
        ("call +49 170 1234567 now", "call [phone] now"),
        ("the shop answered with the status code: 500", "the shop answered with the status code: 500"),
        ("nothing secret here", "nothing secret here"),
        (f"delivery {ID} could not be read", f"delivery {ID} could not be read"),
        ("2026-11-24T19:00:00+00:00 at #1001: EUR 10.00", "2026-11-24T19:00:00+00:00 at #1001: EUR 10.00"),
        ("the code ALICE-8F2K brought this friend", "the code ALICE-8F2K brought this friend"),
    ],
)
def test_what_is_nobodys_business_is_taken_out_and_the_rest_stays(text: str, shown: str) -> None:
    assert redacted(text) == shown
