"""The measures: what is measured, in which unit, and the ratios between them that the project aims at."""

from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median

HELLO = "hello"
ACCEPT = "accept"
NAIVE = "naive"
SINGLE = "commit-1"
GROUPED = "commit-32"
DECIDE = "decide"
PRECOMPUTED = "precomputed"
BACKTEST = "backtest"
READING = "reading"
WRITE = "write"
BARE = "bare"
SQLITE, POSTGRES = "SQLite", "PostgreSQL"
DATABASES = (SQLITE, POSTGRES)
CRMS = {"salesforce": "Salesforce", "hubspot": "HubSpot"}

WORDS = {
    HELLO: 'the same server says "hello" (Flask)',
    ACCEPT: "webhooks verified, stored, acknowledged",
    NAIVE: "naive Flask view, one ORM commit each",
    SINGLE: "bare driver, one delivery per commit",
    GROUPED: "bare driver, 32 deliveries per commit",
    DECIDE: "orders read, decided, rewarded, booked",
    PRECOMPUTED: "bare driver, the same rows precomputed",
    BACKTEST: "stored orders tried on other terms",
    READING: "the same orders merely read and decoded",
    WRITE: "people's fields written to the CRM",
    BARE: "the vendor's client, the same bodies",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is measured, and on which database or at which CRM; "hello" has neither."""

    kind: str
    database: str = ""

    def __str__(self) -> str:
        return f"{self.kind}.{self.database}" if self.database else self.kind


@dataclass(frozen=True, slots=True)
class Aim:
    """A ratio of two measures of one round, and what it should be at least."""

    words: str
    above: Measure
    below: Measure
    at_least: float


AIMS = (
    *(Aim("accepts ÷ hello", Measure(ACCEPT, one), Measure(HELLO), 0.5) for one in DATABASES),
    *(Aim("accepts ÷ naive", Measure(ACCEPT, one), Measure(NAIVE, one), 4.0) for one in DATABASES),
    Aim("accepts: PostgreSQL ÷ SQLite", Measure(ACCEPT, POSTGRES), Measure(ACCEPT, SQLITE), 0.9),
    *(Aim("decisions ÷ precomputed", Measure(DECIDE, one), Measure(PRECOMPUTED, one), 0.15) for one in DATABASES),
    *(Aim("backtest ÷ merely reading", Measure(BACKTEST, one), Measure(READING, one), 0.25) for one in DATABASES),
    *(Aim("people written ÷ bare client", Measure(WRITE, one), Measure(BARE, one), 0.3) for one in CRMS.values()),
)


@dataclass
class Results:
    """All rounds: per second, latencies in milliseconds where there are any, and calls and memory where those are."""

    per_second: dict[Measure, list[float]] = field(default_factory=lambda: defaultdict(list))
    p50_ms: dict[Measure, list[float]] = field(default_factory=lambda: defaultdict(list))
    p99_ms: dict[Measure, list[float]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[Measure, int] = field(default_factory=dict)
    peak_mb: dict[Measure, float] = field(default_factory=dict)

    def add(self, measure: Measure, per_second: float) -> None:
        """One round's rate."""
        self.per_second[measure].append(per_second)

    def add_latency(self, measure: Measure, p50_ms: float, p99_ms: float) -> None:
        """One round's latencies."""
        self.p50_ms[measure].append(p50_ms)
        self.p99_ms[measure].append(p99_ms)

    def ratio(self, aim: Aim) -> float:
        """The median over the rounds of the ratio within a round: other load on the machine hits both alike."""
        pairs = zip(self.per_second[aim.above], self.per_second[aim.below], strict=True)
        return median(above / below for above, below in pairs)
