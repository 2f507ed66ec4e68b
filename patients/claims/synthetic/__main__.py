"""Write a synthetic population from a shell; prints the summary as JSON."""

import argparse
import dataclasses
import json
import sys
from datetime import date
from pathlib import Path

from patients.claims.synthetic import population


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m patients.claims.synthetic", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--members", type=int, default=2_000)
    parser.add_argument("--year", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--payer", default="synthetic")
    parser.add_argument("--as-of", type=date.fromisoformat, default=None, help="default: 31 December of the year")
    parser.add_argument(
        "--medicaid-every", type=int, default=0, help="every so manieth member has Medicaid (0: nobody)"
    )
    chosen = parser.parse_args(arguments)
    try:
        summary = population.write(
            chosen.folder,
            members=chosen.members,
            year=chosen.year,
            seed=chosen.seed,
            payer=chosen.payer,
            as_of=chosen.as_of,
            medicaid_every=chosen.medicaid_every,
        )
    except ValueError as problem:
        parser.error(str(problem))
    sys.stdout.write(json.dumps(dataclasses.asdict(summary), indent=2, default=str) + "\n")


if __name__ == "__main__":
    main()
