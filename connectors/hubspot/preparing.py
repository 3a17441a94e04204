"""Makes a portal ready: the group and the properties in which the hub shows referrals; what differs is left alone.

Webhooks cannot be subscribed here: they belong to the app and come with its project files.
"""

from collections.abc import Iterator, Sequence

from connectors.hubspot.answers import Conflict, MissingScopes
from connectors.hubspot.definitions import DEFINITIONS, GROUP, GROUP_LABEL, Definition, Definitions, problem_of
from connectors.hubspot.records import CONTACTS
from connectors.hubspot.sdk import Portal
from referhub import Rejected


def prepare(api: Portal, definitions: Definitions, webhook_url: str) -> list[str]:
    """Create what is missing; say what could not be created. Raises `TryLater` or `NeedsAttention`."""
    return [*_address(api.config.public_url, webhook_url), *_fields(api, definitions)]


def _address(public_url: str, webhook_url: str) -> Iterator[str]:
    """That none was given, `ping` says already."""
    if public_url and not webhook_url.startswith(public_url.partition("?")[0].rstrip("/")):
        yield f"public_url is not where this hub is reached: the target URL of the app has to be {webhook_url}"


def _fields(api: Portal, definitions: Definitions) -> Iterator[str]:
    try:
        present = definitions.present(fresh=True)
        missing = [one for one in DEFINITIONS if one.name not in present]
        if missing:
            yield from _made(api, missing)
            present = definitions.present(fresh=True)
    except MissingScopes as problem:
        yield problem.hint
        return
    for one in DEFINITIONS:
        problem_words = problem_of(one.ours, one.name, present)
        if problem_words:
            yield problem_words


def _made(api: Portal, missing: Sequence[Definition]) -> Iterator[str]:
    try:
        api.ask(api.property_groups.create, CONTACTS, {"name": GROUP, "label": GROUP_LABEL, "displayOrder": -1})
    except Conflict:
        pass  # it is there already, which is what we want
    except Rejected as problem:
        yield f"the group {GROUP_LABEL}: {problem}"
        return
    try:
        api.ask(api.property_batches.create, CONTACTS, {"inputs": [one.body() for one in missing]})
    except Rejected:
        # One that is there already, or archived, may refuse all of them: each on its own then.
        for one in missing:
            yield from _made_alone(api, one)


def _made_alone(api: Portal, one: Definition) -> Iterator[str]:
    try:
        api.ask(api.properties.create, CONTACTS, one.body())
    except Conflict:
        pass  # compared with what we want afterwards
    except Rejected as problem:
        yield f"{one.name}: {problem}"
