"""The class that the tests of a store's app inherit: what it proves, what it hands out, and what it never says."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from referhub import (
    BadSignature,
    ConnectorError,
    Memory,
    NeedsAttention,
    NotProven,
    Staff,
    StoreApp,
    TryLater,
    WebhookRequest,
    WrongSetting,
    config_from,
    settings_of,
)
from referhub.testing.faulty_http import EVERY_TROUBLE, FaultyHttp
from referhub.testing.preparing import BACK
from referhub.testing.verdict import missing, require

ELSEWHERE = "https://elsewhere.example"
ODD = ("", "nonsense", "shop=%00", "shop=a&shop=b", "x" * 20_000, "id_token=a.b.c", "hmac=0&timestamp=0&signature=0")


class StoreAppContract:
    """Inherit it as `class TestAcmeApp(StoreAppContract)`; give `app_class`, `shop`, `app_settings`, `arrival`."""

    app_class: ClassVar[type[StoreApp]]
    shop: ClassVar[str]  # one that has installed the app, named as the store names it

    @pytest.fixture
    def app_settings(self) -> Mapping[str, str]:
        """What stands under `[connectors.<key>.app]`."""
        missing("the fixture `app_settings`", "override it: return a dict with a value for every required setting")

    @pytest.fixture
    def arrival(self) -> tuple[str, str]:
        """The query and the `Authorization` header with which the store proves somebody of `shop`, just now."""
        missing("the fixture `arrival`", 'override it: return (query, "Bearer …") as the store makes them')

    @pytest.fixture
    def http(self) -> FaultyHttp:
        """The network, which nobody needs but for tokens."""
        return FaultyHttp()

    @pytest.fixture
    def app(self, app_settings: Mapping[str, str], http: FaultyHttp) -> StoreApp:
        """The app as the hub opens it."""
        return self.app_class(config_from(self.app_class.config_class, app_settings), http)

    def test_whom_the_store_proves_is_of_that_shop(self, app: StoreApp, arrival: tuple[str, str]) -> None:
        staff = told(app.prove, *arrival)
        require(
            isinstance(staff, Staff) and staff.shop == self.shop and staff.person,
            "prove says who looks at the page, and in which shop",
            found=repr(staff),
            mend="read both from what is signed, never from what stands beside it",
        )

    def test_nobody_is_believed_without_a_proof(self, app: StoreApp, arrival: tuple[str, str]) -> None:
        now = datetime.now(UTC)
        query, bearer = arrival
        forged = [(one, "") for one in ODD] + [(query, f"{bearer[:-4]}AAAA"), (query, "Basic eDp5")]
        asked = {f"prove{one}": told(app.prove, *one) for one in forged if bearer or one[1] == ""}
        for odd in ODD:
            for method in (app.agreed, app.asks_to_install, app.buyer):
                asked[f"{method.__name__}({odd[:40]!r})"] = told(method, odd, now)
        believed = {words: answer for words, answer in asked.items() if not isinstance(answer, NotProven)}
        require(
            not believed,
            "whatever an address says, nobody is believed without the store's signature: NotProven",
            found=believed,
            mend="check the signature first, over the whole of what it is about, and raise NotProven for all else",
        )

    def test_a_webhook_without_a_signature_is_refused(self, app: StoreApp) -> None:
        request = WebhookRequest("POST", "/hooks/app", "", {}, b"{}", datetime.now(UTC))
        require(
            isinstance(told(app.receive, request), BadSignature),
            "receive takes nothing that is not signed with the app's secret",
            found=repr(told(app.receive, request)),
            mend="raise BadSignature before anything is read",
        )

    def test_a_connection_stores_no_secret_of_the_app(self, app: StoreApp, app_settings: Mapping[str, str]) -> None:
        stored = app.settings_for(self.shop)
        whole = told(app.completed, stored)
        require(
            not any(secret in stored.values() for secret in self.secrets(app_settings)),
            "what the connection of a shop stores holds no secret of the app",
            found=sorted(stored),
            mend="fill the secret in where it is used: in completed",
        )
        require(
            isinstance(whole, dict) and any(secret in whole.values() for secret in self.secrets(app_settings)),
            "completed fills in what all shops of the app share",
            found=sorted(whole) if isinstance(whole, dict) else repr(whole),
            mend="return the stored settings with the app's own beside them",
        )

    def test_a_shop_does_not_say_where_the_secret_is_sent(self, app: StoreApp) -> None:
        stored = app.settings_for(self.shop)
        shared = sorted(set(app.completed(stored)) - set(stored))
        asked = {name: told(app.completed, stored | {name: ELSEWHERE}) for name in shared}
        taken = [name for name, answer in asked.items() if not isinstance(answer, WrongSetting)]
        require(
            not taken,
            "what is the app's own is refused where a shop's settings name it: its staff fill them in",
            found=", ".join(taken),
            mend="raise WrongSetting for every setting that is shared",
        )

    def test_pages_stand_in_that_shop_and_nowhere_else(self, app: StoreApp) -> None:
        frame, other = app.frame(self.shop), app.frame(f"another-{self.shop}")
        require(
            frame.ancestors and all(one.startswith("https://") and "*" not in one for one in frame.ancestors),
            "who may embed a page is named in full, by https",
            found=frame.ancestors,
            mend="name the shop's own address and the store's admin",
        )
        require(
            any(self.shop in one for one in frame.ancestors)
            and not any(urlsplit(one).netloc == self.shop for one in other.ancestors),
            "a shop's pages are embedded by that shop, and not by another one",
            found=f"{frame.ancestors}, and for another shop {other.ancestors}",
            mend="make the ancestors from the shop that was asked for",
        )

    def test_the_way_to_agree_carries_the_state_and_no_secret(
        self, app: StoreApp, app_settings: Mapping[str, str]
    ) -> None:
        address = app.authorize_url(self.shop, "state-7d1", BACK)
        require(
            parse_qs(urlsplit(address).query).get("state") == ["state-7d1"]
            and not any(secret in address for secret in self.secrets(app_settings)),
            "authorize_url carries the state and no secret",
            found="an address without the state" if "state-7d1" not in address else "a secret in the address",
            mend="build it with urllib.parse.urlencode, and send the secret only when tokens are asked for",
        )

    def test_a_grant_in_trouble_keeps_nothing_and_says_who_acts(self, app: StoreApp, http: FaultyHttp) -> None:
        staff = Staff(self.shop, "1", "a proof")
        for trouble in EVERY_TROUBLE.values():
            keep = Memory()
            with http.meeting(trouble, every=True):
                answer = told(app.grant, staff, keep)
            require(
                isinstance(answer, (NotProven, TryLater, NeedsAttention)) and not keep.texts(),
                "a grant that did not come about keeps no token and is NotProven, TryLater or NeedsAttention",
                found=f"{answer!r}, and {len(keep.texts())} texts are kept",
                mend="write to `keep` only what the store answered, after it was read",
            )

    def test_printing_it_shows_no_secret(self, app: StoreApp, app_settings: Mapping[str, str]) -> None:
        printed = f"{app!r} {app} {app.config!r}"
        require(
            not any(secret in printed for secret in self.secrets(app_settings)),
            "printing the app or its settings shows no secret",
            found="a setting that is marked secret",
            mend="declare it with setting(..., secret=True), which keeps it out of the dataclass's repr",
        )

    def secrets(self, settings: Mapping[str, str]) -> list[str]:
        """The values that nobody may see."""
        names = [spec.name for spec in settings_of(self.app_class.config_class) if spec.is_secret]
        return [settings[name] for name in names if settings.get(name)]


def told(method: Any, *arguments: Any) -> Any:
    """What the method returned, or the error of the contract that it raised; another one fails the test."""
    try:
        return method(*arguments)
    except ConnectorError as problem:
        return problem
