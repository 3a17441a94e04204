"""A headless Chromium for tests: found on this machine, never downloaded."""

import os
import shutil
from pathlib import Path

SETTING = "REFERHUB_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome")

# Without these Chromium looks for its maker's servers at every start.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


def chromium_path() -> str | None:
    """Where the browser is: the one named in REFERHUB_CHROMIUM, else the first on PATH."""
    named = os.environ.get(SETTING)
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


def environment(home: Path) -> dict[str, str | float | bool]:
    """The environment to start it in: whatever it wants to keep, it keeps under this home."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    return {**inherited, "HOME": str(home)}


def launch_arguments() -> list[str]:
    """The switches to start it with; Chromium's own sandbox refuses to work for root."""
    return [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else list(QUIET)
