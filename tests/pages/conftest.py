"""A dashboard in a real browser: served on loopback, empty or full."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.database import Database
from core.models import Campaign, Merchant
from core.services.field_verbs import FieldPlace
from tests.support import databases
from tests.support.dashboard import LookedAtHub, dashboard_app, served
from tests.support.full_hub import tell

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LISTS = (
    "",
    "deliveries",
    "orders",
    "conversions",
    "rewards",
    "pushes",
    "campaigns",
    "leaderboard",
    "milestones",
    "fraud",
    "advocates",
    "people",
    "proposals",
    "audit",
    "connections",
)


@dataclass
class Screens:
    """Where the pages are, and the ids of the rows behind them."""

    base: str
    hub: LookedAtHub
    ids: dict[str, str] = field(default_factory=dict)
    retried: list[str] = field(default_factory=list)

    def retry(self, connection_id: str) -> int:
        """Seven records are said to be tried again."""
        self.retried.append(connection_id)
        return 7

    def add_advocate(self, name: str) -> None:
        """One more person recommends."""
        with self.hub.story() as story:
            story.written = 100_000 + 100 * len(name)  # ids above all others
            merchant = story.session.get_one(Merchant, self.ids["merchant"])
            campaign = story.session.get_one(Campaign, self.ids["campaign"])
            story.code(story.person(merchant, name), campaign, name.replace(" ", "-"))

    @property
    def paths(self) -> list[str]:
        """Every page there is."""
        single = {
            "order": "orders",
            "given": "rewards",
            "refused": "rewards",
            "delivery": "deliveries",
            "crm": "connections",
            "campaign": "campaigns",
            "advocate": "people",
            "friend": "people",
            "case": "fraud",
            "backtest": "backtests",
            "rehearsal": "rehearsals",
        }
        ones = [f"{page}/{self.ids[name]}" for name, page in single.items() if name in self.ids]
        return [*LISTS, *ones, "orders?q=nothing", "orders?state=not_counted", "pushes?state=all"]


def _places(_connection_id: str) -> list[FieldPlace]:
    """Where fields go: each as it is shown in one of the ways there are."""
    return [
        FieldPlace("code", "Referral_Code__c", "the code that this person passes on", False, None),
        FieldPlace("referred_by", "Referred_By_Code__c", "the code that brought this person", True, None),
        FieldPlace("status", "Referral_Status__c", "what this person is", False, "the integration user cannot see it"),
        FieldPlace("hub_id", None, "the hub's own id", False, None),
    ]


def _screens(template: Path, folder: Path, *, is_full: bool) -> Iterator[Screens]:
    database = Database(databases.copy_sqlite(template, folder))
    hub = LookedAtHub(database)
    ids = {}
    if is_full:
        with hub.story() as story:
            ids = {name: row.id for name, row in tell(story).items()}
    screens = Screens("", hub, ids)
    with served(dashboard_app(hub, hosts=("127.0.0.1",), fields=_places, retry=screens.retry)) as screens.base:
        yield screens
    database.close()


@pytest.fixture(scope="session")
def full(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screens]:
    """The screens of a hub in the middle of its life."""
    yield from _screens(migrated_sqlite, tmp_path_factory.mktemp("full"), is_full=True)


@pytest.fixture(scope="session")
def empty(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screens]:
    """The screens of a hub on its first day."""
    yield from _screens(migrated_sqlite, tmp_path_factory.mktemp("empty"), is_full=False)


@dataclass
class Watched:
    """A page that remembers what went wrong on it and whom it asked."""

    page: "Page"
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self._note(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)


@pytest.fixture
def desk(browser: "Browser") -> Iterator[Watched]:
    """A light page on a desk."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    yield Watched(context.new_page())
    context.close()


@pytest.fixture
def phone(browser: "Browser") -> Iterator[Watched]:
    """A dark page on a phone."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme="dark", has_touch=True, is_mobile=True
    )
    yield Watched(context.new_page())
    context.close()
