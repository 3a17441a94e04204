"""Complaints: what is wrong with a setting, as one sentence that says what to write instead."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

FILE = "config/referhub.toml"
EXAMPLE = "config/referhub.example.toml"
PREFIX = "REFERHUB_"
SECRETS_DIR = "REFERHUB_SECRETS_DIR"  # a folder of files named like settings, as containers mount secrets
# Every variable of ours that is no setting: of the command line, of the crash tests, and of the tests.
NO_SETTINGS = frozenset(
    {
        SECRETS_DIR,
        "REFERHUB_MERCHANT",
        "REFERHUB_CRASH_AT",
        "REFERHUB_REQUIRE",
        "REFERHUB_CHROMIUM",
        "REFERHUB_SHARED_DATA",
    }
)
NO_SETTINGS_PREFIXES = ("REFERHUB_CONNECT_", "REFERHUB_TEST_")

HOSTS = '["referrals.example.com"]'
SWITCHES = '{"shopify": {"enabled": false}}'
LABELS = '{"my shop": {"enabled": false}}'
# By how pydantic's name of the mistake begins.
WRITE = {
    "bool": "write true or false",
    "literal": "write {expected}",
    "string": "write text in quotes",
    "path": "write a path in quotes",
    "list": f"write a list, such as {HOSTS}",
    "dict": "write a table, such as [connectors.shopify]",
    "model": "write a table, such as [connectors.shopify]",
}
DOMAINS = '["example.com"]'
GROUPS = '["marketing"]'
AS_JSON = {
    "oidc_domains": DOMAINS,
    "oidc_groups": GROUPS,
    "trusted_hosts": HOSTS,
    "connectors": SWITCHES,
    "connections": LABELS,
}


def of_variables(names: Iterable[str], fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    """One sentence per variable that looks like a setting and is none; a typo would otherwise change nothing."""
    known = {f"{PREFIX}{name.upper()}" for name in fields}
    for name in sorted(name.upper() for name in names):
        if name.startswith(PREFIX) and not _is_known(name, known):
            near = get_close_matches(name, known, n=1, cutoff=0.8)
            meant = f" (did you mean {near[0]}?)" if near else ""
            yield f"{name}: there is no such setting{meant}; see {EXAMPLE} for all of them"


def _is_known(name: str, known: set[str]) -> bool:
    # What follows the name of the table is checked with the setting.
    is_switch = name.startswith((f"{PREFIX}CONNECTORS__", f"{PREFIX}CONNECTIONS__"))
    return is_switch or name in known or name in NO_SETTINGS or name.startswith(NO_SETTINGS_PREFIXES)


def of_value(problem: ErrorDetails, fields: Mapping[str, FieldInfo]) -> str:
    """The setting's name, the value found unless it is secret, and the fix."""
    place = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{place}: there is no such setting; see {EXAMPLE} for all of them"
    found = str(problem["input"])[:60]
    is_secret = "password" in place or "secret" in place or ("url" in place and "@" in found)
    shown = "(hidden)" if is_secret else repr(found)
    variable = "__".join(part for part in problem["loc"] if isinstance(part, str)).upper()
    return f"{place} = {shown}: {_fix(problem, fields)}; set it as {PREFIX}{variable} or in {FILE}"


def _fix(problem: ErrorDetails, fields: Mapping[str, FieldInfo]) -> str:
    field = fields.get(str(problem["loc"][0]))
    if field is not None and field.annotation is int:
        return f"write a whole number {_bounds(field)}"
    for beginning, words in WRITE.items():
        if problem["type"].startswith(beginning):
            return words.replace("{expected}", str(problem.get("ctx", {}).get("expected")))
    message = str(problem["msg"]).removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _bounds(field: FieldInfo) -> str:
    limits = [getattr(one, name) for name in ("ge", "le") for one in field.metadata if hasattr(one, name)]
    return "from {} to {}".format(*limits)


def of_variable_text(message: str) -> str:
    """What pydantic says of a variable that should hold a list or a table and cannot be taken apart."""
    named = re.search(r'field "(\w+)"', message)
    name = named[1] if named else ""
    return f"{PREFIX}{name.upper()}: write it as JSON, such as {AS_JSON[name]}" if name in AS_JSON else message
