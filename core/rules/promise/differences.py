"""What is different between two versions of terms, in words."""

from core.rules.promise.english import ENGLISH
from core.rules.promise.german import GERMAN
from core.rules.promise.writing import Reader, Writer
from core.rules.terms.model import Terms

WORDS = {
    "en": ("New: {now}", "No longer: {before}", "Before: {before} Now: {now}"),
    "de": ("Neu: {now}", "Nicht mehr: {before}", "Vorher: {before} Jetzt: {now}"),
}


def differences(old: Terms, new: Terms, language: str = "en") -> tuple[str, ...]:
    """A line for each sentence of the operators' rules text that differs; none where nothing decides differently."""
    spoken = {ENGLISH.code: ENGLISH, GERMAN.code: GERMAN}[language]
    before, now = (
        {one.topic: one.text for one in Writer(terms, spoken, Reader.OPERATOR).sentences()} for terms in (old, new)
    )
    added, dropped, changed = WORDS[language]
    lines = []
    for topic in [*now, *(topic for topic in before if topic not in now)]:
        if before.get(topic) != now.get(topic):
            words = added if topic not in before else dropped if topic not in now else changed
            lines.append(words.format(before=before.get(topic), now=now.get(topic)))
    return tuple(lines)
