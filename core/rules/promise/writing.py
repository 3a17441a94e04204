"""Writing the rules text: each term that decides something is a sentence, for whoever reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from core.rules.promise.fraud_words import checks, fraud_rules
from core.rules.promise.language import Language
from core.rules.promise.spelling import condition_words
from core.rules.terms.model import SIDES, Limits, RewardTerms, Terms, Worth


class Reader(StrEnum):
    """Who reads the text: those it is a promise to, or those who run the campaign."""

    ADVOCATE = "advocate"
    FRIEND = "friend"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Writer:
    """Writes the rules of these terms in one language, for one kind of reader."""

    terms: Terms
    language: Language
    reader: Reader

    def lines(self) -> Iterator[str]:
        """The whole text, a sentence or two in each line."""
        say = self.language.say
        yield say("title", name=self.language.quoted(self.terms.name))
        for side in self._sides():
            yield from self._reward(side)
        yield from self._counting()
        yield from self._bringing()
        yield from self._waiting()
        yield from self._limits(self.terms.limits)
        yield from checks(self.terms, self.language)
        if self.reader is Reader.OPERATOR:
            yield from fraud_rules(self.terms, self.language)

    def _sides(self) -> tuple[str, ...]:
        """The reader's own side first."""
        return tuple(reversed(SIDES)) if self.reader is Reader.FRIEND else SIDES

    def _named(self, what: str, side: str) -> str:
        if self.reader is Reader.OPERATOR:
            return self.language.say(f"{what}.any.{side}")
        return self.language.say(f"{what}.own" if side == self.reader else f"{what}.{side}")

    def _reward(self, side: str) -> Iterator[str]:
        language, promised = self.language, self.terms.rewards.get(side)
        named = self._named("side", side)
        if promised is None:
            yield language.say("nothing", side=named)
            return
        yield language.say(
            "reward",
            who=self._named("who", side),
            worth=self._worth(promised.worth, promised),
            kind=language.kinds.get(promised.kind, promised.kind.replace("_", " ")),
            each=language.all_of(language.each[kind] for kind in self.terms.kinds),
        )
        yield from self._more(promised, named)

    def _more(self, promised: RewardTerms, named: str) -> Iterator[str]:
        language = self.language
        for tier in promised.tiers:
            worth = self._worth(tier.worth, promised)
            yield language.say("tier", side=named, ordinal=language.ordinal(tier.from_number), worth=worth)
        for milestone in promised.milestones:
            amounts = language.amounts(milestone.worth.amounts)
            yield language.say("milestone", side=named, ordinal=language.ordinal(milestone.at), amounts=amounts)
        if promised.of_lines:
            yield language.say("of_lines", side=named, condition=condition_words(promised.of_lines, language))
        if promised.when:
            yield language.say("side_when", side=named, condition=condition_words(promised.when, language))
        if promised.expires_days:
            yield language.say("expires", side=named, days=language.days(promised.expires_days))

    def _worth(self, worth: Worth, promised: RewardTerms) -> str:
        language = self.language
        if worth.percent is None:
            return language.amounts(worth.amounts)
        share = language.say(
            "worth.lines" if promised.of_lines else "worth.share", percent=language.percent(worth.percent)
        )
        if not worth.at_most:
            return share
        return language.say("worth.at_most", share=share, amounts=language.amounts(worth.at_most))

    def _counting(self) -> Iterator[str]:
        terms, language = self.terms, self.language
        yield language.say("kinds", things=language.all_of(language.things[kind] for kind in terms.kinds))
        if terms.starts_at:
            yield language.say("starts", day=language.day(terms.starts_at))
        if terms.ends_at:
            yield language.say("ends", day=language.day(terms.ends_at))
        if terms.deal_stages:
            yield language.say("stages", stages=language.any_of(map(language.quoted, terms.deal_stages)))
        yield language.say("currencies", currencies=language.any_of(terms.currencies))
        yield language.say("base")
        has_minimum = any(terms.minimum.values())
        amounts = language.amounts(terms.minimum)
        yield language.say("minimum", amounts=amounts) if has_minimum else language.say("no_minimum")
        yield language.say("first_only" if terms.is_first_order_only else "every_order")
        if terms.new_after:
            yield language.say("new_after", days=language.days(terms.new_after.days))
        if terms.when:
            yield language.say("when", condition=condition_words(terms.when, language))

    def _bringing(self) -> Iterator[str]:
        terms, language = self.terms, self.language
        place = terms.destination
        yield language.say("destination", place=place) if place else language.say("no_destination")
        yield language.say(f"touch.{terms.touch}")
        yield language.say("window", days=language.days(terms.window.days))
        yield language.say("precedence", traces=", ".join(language.traces[kind] for kind in terms.precedence))
        yield language.say("oneself")
        days = terms.same_purchase.days
        key = "one_purchase" if days else "no_one_purchase"
        yield language.say(key, days=language.days(days), within=language.within(days))

    def _waiting(self) -> Iterator[str]:
        days = self.terms.hold.days
        yield self.language.say("hold" if days else "no_hold", days=self.language.days(days))
        yield self.language.say("refund")

    def _limits(self, limits: Limits) -> Iterator[str]:
        language, amounts = self.language, self.language.amounts
        if limits.budget:
            yield language.say("budget", amounts=amounts(limits.budget))
        if limits.pause_at_budget:
            yield language.say("pause_at_budget")
        if limits.pause_when_burning:
            yield language.say("pause_when_burning", percent=language.percent(limits.pause_when_burning))
        if limits.rewards_per_advocate:
            yield self._period(
                "rewards_per_advocate", limits.per_days, count=language.number(str(limits.rewards_per_advocate))
            )
        if limits.amount_per_advocate:
            yield self._period("amount_per_advocate", limits.amount_days, amounts=amounts(limits.amount_per_advocate))
        if limits.rewards_per_friend:
            yield language.say("rewards_per_friend", count=language.number(str(limits.rewards_per_friend)))
        if limits.most_of_order:
            yield language.say("most_of_order", percent=language.percent(limits.most_of_order))

    def _period(self, key: str, days: int, **places: str) -> str:
        language = self.language
        return language.say(key, days=language.days(days), within=language.within(days), **places)
