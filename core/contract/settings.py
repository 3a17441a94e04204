"""Settings: what a connection of one kind needs to know, told once, for the form, the command and the check."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from core.contract.errors import WrongSetting


def setting(
    help: str,
    *,
    default: Any = MISSING,
    secret: bool = False,
    label: str = "",
    generated: bool = False,
    unasked: bool = False,
    yes_or_no: bool = False,
) -> Any:
    """A field of a connector's `config_class`: the connect form and command are drawn from it.

    A `secret` one is not shown when the settings are printed. A `generated` one is filled in by the hub with an
    unguessable text when nobody gives it, and then kept. An `unasked` one is for the command line only, and stands on
    no form. A `yes_or_no` one is a box to tick.
    """
    told = {"help": help, "secret": secret, "label": label, "generated": generated}
    metadata = told | {"unasked": unasked, "yes_or_no": yes_or_no}
    return field(default=default, repr=not secret, metadata=metadata)


@dataclass(frozen=True, slots=True)
class SettingSpec:
    """One thing to fill in when connecting."""

    name: str
    label: str
    help: str
    is_secret: bool
    is_required: bool
    is_generated: bool = False
    is_unasked: bool = False
    is_yes_or_no: bool = False


def settings_of(config_class: type) -> list[SettingSpec]:
    """What has to be filled in to connect, in order."""
    return [
        SettingSpec(
            name=entry.name,
            label=entry.metadata.get("label") or entry.name.replace("_", " "),
            help=entry.metadata.get("help", ""),
            is_secret=bool(entry.metadata.get("secret")),
            is_required=entry.default is MISSING and entry.default_factory is MISSING,
            is_generated=bool(entry.metadata.get("generated")),
            is_unasked=bool(entry.metadata.get("unasked")),
            is_yes_or_no=bool(entry.metadata.get("yes_or_no")),
        )
        for entry in fields(config_class)
    ]


def config_from(config_class: type, values: Mapping[str, str]) -> Any:
    """The connection's configuration. Raises `WrongSetting` naming what is missing or unknown."""
    specs = {spec.name: spec for spec in settings_of(config_class)}
    unknown = sorted(set(values) - set(specs))
    if unknown:
        raise WrongSetting(f"unknown setting {unknown[0]!r}: this connector knows {', '.join(specs)}")
    missing = [spec for spec in specs.values() if spec.is_required and not values.get(spec.name)]
    if missing:
        raise WrongSetting(f"{missing[0].name} is missing: {missing[0].help}")
    return config_class(**{name: value for name, value in values.items() if value})
