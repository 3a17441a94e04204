"""What the screens ask of the sources' own code, as the composition root hands it over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.contract.connector import SourceAccount
from core.services.connect_form import Connected, Kind
from core.services.disconnect import Farewell
from core.services.field_verbs import FieldPlace

FinishInstall = Callable[[str, str, str], tuple[Any, SourceAccount, list[str]]]


@dataclass(frozen=True, slots=True)
class Connecting:
    """The verbs behind the pages on which sources are connected and left; ids are those of connections.

    `fill_in` raises `BadField`, the others a `ConnectorError`. `rotate` returns the new address and until when the old
    one works.
    """

    kinds: Callable[[], list[Kind]]
    fill_in: Callable[[str, str, dict[str, str]], Connected]
    test: Callable[[str], SourceAccount]
    switch: Callable[[str, bool], object]
    rotate: Callable[[str, timedelta], tuple[str, datetime]]
    leave: Callable[[str, bool], Farewell]
    steps_after: Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Sources:
    """The verbs behind the few pages that do more than read tables.

    `abilities` says of a connector's key which parts of the contract it has, `fields` of a connection's id where each
    field goes; `retry` tries its parked records again and says how many. Both raise `WrongSetting` where no field is
    written.
    """

    finish_install: FinishInstall
    abilities: Callable[[str], frozenset[str]]
    fields: Callable[[str], list[FieldPlace]]
    retry: Callable[[str], int]
    connecting: Connecting | None = None


# What makes them for the hub of one merchant; the composition root knows what else that hub can do.
SourcesOf = Callable[[Any], Sources]
