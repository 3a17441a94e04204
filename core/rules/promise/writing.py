"""Writing the rules text: each term that decides something is a sentence, for whoever reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from core.contract.events import OrderKind
from core.rules.promise.fraud_words import checks, fraud_rules
from core.rules.promise.language import Language
from core.rules.promise.sentence import Sentence, said
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

    def sentences(self) -> Iterator[Sentence]:
        """The whole text, sentence by sentence."""
        yield self._say("title", name=self.language.quoted(self.terms.name))
        for side in self._sides():
            yield from self._reward(side)
        yield from self._counting()
        yield from self._bringing()
        yield from self._waiting()
        yield from self._limits(self.terms.limits)
        is_public = self.reader is not Reader.OPERATOR
        yield from (checks if is_public else fraud_rules)(self.terms, self.language)

    def _say(self, key: str, about: str = "", /, **places: str) -> Sentence:
        return said(self.language, key, about, **places)

    def _sides(self) -> tuple[str, ...]:
        """The reader's own side first."""
        return tuple(reversed(SIDES)) if self.reader is Reader.FRIEND else SIDES

    def _named(self, what: str, side: str) -> str:
        if self.reader is Reader.OPERATOR:
            return self.language.say(f"{what}.any.{side}")
        return self.language.say(f"{what}.own" if side == self.reader else f"{what}.{side}")

    def _reward(self, side: str) -> Iterator[Sentence]:
        language, promised = self.language, self.terms.rewards.get(side)
        named = self._named("side", side)
        if promised is None:
            yield self._say("nothing", side, side=named)
            return
        yield self._say(
            "reward",
            side,
            who=self._named("who", side),
            worth=self._worth(promised.worth, promised),
            kind=language.kinds.get(promised.kind, promised.kind.replace("_", " ")),
            each=language.all_of(language.each[kind] for kind in self.terms.kinds),
        )
        yield from self._more(promised, side, named)

    def _more(self, promised: RewardTerms, side: str, named: str) -> Iterator[Sentence]:
        language = self.language
        for tier in promised.tiers:
            worth = self._worth(tier.worth, promised)
            yield self._say(
                "tier",
                f"{side} {tier.from_number}",
                side=named,
                ordinal=language.ordinal(tier.from_number),
                worth=worth,
            )
        for milestone in promised.milestones:
            amounts = language.amounts(milestone.worth.amounts)
            yield self._say(
                "milestone",
                f"{side} {milestone.at}",
                side=named,
                ordinal=language.ordinal(milestone.at),
                amounts=amounts,
            )
        if promised.milestones:
            yield self._say("milestone_back", side, side=named)
        if promised.of_lines:
            yield self._say("of_lines", side, side=named, condition=condition_words(promised.of_lines, language))
        if promised.when:
            yield self._say("side_when", side, side=named, condition=condition_words(promised.when, language))
        if promised.expires_days:
            yield self._say("expires", side, side=named, days=language.days(promised.expires_days))

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

    def _counting(self) -> Iterator[Sentence]:
        terms, language = self.terms, self.language
        yield self._say("kinds", things=language.all_of(language.things[self._thing(kind)] for kind in terms.kinds))
        if terms.starts_at:
            yield self._say("starts", day=language.day(terms.starts_at))
        if terms.ends_at:
            yield self._say("ends", day=language.day(terms.ends_at))
        if terms.deal_stages:
            yield self._say("stages", stages=language.any_of(map(language.quoted, terms.deal_stages)))
        yield self._say("currencies", currencies=language.any_of(terms.currencies))
        yield self._say("base")
        has_minimum = any(terms.minimum.values())
        amounts = language.amounts(terms.minimum)
        yield self._say("minimum", amounts=amounts) if has_minimum else self._say("no_minimum")
        yield self._say("first_only" if terms.is_first_order_only else "every_order")
        if terms.new_after:
            yield self._say("new_after", days=language.days(terms.new_after.days))
        if terms.when:
            yield self._say("when", condition=condition_words(terms.when, language))

    def _thing(self, kind: OrderKind) -> str:
        """A deal counts once it is won, unless the terms name its stages."""
        return "deal.stage" if kind is OrderKind.DEAL and self.terms.deal_stages else kind

    def _bringing(self) -> Iterator[Sentence]:
        terms, language = self.terms, self.language
        place = terms.destination
        yield self._say("destination", place=place) if place else self._say("no_destination")
        yield self._say(f"touch.{terms.touch}")
        yield self._say("window", days=language.days(terms.window.days))
        yield self._say("precedence", traces=", ".join(language.traces[kind] for kind in terms.precedence))
        yield self._say("oneself")
        days = terms.same_purchase.days
        key = "one_purchase" if days else "no_one_purchase"
        yield self._say(key, days=language.days(days), within=language.within(days))

    def _waiting(self) -> Iterator[Sentence]:
        days = self.terms.hold.days
        yield self._say("hold" if days else "no_hold", days=self.language.days(days))
        yield self._say("refund")

    def _limits(self, limits: Limits) -> Iterator[Sentence]:
        language, each = self.language, self.language.each_amount
        if limits.budget:
            yield self._say("budget", amounts=each(limits.budget))
        if limits.pause_at_budget:
            yield self._say("pause_at_budget")
        if limits.pause_when_burning:
            yield self._say("pause_when_burning", percent=language.percent(limits.pause_when_burning))
        if limits.rewards_per_advocate:
            yield self._period(
                "rewards_per_advocate", limits.per_days, count=language.number(str(limits.rewards_per_advocate))
            )
        if limits.amount_per_advocate:
            yield self._period("amount_per_advocate", limits.amount_days, amounts=each(limits.amount_per_advocate))
        if limits.rewards_per_friend:
            yield self._say("rewards_per_friend", count=language.number(str(limits.rewards_per_friend)))
        if limits.most_of_order:
            yield self._say("most_of_order", percent=language.percent(limits.most_of_order))

    def _period(self, key: str, days: int, **places: str) -> Sentence:
        language = self.language
        return self._say(key, days=language.days(days), within=language.within(days), **places)
