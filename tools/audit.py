"""Asks the advisory service about every locked package; `--required` makes it a failure when nobody can be asked."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from runtime_lock import locked

LOCK = Path(__file__).parent.parent / "requirements.lock"
PATIENCE_SECONDS = 900


def main() -> int:
    """1 when a known vulnerability is in the lock; what could not be asked is said, and never counts as clean."""
    blocks = locked(LOCK.read_text(encoding="utf-8"))
    # One package first: a mirror that knows no advisories answers for every one of them that there is nothing.
    if not audited(told := ask(next(iter(blocks.values())))):
        print(f"audit: COULD NOT RUN, the advisory service cannot be asked from here ({why(told)})", flush=True)
        return 1 if "--required" in sys.argv else 0
    told = ask("".join(blocks.values()))
    known, broken = audited(told), [one for one in audited(told) if one["vulns"]]
    for one in broken:
        for flaw in one["vulns"]:
            mended = ", ".join(flaw["fix_versions"]) or "no version yet"
            print(f"audit: {one['name']} {one['version']}: {flaw['id']}, mended in {mended}")
    print(f"audit: {len(known)} of {len(blocks)} locked packages asked about, {len(broken)} with known vulnerabilities")
    return 1 if broken or not known else 0


def ask(requirements: str) -> dict[str, Any]:
    """pip-audit's answer; empty when it had none."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write(requirements)
        file.flush()
        command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
        done = subprocess.run(  # noqa: S603  # our own interpreter, and a file of ours
            [*command, "--format", "json", "-r", file.name],
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {"problem": (done.stderr.strip().splitlines() or ["no answer"])[-1][:200]}
    return answer


def audited(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The packages that the service knows something about, even if it is that there is nothing."""
    return [one for one in told.get("dependencies", []) if "skip_reason" not in one]


def why(told: dict[str, Any]) -> str:
    """The reason why nobody was asked, in the tool's own words."""
    skipped = [str(one.get("skip_reason", "")) for one in told.get("dependencies", [])]
    return str(told.get("problem") or (skipped or ["no answer"])[0])


if __name__ == "__main__":
    sys.exit(main())
