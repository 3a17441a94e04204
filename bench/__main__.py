"""`python -m bench`: measures everything, prints medians and the ratios that the project aims at."""

import argparse
import json
import sys
from dataclasses import replace

from bench.report import as_json, as_text
from bench.rounds import QUICK, Size, run


def main(arguments: list[str] | None = None) -> int:
    """The measures are printed; 0 whatever they are, for another machine's numbers are no failure."""
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, to see that everything works")
    parser.add_argument("--json", action="store_true", help="every round as JSON instead of a table")
    parser.add_argument("--rounds", type=int, help="how many rounds")
    parser.add_argument("--threads", type=int, help="threads of the server, instead of the product's default")
    given = parser.parse_args(arguments)
    told = {name: value for name in ("rounds", "threads") if (value := getattr(given, name)) is not None}
    results = run(replace(QUICK if given.quick else Size(), **told), lambda words: print(words, file=sys.stderr))
    print(json.dumps(as_json(results), indent=2) if given.json else as_text(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
