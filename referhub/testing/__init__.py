"""The conformance kit: tests that any connector inherits, the network they are run over, and recordings as files."""

try:
    import pytest  # noqa: F401
except ImportError as problem:  # the hub itself never needs it
    raise ImportError("the conformance kit runs under pytest: pip install 'referhub[testing]'") from problem

from referhub.testing.contract import ConnectorContract
from referhub.testing.faulty_http import AFTER_THE_EFFECT, BEFORE_THE_EFFECT, Call, FaultyHttp, Meeting, Trouble
from referhub.testing.recordings import Recording, recordings_in
from referhub.testing.shape import faults_of, shown
from referhub.testing.source import Source
from referhub.testing.store_app import StoreAppContract

__all__ = [
    "AFTER_THE_EFFECT",
    "BEFORE_THE_EFFECT",
    "Call",
    "ConnectorContract",
    "FaultyHttp",
    "Meeting",
    "Recording",
    "Source",
    "StoreAppContract",
    "Trouble",
    "faults_of",
    "recordings_in",
    "shown",
]
