#!/usr/bin/env python3
"""Recomputes every row of a file in the format of generate.py, and exits 1 where a digit differs.

    python3 test/oracle/check.py FILE [--every N]

Figures are compared as decimals of 30 digits, the condition as one of 6. Needs mpmath. For files that others made,
this is the test that two programs agree.
"""

import argparse
import gzip
import json
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from models import MODELS, figures, solve_vol  # noqa: E402

INPUTS = ("tag", "type", "S", "F", "K", "T", "r", "q", "sigma")
# Where Newton begins; any positive vol leads to the same answer.
FIRST_VOL = 0.5


def read(path):
    data = path.read_bytes()
    return json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)


def recomputed(section, row):
    number = {name: float(row[name]) for name in INPUTS[2:] if name in row}
    spot = number["F"] if "F" in number else number["S"]
    rest = (spot, number["K"], number["T"], number["r"], number.get("q", 0.0))
    if section != "iv":
        return figures(section, row["type"], *rest, number["sigma"])
    answer, why = solve_vol(row["type"], float(row["price"]), *rest, FIRST_VOL)
    return {"price": row["price"], "iv": None, "why": why} if answer is None else dict(
        zip(("price", "iv", "condition"), (row["price"], *answer))
    )


def same(ours, theirs):
    """Equal as decimals where both are numbers, else equal."""
    if ours is None or theirs is None or ours == theirs:
        return ours == theirs
    try:
        return Decimal(ours) == Decimal(theirs)
    except InvalidOperation:
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--every", type=int, default=1, help="check every N-th row of each section")
    arguments = parser.parse_args()
    content = read(arguments.file)
    compared, differing = 0, []
    for section in (*MODELS, "iv"):
        for index, row in enumerate(content.get(section, ())[:: arguments.every]):
            ours = recomputed(section, row)
            for name in row.keys() - set(INPUTS):
                compared += 1
                if not same(ours.get(name), row[name]):
                    where = f"{section}[{index * arguments.every}].{name}"
                    differing.append(f"{where}: {row[name]} in the file, {ours.get(name)} here")
    for line in differing[:20]:
        print(line)
    print(f"{compared} figures compared, {len(differing)} differ")
    return 1 if differing or compared == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
