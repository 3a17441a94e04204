"""A role: one small story that made-up people play, with what it needs and what should come of it."""

from dataclasses import dataclass, field
from enum import StrEnum

from core.contract.events import OrderKind


class Moment(StrEnum):
    """When something happens: at first, a while later while rewards are held, or after they were paid."""

    OPENING = "opening"
    MEANWHILE = "meanwhile"
    AFTERWARDS = "afterwards"


class Mail(StrEnum):
    """How the source's news of an order reaches the hub."""

    USUAL = "usual"
    LATE = "late"
    REPEATED = "repeated"


class Expects(StrEnum):
    """What the terms say must come of a role."""

    PAID = "both sides are rewarded as promised"
    NOTHING = "nobody is rewarded"
    FIRST_ONLY = "nobody is rewarded where only first orders count, else both sides are"
    TAKEN_BACK = "whatever was earned is taken back"
    HALF = "half of what was earned is taken back"
    ONE_ADVOCATE = "one of the two advocates is rewarded, and the friend once"
    STOPPED = "rewards stop where the limit says"
    WATCHED = "it is seen, and stopped where a rule or a limit says"


class Need(StrEnum):
    """What a role cannot be played without."""

    BUYING = "a source that tells of something that counts"
    ORDERS = "a shop whose orders count"
    DEALS = "a CRM whose deals count"
    LEADS = "a CRM whose leads count"
    CONTACTS = "a CRM whose contacts count"
    PAYING = "something that has to be paid, won or qualified before it counts"
    TAKING_BACK = "a source in which what counted can be taken back"
    HOLD = "a hold"
    MINIMUM = "a minimum, and something with a price that counts"
    MISSING = "a condition on what counts, and a stand-in that can make up something that misses it"
    BUDGET = "a budget"
    CAP = "a cap per advocate"
    STEPS = "a tier or a milestone that a few friends reach"


@dataclass(frozen=True, slots=True)
class Recommends:
    """Somebody joins as an advocate."""

    who: str


@dataclass(frozen=True, slots=True)
class Buys:
    """Somebody buys, perhaps with an advocate's code; without a `kind` it is whatever counts, an order first."""

    who: str
    code_of: str = ""
    kind: OrderKind | None = None
    moment: Moment = Moment.OPENING
    mail: Mail = Mail.USUAL
    is_paid: bool = True
    is_too_small: bool = False
    is_left_out: bool = False


@dataclass(frozen=True, slots=True)
class SendsBack:
    """So many of the two pieces of somebody's order are sent back."""

    who: str
    pieces: int
    moment: Moment


@dataclass(frozen=True, slots=True)
class AnswerGetsLost:
    """The reward is given, and the source's answer to that gets lost."""


Step = Recommends | Buys | SendsBack | AnswerGetsLost


@dataclass(frozen=True, slots=True)
class Role:
    """One small story. It is played in a copy of the campaign of its own, with fresh limits and the whole budget."""

    key: str
    title: str
    story: str
    expects: Expects
    steps: tuple[Step, ...]
    needs: tuple[Need, ...] = (Need.BUYING,)
    emails: dict[str, str] = field(default_factory=dict)

    @property
    def people(self) -> list[str]:
        """Everybody who appears, in order."""
        return list(dict.fromkeys(step.who for step in self.steps if not isinstance(step, AnswerGetsLost)))

    @property
    def advocates(self) -> list[str]:
        """Those who recommend."""
        return [step.who for step in self.steps if isinstance(step, Recommends)]

    def email(self, who: str) -> str:
        """Where that person is reached, if anybody were to write."""
        return self.emails.get(who) or f"{who.lower().replace(' ', '-')}.{self.key}@rehearsal.example"
