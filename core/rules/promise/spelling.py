"""Conditions as people read them, in any language."""

from core.rules.comparing import Operand, number
from core.rules.conditions import AllOf, AnyOf, Condition, EveryLine, NoneOf, SomeLine, Test
from core.rules.promise.language import Language
from core.rules.terms.moments import moment

# Of these there are several at once; of a source's own fields nobody knows before it tells them.
LISTS = frozenset({"order.tags", "order.discount_codes", "customer.tags"})
SIZES = frozenset({"at_least", "at_most", "more_than", "less_than"})
TIMES = frozenset({"since", "before"})


def condition_words(condition: Condition, language: Language) -> str:
    """The condition in words; what is composed of parts within another stands in brackets."""
    if isinstance(condition, Test):
        return _test(condition, language)
    if isinstance(condition, SomeLine | EveryLine):
        key = "some_line" if isinstance(condition, SomeLine) else "every_line"
        return language.say(key, condition=_nested(condition_words(condition.condition, language), language))
    parts = [_inner(part, language) for part in condition.parts]
    if isinstance(condition, NoneOf):
        return language.say("none_of", parts=_nested("; ".join(parts), language))
    return f" {language.both if isinstance(condition, AllOf) else language.either} ".join(parts)


def _inner(condition: Condition, language: Language) -> str:
    words = condition_words(condition, language)
    return _nested(words, language) if isinstance(condition, AllOf | AnyOf) else words


def _nested(words: str, language: Language) -> str:
    return language.say("nested", condition=words)


def _test(test: Test, language: Language) -> str:
    op = "is_unknown" if test.op == "is_known" and test.value is False else test.op
    compared = {**language.compared, **language.compared_lists} if test.field in LISTS else language.compared
    return compared[op].format(field=field_words(test.field, language), value=_value(test, language))


def field_words(name: str, language: Language) -> str:
    """What a field is called: a well-known one as people say it, any other by its own name."""
    known = language.fields.get(name)
    owner, _, rest = name.partition(".")
    return known or language.owners[owner].format(name=language.quoted(rest))


def _value(test: Test, language: Language) -> str:
    if isinstance(test.value, tuple):
        return language.any_of(_scalar(value, language) for value in test.value)
    if test.op in TIMES:
        at = moment(test.value)
        return language.day(at) if at else str(test.value)
    if test.op in SIZES and number(test.value) is not None:
        return language.number(str(test.value))
    return _scalar(test.value, language)


def _scalar(value: Operand, language: Language) -> str:
    if isinstance(value, bool):
        return language.say("yes" if value else "no")
    return language.quoted(value) if isinstance(value, str) else str(value)
