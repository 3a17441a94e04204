"""Where tests find things: the checkout, and vendors' recorded data that is not part of it."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED_SETTING = "REFERHUB_SHARED_DATA"


def shared_data_path() -> Path:
    """The folder with recorded vendor data; it may be absent."""
    named = os.environ.get(SHARED_SETTING)
    return Path(named) if named else ROOT.parent / "shared" / "data"
