"""The words and colours of states: one table, so that every screen says the same."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """What people read, in which colour (a Tabler colour name), and what it means in one sentence."""

    words: str
    colour: str
    meaning: str = ""


STATES: dict[str, dict[str, Wording]] = {
    "delivery": {
        "stored": Wording("waiting", "azure", "Stored and acknowledged, not read yet"),
        "read": Wording("read", "green", "Understood; what it means stands in the tables"),
        "ignored": Wording("not for us", "secondary", "Understood, and nothing the hub acts on"),
        "unreadable": Wording("unreadable", "red", "Proven but not understood; kept, and can be replayed"),
    },
    "order": {
        "not_counted": Wording("does not count", "secondary", "A rule of every campaign was not met"),
        "undecided": Wording("not looked at", "azure", "No campaign has looked at it yet"),
    },
    "conversion": {
        "pending": Wording("not paid yet", "azure", "Counts as soon as the order is paid"),
        "qualified": Wording("counts", "green", "The order counts for the referral"),
        "reversed": Wording("reversed", "orange", "Everything that counted was refunded or cancelled"),
        "withdrawn": Wording("withdrawn", "secondary", "It turned out not to count"),
    },
    "reward": {
        "held": Wording("on hold", "azure", "Waits until the return window ends"),
        "review": Wording("in review", "yellow", "A person has to look before it goes on"),
        "due": Wording("due", "indigo", "Goes to the source with the next push"),
        "pushing": Wording("being pushed", "indigo", "On its way to the source"),
        "pushed": Wording("pushed", "green", "Given: the source confirmed it"),
        "netted": Wording("set off", "teal", "Used up against what had to be given back"),
        "rejected": Wording("refused", "red", "The source said no for good"),
        "clawed_back": Wording("taken back", "orange", "Pushed, then taken back in full"),
        "void": Wording("void", "secondary", "Cancelled before it was pushed"),
        "withdrawn": Wording("withdrawn", "secondary", "The order turned out not to count"),
    },
    "push": {
        "intended": Wording("intended", "azure", "Written down, not sent yet"),
        "sent": Wording("sent", "indigo", "Sent; the answer is not known yet"),
        "unknown": Wording("unknown", "yellow", "No answer came; the hub looks before it does anything else"),
        "parked": Wording("needs a person", "red", "The source cannot tell what happened; a person decides"),
        "confirmed": Wording("confirmed", "green", "The source proved it"),
        "rejected": Wording("refused", "red", "The source said no for good"),
        "abandoned": Wording("abandoned", "secondary", "Given up before it was sent"),
    },
    "campaign": {
        "draft": Wording("draft", "secondary", "Nobody earns anything yet"),
        "published": Wording("published", "green", "Orders are decided under its terms"),
        "paused": Wording("paused", "yellow", "No new order counts"),
    },
    "terms": {
        "draft": Wording("draft", "secondary", "Not published: nobody earns anything under it"),
        "to come": Wording("to come", "azure", "Published, and holds from a later time on"),
        "holds": Wording("in force", "green", "Orders placed now are decided under it"),
        "over": Wording("over", "secondary", "Orders placed in its time are decided under it still"),
    },
    "rehearsal": {
        "running": Wording("playing", "azure", "It is being played"),
        "passed": Wording("passed", "green", "Every promise held"),
        "failed": Wording("failed", "red", "A promise was broken"),
        "open": Wording("open", "azure", "Invited testers place test orders"),
        "closed": Wording("closed", "secondary", "No more test orders are played in it"),
    },
    "assessment": {
        "new": Wording("not looked at", "azure", "The rules have not looked at it yet"),
        "clear": Wording("clear", "green", "No rule found anything"),
        "observed": Wording("only observed", "secondary", "Only rules that observe found something; nothing is held"),
        "open": Wording("to review", "yellow", "Its rewards wait until a person has looked"),
        "approved": Wording("approved", "green", "A person looked, and its rewards went on"),
        "voided": Wording("void", "secondary", "A person looked, and its rewards are owed no more"),
        "blocked": Wording("blocked", "red", "A rule that blocks found something: nothing is owed"),
        "timed_out": Wording("void by time", "secondary", "Nobody looked in time, so its rewards are owed no more"),
    },
    "mode": {
        "off": Wording("off", "secondary", "The rule is not asked"),
        "observe": Wording("observes", "azure", "What the rule finds is written down, and nothing is held"),
        "hold": Wording("holds", "yellow", "What the rule finds holds the reward for a person"),
        "block": Wording("blocks", "red", "What the rule finds stops the reward"),
    },
    "objective": {
        "not_begun": Wording("to come", "azure", "Its period has not begun"),
        "too_early": Wording("too early to say", "secondary", "A forecast needs seven days"),
        "on_track": Wording("on track", "green", "At this pace it is reached"),
        "behind": Wording("behind", "yellow", "At this pace it is not reached"),
        "reached": Wording("reached", "green", "It is there"),
        "missed": Wording("missed", "red", "Its period ended without it"),
    },
    "collision": {
        "open": Wording("to decide", "yellow", "Nobody has decided yet"),
        "merged": Wording("one person", "green", "They are one person"),
        "kept_apart": Wording("two people", "secondary", "They stay two, whatever is told of them"),
    },
    "proposal": {
        "open": Wording("waiting", "yellow", "A second person has to say yes"),
        "done": Wording("done", "green", "Two people agreed"),
        "refused": Wording("refused", "secondary", "It was not done"),
    },
    "fields": {
        "new": Wording("not begun", "azure", "Nobody has said yet that the hub may write"),
        "preview": Wording("looking only", "azure", "Nothing is written before an admin says so"),
        "live": Wording("writing", "green", "What changes is written"),
    },
    "health": {
        "healthy": Wording("healthy", "green", "Events arrive and are read"),
        "quiet": Wording("no event yet", "azure", "Connected; nothing was heard so far"),
        "late": Wording("late", "yellow", "Deliveries have waited for more than five minutes"),
        "needs_attention": Wording("needs attention", "red", "Paused until somebody acts"),
        "disabled": Wording("switched off", "secondary", "Switched off by an admin or in the configuration"),
        "removed": Wording("removed", "secondary", "The source no longer lets us in"),
    },
}
THINGS = {"order": "Order", "deal": "Deal", "lead": "Lead", "contact": "Contact"}
KINDS = {
    "store_credit": "store credit",
    "gift_card": "gift card",
    "discount_code": "discount code",
}
EVIDENCE = {
    "code": "discount code",
    "signed_attribute": "signed cart attribute",
    "landing_ref": "referral link",
    "last_visit": "last visit",
    "first_visit": "first visit",
}


def wording(noun: str, state: str) -> Wording:
    """The words for a state; one that the table does not know is shown as it is."""
    return STATES[noun].get(state) or Wording(state.replace("_", " "), "secondary")


def spoken(word: str) -> str:
    """How people call a kind of reward or of evidence."""
    return KINDS.get(word) or EVIDENCE.get(word) or word.replace("_", " ")
