"""A merchant's own app by the authorization code grant: asked for its rights, and believed only when Shopify signs."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from connectors.shopify.connector import Shopify
from core.database import Database
from core.gateway.http_client import HttpClient
from core.gateway.hub import Hub
from core.gateway.reach import Reach
from core.models import Connection
from core.services.connections import test_connection as look_up
from core.services.install import BadReturn, begin_install, finish_install
from referhub import NeedsAttention, NotProven
from sandbox.shopify import App, SandboxShop
from sandbox.shopify.admin.signing import query_hmac
from tests.connectors.shopify.support import NOW, ScriptedHttp, config
from tests.support.story import well_known_vault

HTTP = HttpClient(reach=Reach(allows_this_computer=True))
HUB = "http://127.0.0.1:1"


def signed(secret: str, **words: str) -> str:
    return urlencode({**words, "hmac": query_hmac(secret, words)})


def test_an_admin_agrees_and_the_connection_works(sqlite_url: str, tmp_path: Path) -> None:
    """SH-06"""
    hub = Hub(Database(sqlite_url), well_known_vault(), base_url=HUB, http_factory=lambda: HTTP)
    app = App(redirect_urls=[f"{HUB}/dashboard/connect/back"])
    with SandboxShop(app=app) as shop:
        given = {"shop": shop.domain, "client_id": shop.client_id, "client_secret": shop.client_secret}
        values = {**given, "api_base": shop.base_url, "grant": "authorization_code"}
        for spoil in ("shop", "hmac", ""):
            there = begin_install(hub, "shopify", "my shop", values)
            assert there is not None
            back = urlsplit(HTTP.request("POST", there).headers["location"]).query
            words = {name: found[0] for name, found in parse_qs(back).items()}
            if spoil:
                asked = len(shop.control(shop.domain).calls("access_token"))
                forged = urlencode({**words, spoil: "other.myshopify.com"})
                with pytest.raises(BadReturn):
                    finish_install(hub, words["state"], words["code"], forged)
                assert len(shop.control(shop.domain).calls("access_token")) == asked
        row, account, _ = finish_install(hub, words["state"], words["code"], back)
        assert (account.source_id, row.status) == (row.source_id, "active")
        with hub.database.reading() as session:
            assert look_up(hub, session.get_one(Connection, row.id).id).name == account.name
    hub.database.close()


def test_a_return_from_another_shop_is_none() -> None:
    """SH-06"""
    settings = config(access_token="", grant="authorization_code")
    shopify = Shopify(settings, ScriptedHttp())
    stamp = str(int(NOW.timestamp()))
    shopify.prove_return(signed(settings.client_secret, shop=settings.shop, timestamp=stamp), NOW)
    for query in (
        signed(settings.client_secret, shop="other.myshopify.com", timestamp=stamp),
        signed("another secret", shop=settings.shop, timestamp=stamp),
        "",
    ):
        with pytest.raises(NotProven):
            shopify.prove_return(query, NOW)
    good = signed(settings.client_secret, shop=settings.shop, timestamp=stamp)
    for late in (timedelta(seconds=91), timedelta(days=3650)):
        with pytest.raises(NotProven):
            shopify.prove_return(good, NOW + late)


def test_another_grant_has_nothing_to_agree_to() -> None:
    for settings in (config(), config(access_token="")):
        shopify = Shopify(settings, ScriptedHttp())
        assert shopify.is_installed()
        with pytest.raises(NeedsAttention, match="authorization_code"):
            shopify.authorize_url("state", "https://hub.example/back")
