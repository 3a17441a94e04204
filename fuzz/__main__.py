"""`python -m fuzz --minutes 10`: each parser in a process of its own, for its share of the time."""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HOSTILE = Path(__file__).parent.parent / "tests" / "fuzz" / "hostile"
SLOWEST_SECONDS = 5  # one input may not take longer
MOST_MEGABYTES = 1_500
LONGEST_INPUT = 16_384


def main() -> int:
    """0 when nothing was found; otherwise 1, and what was found lies in the folder that is named."""
    asked = argparse.ArgumentParser(prog="fuzz")
    asked.add_argument("--minutes", type=float, default=10)
    asked.add_argument("--parser", default="", help="only this one; with --here in this very process")
    asked.add_argument("--found", type=Path, default=None, help="folder for inputs that broke something")
    asked.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    told = asked.parse_args()
    if told.here:
        return search(told.parser, told.minutes * 60, told.found)
    found = told.found or Path(tempfile.mkdtemp(prefix="referhub-fuzz-"))
    return in_turn(told.parser, told.minutes, found)


def in_turn(only: str, minutes: float, found: Path) -> int:
    """Every parser gets the same share of the time."""
    from fuzz.parsers import PARSERS

    names = [only] if only else list(PARSERS)
    broken = []
    for name in names:
        command = [sys.executable, "-m", "fuzz", "--here", "--parser", name, "--found", str(found)]
        done = subprocess.run([*command, "--minutes", str(minutes / len(names))], check=False, capture_output=True)
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        print(f"fuzz: {name}: {'ok' if done.returncode == 0 else 'BROKEN'} {' '.join(last)}", flush=True)
        if done.returncode:
            print(done.stderr.decode(errors="replace")[-4_000:], flush=True)
            broken.append(name)
    print(f"fuzz: {'broken: ' + ', '.join(broken) + f'; the inputs are in {found}' if broken else 'nothing found'}")
    return 1 if broken else 0


def search(name: str, seconds: float, found: Path) -> int:
    """Never returns: libFuzzer ends the process, with a status that says whether anything broke."""
    import atheris

    with atheris.instrument_imports(include=["connectors", "core", "fuzz"], enable_loader_override=False):
        from fuzz.parsers import PARSERS

    found.mkdir(parents=True, exist_ok=True)
    corpus = tempfile.mkdtemp(prefix="referhub-corpus-")
    limits = [f"-max_total_time={max(int(seconds), 1)}", f"-timeout={SLOWEST_SECONDS}"]
    limits += [
        f"-rss_limit_mb={MOST_MEGABYTES}",
        f"-max_len={LONGEST_INPUT}",
        f"-artifact_prefix={found}{os.sep}{name}-",
    ]
    atheris.Setup([sys.argv[0], *limits, corpus, str(HOSTILE)], PARSERS[name])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
