"""A store app is installed, asks for more, is thrown out and comes back, in each shop by itself."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
import requests

from sandbox.shopify import SandboxShop, ShopControl
from tests.sandbox.shopify.conftest import NORTH, SOUTH
from tests.sandbox.shopify.tea_club import KEY, TeaClub, claims, query_hmac
from tests.sandbox.shopify.test_tokens import DEAD, EXCHANGE

REQUIRED = ["read_orders", "write_customers", "write_app_proxy"]
DAY = 86400


def ask(town: SandboxShop, shop: str, **form: object) -> requests.Response:
    """The token endpoint of one shop."""
    address, client = f"{town.address(shop)}/admin/oauth/access_token", {"client_id": KEY, "client_secret": "hush"}
    return requests.post(address, json=client | form, headers={"Accept": "application/json"}, timeout=5)


def exchange(town: SandboxShop, shop: str, token: str, **form: object) -> requests.Response:
    return ask(town, shop, **EXCHANGE | {"subject_token": token, "expiring": "1"} | form)


def call(town: SandboxShop, shop: str, token: str) -> requests.Response:
    address = f"{town.address(shop)}/admin/api/2026-10/graphql.json"
    return requests.post(
        address, json={"query": "{ shop { name } }"}, headers={"X-Shopify-Access-Token": token}, timeout=5
    )


def admin(town: SandboxShop, path: str, method: str = "GET", **given: object) -> requests.Response:
    address = f"{town.base_url}/admin.shopify.com/store/{path}"
    return requests.request(method, address, timeout=5, allow_redirects=False, **given)  # type: ignore[arg-type]


def install(town: SandboxShop, handle: str) -> requests.Response:
    return admin(town, f"{handle}/oauth/install?client_id={KEY}", "POST")


def frame_source(page: str) -> str:
    found = re.search(r'data-source="([^"]+)"', page)
    assert found
    return found[1].replace("&amp;", "&")


def test_the_app_page_offers_every_shop_and_the_permission_screen_names_every_scope(town: SandboxShop) -> None:
    listing = requests.get(town.app_page, timeout=5).text
    assert "Install in North" in listing
    assert "Install in South" in listing
    screen = admin(town, f"north/oauth/install?client_id={KEY}").text
    assert all(scope in screen for scope in REQUIRED)
    assert "write_gift_cards" not in screen
    assert ShopControl(town.address(NORTH)).truth()["installed"] is False


def test_an_install_in_one_shop_is_none_in_the_other(town: SandboxShop) -> None:
    done = install(town, "north")
    assert (done.status_code, done.headers["Location"]) == (303, "/admin.shopify.com/store/north/apps/tea-club")
    assert [town.control(shop).truth()["installed"] for shop in (NORTH, SOUTH)] == [True, False]
    assert town.control(NORTH).truth()["scopes"] == REQUIRED
    assert (
        admin(town, "south/apps/tea-club").headers["Location"].endswith(f"/store/south/oauth/install?client_id={KEY}")
    )
    listing = requests.get(town.app_page, timeout=5).text
    assert "Open in North" in listing
    assert "Install in South" in listing


def test_the_frame_opens_the_app_with_a_signed_query_and_a_session_token(town: SandboxShop, club: TeaClub) -> None:
    install(town, "north")
    source = frame_source(admin(town, "north/apps/tea-club/members?page=2").text)
    assert source.startswith(f"{club.url}/inside/members?page=2&")
    told = {name: values[0] for name, values in parse_qs(urlsplit(source).query).items()}
    assert (told["embedded"], told["shop"], told["locale"]) == ("1", NORTH, "en")
    assert base64.b64decode(told["host"] + "==").decode() == "admin.shopify.com/store/north"
    given, expected = query_hmac(source)
    assert given == expected
    proven = claims(told["id_token"])
    assert proven is not None
    assert (proven["iss"], proven["dest"], proven["aud"]) == (f"https://{NORTH}/admin", f"https://{NORTH}", KEY)
    assert proven["exp"] - proven["iat"] == 60
    assert proven["sub"].isdecimal()
    assert proven["sid"] == told["session"]


def test_session_tokens_are_fresh_and_given_to_the_admins_page_alone(town: SandboxShop) -> None:
    own = {"headers": {"X-Sandbox-Admin": "1"}}
    assert admin(town, "north/session_token", "POST", **own).status_code == 404
    install(town, "north")
    assert admin(town, "north/session_token", "POST").status_code == 403
    foreign = {"headers": {"X-Sandbox-Admin": "1", "Origin": "http://evil.example"}}
    assert admin(town, "north/session_token", "POST", **foreign).status_code == 403
    both = [claims(admin(town, "north/session_token", "POST", **own).json()["id_token"]) for _ in range(2)]
    assert both[0] is not None
    assert both[1] is not None
    assert both[0]["jti"] != both[1]["jti"]
    assert both[0]["sid"] == both[1]["sid"]


def test_no_other_origin_posts_the_merchants_yes(town: SandboxShop) -> None:
    answer = admin(town, f"north/oauth/install?client_id={KEY}", "POST", headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert town.control(NORTH).truth()["installed"] is False


def test_a_token_of_one_shop_opens_no_other(town: SandboxShop) -> None:
    for handle in ("north", "south"):
        install(town, handle)
    desk = town.control(NORTH)
    given = exchange(town, NORTH, desk.id_token()).json()
    assert given["scope"] == ",".join(REQUIRED)
    assert call(town, NORTH, given["access_token"]).json()["data"]["shop"]["name"] == "North"
    assert call(town, SOUTH, given["access_token"]).status_code == 401
    assert exchange(town, SOUTH, desk.id_token()).json()["error"] == "invalid_subject_token"
    stranger = ask(town, SOUTH, grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert (stranger.status_code, stranger.json()) == (401, DEAD)


def test_a_new_exchange_ends_the_pair_before_it(town: SandboxShop) -> None:
    """SH-12: one app holds one pair in a shop; the newer one stands."""
    install(town, "north")
    desk = town.control(NORTH)
    first, second = (exchange(town, NORTH, desk.id_token()).json() for _ in range(2))
    assert call(town, NORTH, first["access_token"]).status_code == 401
    assert ask(town, NORTH, grant_type="refresh_token", refresh_token=first["refresh_token"]).json() == DEAD
    assert call(town, NORTH, second["access_token"]).status_code == 200


def test_no_buyers_token_is_exchanged(town: SandboxShop) -> None:
    """SH-05: signed with the same secret, for the same audience."""
    install(town, "north")
    desk = town.control(NORTH)
    for token in (desk.buyer_token(), desk.buyer_token(7000000000001)):
        told = claims(token)
        assert told is not None
        assert told["dest"] == NORTH
        assert not {"iss", "sid"} & set(told)
        assert exchange(town, NORTH, token).json()["error"] == "invalid_subject_token"


def test_the_desk_mints_tokens_that_are_wrong_in_one_thing(town: SandboxShop) -> None:
    install(town, "north")
    desk = town.control(NORTH)
    for wrong in ({"aud": "another"}, {"dest": f"https://{SOUTH}"}, {"sid": None}, {"exp": 1}):
        assert exchange(town, NORTH, desk.id_token(**wrong)).json()["error"] == "invalid_subject_token", wrong
    assert exchange(town, NORTH, desk.id_token()).status_code == 200


def test_client_credentials_are_for_a_merchants_own_app(town: SandboxShop) -> None:
    install(town, "north")
    answer = ask(town, NORTH, grant_type="client_credentials")
    assert (answer.status_code, answer.json()["error"]) == (400, "shop_not_permitted")


def test_an_error_is_json_only_for_who_asks_for_json(town: SandboxShop) -> None:
    address = f"{town.address(NORTH)}/admin/oauth/access_token"
    answer = requests.post(address, json={"client_id": "x"}, timeout=5)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "invalid_client" in answer.text


def authorize(town: SandboxShop, method: str = "POST", **replaced: str) -> requests.Response:
    """The authorization page of the north shop, as the app sends the merchant there."""
    redirect_uri = town.town.app.redirect_urls[0]
    query = {"client_id": KEY, "scope": "read_orders", "redirect_uri": redirect_uri, "state": "s-1"} | replaced
    address = f"{town.address(NORTH)}/admin/oauth/authorize?{urlencode(query)}"
    return requests.request(method, address, allow_redirects=False, timeout=5)


def test_the_code_grant_leads_back_with_a_signed_code_that_is_good_once(town: SandboxShop) -> None:
    """SH-06's vendor side."""
    assert "read_orders" in authorize(town, "GET").text
    assert town.control(NORTH).truth()["installed"] is False
    back = authorize(town).headers["Location"]
    told = dict(parse_qsl(urlsplit(back).query))
    assert back.startswith(town.town.app.redirect_urls[0])
    assert {"code", "hmac", "host", "shop", "state", "timestamp"} == set(told)
    assert (told["state"], told["shop"]) == ("s-1", NORTH)
    assert query_hmac(back)[0] == query_hmac(back)[1]
    assert ask(town, SOUTH, code=told["code"], expiring="1").json()["error"] == "invalid_client"
    given = ask(town, NORTH, code=told["code"], expiring="1").json()
    assert given["scope"] == "read_orders"
    assert call(town, NORTH, given["access_token"]).status_code == 200
    again = ask(town, NORTH, code=told["code"], expiring="1")
    assert (again.status_code, again.json()["error_description"]) == (
        400,
        "The authorization code was not found or was already used",
    )


def test_who_has_agreed_already_is_not_asked_again(town: SandboxShop) -> None:
    authorize(town)
    assert authorize(town, "GET").status_code == 303
    assert "View customers" in authorize(town, "GET", scope="read_orders,read_customers").text


def test_a_code_is_good_for_ten_minutes(town: SandboxShop) -> None:
    code = parse_qs(urlsplit(authorize(town).headers["Location"]).query)["code"][0]
    town.control(NORTH).advance(601)
    assert ask(town, NORTH, code=code, expiring="1").json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("replaced", "words"),
    [
        ({"client_id": "x"}, "Could not find Shopify API application with api_key x"),
        ({"redirect_uri": "https://evil.example/"}, "The redirect_uri is not whitelisted"),
        ({"scope": "read_orders,everything"}, "The access scope is invalid: everything"),
    ],
)
def test_the_authorization_page_refuses_in_the_vendors_words(
    town: SandboxShop, replaced: dict[str, str], words: str
) -> None:
    for method in ("GET", "POST"):
        answer = authorize(town, method, **replaced)
        assert answer.status_code == 400
        assert words in answer.text
    assert town.control(NORTH).truth()["installed"] is False


def test_an_uninstall_kills_the_tokens_and_asks_to_be_forgotten_after_two_days(
    town: SandboxShop, club: TeaClub
) -> None:
    install(town, "north")
    desk = town.control(NORTH)
    token = exchange(town, NORTH, desk.id_token()).json()["access_token"]
    assert admin(town, "north/settings/apps/uninstall", "POST", data={"client_id": KEY}).status_code == 303
    assert call(town, NORTH, token).status_code == 401
    assert exchange(town, NORTH, desk.id_token()).json()["error"] == "invalid_client"
    desk.settle()
    assert [each.headers["x-shopify-shop-domain"] for each in club.of("app/uninstalled")] == [NORTH]
    desk.advance(2 * DAY - 60)
    desk.settle()
    assert club.of("shop/redact") == []
    desk.advance(61)
    desk.settle()
    desk.advance(DAY)
    desk.settle()
    assert [each.json["shop_domain"] for each in club.of("shop/redact")] == [NORTH]


def test_a_shop_that_came_back_is_not_forgotten_and_starts_with_what_is_required(
    town: SandboxShop, club: TeaClub
) -> None:
    desk = town.control(NORTH)
    desk.install([*REQUIRED, "write_gift_cards"])
    desk.uninstall()
    assert "app/uninstalled" not in [each["topic"] for each in town.control(SOUTH).deliveries()]
    install(town, "north")
    assert desk.truth()["scopes"] == REQUIRED
    desk.advance(3 * DAY)
    desk.settle()
    assert club.of("shop/redact") == []
    assert exchange(town, NORTH, desk.id_token()).status_code == 200


def test_an_app_that_is_not_there_cannot_be_thrown_out(town: SandboxShop, club: TeaClub) -> None:
    answer = admin(town, "north/settings/apps/uninstall", "POST", data={"client_id": KEY})
    assert answer.status_code == 404
    assert club.of("app/uninstalled") == []


def test_new_rights_are_asked_for_at_the_next_opening_and_announced(town: SandboxShop, club: TeaClub) -> None:
    install(town, "north")
    desk = town.control(NORTH)
    desk.deploy(scopes=[*REQUIRED, "write_discounts"])
    assert desk.truth()["scopes"] == REQUIRED
    assert "oauth/install" in admin(town, "north/apps/tea-club").headers["Location"]
    screen = admin(town, f"north/oauth/install?client_id={KEY}").text
    assert "write_discounts" in screen
    assert "read_orders" not in screen
    install(town, "north")
    desk.settle()
    (told,) = club.of("app/scopes_update")
    assert (told.json["previous"], told.json["current"]) == (REQUIRED, [*REQUIRED, "write_discounts"])
    assert "data-source" in admin(town, "north/apps/tea-club").text


def test_only_registered_optional_rights_are_granted_from_within(town: SandboxShop) -> None:
    install(town, "north")
    own = {"headers": {"X-Sandbox-Admin": "1"}}
    more = admin(town, "north/scopes", "POST", json={"request": ["write_gift_cards"]}, **own)
    assert more.json()["granted"] == [*REQUIRED, "write_gift_cards"]
    for asked in ({"request": ["write_orders"]}, {"revoke": ["read_orders"]}):
        assert admin(town, "north/scopes", "POST", json=asked, **own).status_code == 422
    less = admin(town, "north/scopes", "POST", json={"revoke": ["write_gift_cards"]}, **own)
    assert less.json()["granted"] == REQUIRED
    assert admin(town, "north/scopes", "POST", json={"request": ["write_gift_cards"]}).status_code == 403


def test_one_address_hears_all_shops_that_installed_the_app_and_no_other(town: SandboxShop, club: TeaClub) -> None:
    for shop in (NORTH, SOUTH):
        town.control(shop).create_customer(email="early@example.com")
    for handle in ("north", "south"):
        install(town, handle)
    for shop in (NORTH, SOUTH):
        desk = town.control(shop)
        desk.create_customer(email=f"{shop}@example.com")
        desk.settle()
    heard = club.of("customers/create")
    assert {each.headers["x-shopify-shop-domain"]: each.json["email"] for each in heard} == {
        shop: f"{shop}@example.com" for shop in (NORTH, SOUTH)
    }
    assert len(heard) == 2


def test_the_desk_sends_what_the_law_asks_for(town: SandboxShop, club: TeaClub) -> None:
    install(town, "north")
    desk = town.control(NORTH)
    bob = desk.create_customer(email="bob@example.com")
    desk.request_data(bob["id"])
    desk.redact_customer(bob["id"])
    desk.settle()
    for topic in ("customers/data_request", "customers/redact"):
        (told,) = club.of(topic)
        assert told.json["customer"]["email"] == "bob@example.com"
        assert told.json["shop_domain"] == NORTH


def test_a_closed_shop_answers_nobody(town: SandboxShop) -> None:
    """SH-53's vendor side: frozen is 402, locked is 423, for the API and for its tokens."""
    install(town, "north")
    desk = town.control(NORTH)
    token = exchange(town, NORTH, desk.id_token()).json()["access_token"]
    for standing, status in (("frozen", 402), ("locked", 423), ("open", 200)):
        desk.settings(standing=standing)
        assert call(town, NORTH, token).status_code == status
        assert exchange(town, NORTH, desk.id_token()).status_code == status
        token = token if status != 200 else ""


def test_each_grant_has_fates_of_its_own(town: SandboxShop) -> None:
    install(town, "north")
    desk = town.control(NORTH)
    desk.fate("inactive_refresh_token", "refresh_token")
    desk.fate("redirect", "refresh_token", status=308, location="https://elsewhere.example/")
    desk.fate("invalid_subject_token", "token_exchange")
    assert exchange(town, NORTH, desk.id_token()).json()["error"] == "invalid_subject_token"
    given = exchange(town, NORTH, desk.id_token()).json()
    assert ask(town, NORTH, grant_type="refresh_token", refresh_token=given["refresh_token"]).json() == DEAD
    address = f"{town.address(NORTH)}/admin/oauth/access_token"
    form = {"client_id": KEY, "client_secret": "hush", "grant_type": "refresh_token"}
    moved = requests.post(
        address, json=form | {"refresh_token": given["refresh_token"]}, timeout=5, allow_redirects=False
    )
    assert (moved.status_code, moved.headers["Location"]) == (308, "https://elsewhere.example/")
    assert ask(town, NORTH, grant_type="refresh_token", refresh_token=given["refresh_token"]).status_code == 200


def test_secrets_stay_out_of_the_truth_and_the_call_log(town: SandboxShop) -> None:
    install(town, "north")
    desk = town.control(NORTH)
    token = desk.id_token()
    given = exchange(town, NORTH, token).json()
    told = json.dumps([desk.truth(), desk.calls()])
    for secret in (token, given["access_token"], given["refresh_token"], "hush"):
        assert secret not in told
