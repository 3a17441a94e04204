"""The people of the town, their homes and devices, and what a shop sees when they buy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

from sandbox.population.names import BROWSERS, FIRST, HOSTS, LAST, STREETS

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 180
# A telephone company puts many telephones behind each of its addresses.
GATEWAYS = 400


@dataclass(frozen=True, slots=True)
class Human:
    """Somebody, as one account shows them. `label` is the truth that the rules are not told; a shop trusts some."""

    key: str
    label: str
    mail: str
    name: str
    phone: str = ""
    is_trusted: bool = False


@dataclass(frozen=True, slots=True)
class Sale:
    """One purchase: `traces` are what a shop's source would tell of it, by kind."""

    key: str
    human: str
    at: datetime
    label: str
    traces: Mapping[str, str]
    advocate: str = ""
    code: str = ""
    by_link: bool = False
    went_back: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody lives and from where they buy."""

    address: str
    postcode: str
    ip: str


@dataclass(frozen=True, slots=True)
class Kit:
    """What somebody buys with: a home, a browser on some device, and a card."""

    home: Home
    browser: str
    agent: str
    card: str


@dataclass
class Town:
    """Grows from one seed: the same seed is the same town."""

    random: Random
    humans: list[Human] = field(default_factory=list)
    sales: list[Sale] = field(default_factory=list)
    _number: int = 0

    def number(self) -> int:
        """Never the same twice."""
        self._number += 1
        return self._number

    def chance(self, of: float) -> bool:
        """True so often."""
        return self.random.random() < of

    def day(self, first: float = 10, last: float = DAYS) -> datetime:
        """Some moment between two days of the half-year."""
        return BEGIN + timedelta(days=self.random.uniform(first, last))

    def ip(self) -> str:
        """An address of somebody's own."""
        number = self.number()
        return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    def gateway(self) -> str:
        """One of a telephone company's addresses."""
        number = self.random.randrange(GATEWAYS)
        return f"100.64.{number >> 8}.{number & 255}"

    def home(self) -> Home:
        """A door of its own."""
        street = f"{self.random.choice(STREETS)} {self.random.randrange(1, 180)}, door {self.number()}"
        return Home(street, f"{self.random.randrange(10000, 99999)}", self.ip())

    def kit(self, home: Home | None = None, *, card: str = "", browser: str = "") -> Kit:
        """Somebody's own things, but for those that are given."""
        agent = self.random.choices(BROWSERS, weights=range(len(BROWSERS), 0, -1))[0]
        number = self.number()
        return Kit(home or self.home(), browser or f"browser-{number}", agent, card or f"card-{number}")

    def name(self, last: str = "") -> str:
        """A full name; some are common."""
        return f"{self.random.choice(FIRST)} {last or self.random.choice(LAST)}"

    def mail(self, name: str, host: str = "") -> str:
        """An address as people make them of their names."""
        first, _, last = name.lower().partition(" ")
        host = host or self.random.choices([one for one, _ in HOSTS], weights=[often for _, often in HOSTS])[0]
        shape = self.random.choice(("{f}.{l}", "{f}{l}", "{i}{l}", "{l}.{f}", "{f}_{l}"))
        local = shape.format(f=first, l=last, i=first[0])
        return f"{local}{self.random.choice(WORDS)}{self.number() % 9973}@{host}"

    def human(self, label: str, *, name: str = "", mail: str = "", is_trusted: bool = False) -> Human:
        """Somebody new."""
        name = name or self.name()
        number = self.number()
        phone = f"+49170{number:07d}" if self.chance(0.5) else ""
        one = Human(f"human-{number}", label, mail or self.mail(name), name, phone, is_trusted)
        self.humans.append(one)
        return one

    def buys(self, one: Human, kit: Kit, at: datetime, *, brought_by: Human | None = None, **more: str) -> Sale:
        """A purchase with what a shop sees of it; people away from home use a telephone company's address."""
        traces = {
            "ip": self.gateway() if self.chance(0.2) else kit.home.ip,
            "user_agent": kit.agent,
            "browser": kit.browser,
            "address": kit.home.address,
            "postcode": kit.home.postcode,
            "payment": kit.card,
            "name": one.name,
        }
        if self.chance(0.03):
            del traces["browser"]  # cookies refused
        sale = Sale(
            key=f"sale-{self.number()}",
            human=one.key,
            at=at,
            label=one.label,
            traces={name: value for name, value in {**traces, **more}.items() if value},
            advocate=brought_by.key if brought_by else "",
            code=f"code-of-{brought_by.key}" if brought_by else "",
            by_link=brought_by is not None and self.chance(0.5),
        )
        self.sales.append(sale)
        return sale

    def correct(self, sale: Sale, **facts: object) -> Sale:
        """The sale was otherwise in these facts."""
        self.sales.remove(sale) if self.sales[-1] is not sale else self.sales.pop()
        changed = replace(sale, **facts)  # type: ignore[arg-type]
        self.sales.append(changed)
        return changed

    def customer(
        self, label: str, kit: Kit | None = None, *, name: str = "", mail: str = "", is_trusted: bool = False
    ) -> tuple[Human, Kit]:
        """Somebody who has bought before, and may recommend."""
        one, kit = self.human(label, name=name, mail=mail, is_trusted=is_trusted), kit or self.kit()
        self.buys(one, kit, self.day(0, 9))
        return one, kit


# Between name and number, so that two people's addresses seldom differ by their last digits alone.
WORDS = ("", ".x", "mail", "home", "tea", "sun", "blue", "post", "me", "the")
