"""How soon a new champion that does harm is found after a swap, and how often one that does none is taken back.

Two versions score the same made transactions, with alarms drawn independently. The rules are looked at after each ten
of them. The last line is one JSON object: by case, the median and the 90th percentile of transactions until harm is
certain, and the share of swaps that were taken back within 20,000 transactions.
"""

import json
from collections import Counter

import numpy as np

from functions.core.loop.swap_harm import ALPHA, Made, harm
from functions.core.loop.swap_limits import LIMITS

SWAPS = 200
TRANSACTIONS = 20_000
LOOK = 10
# Rates of the new champion and of the former one, and the event.
CASES: dict[str, tuple[float, float, Made]] = {
    "scores nothing": (1.0, 0.0, "failed"),
    "fails on 5 %": (0.05, 0.0, "failed"),
    "alarms on all": (1.0, 0.01, "alarm"),
    "alarms on 10 % for 1 %": (0.10, 0.01, "alarm"),
    "alarms on 5 % for 1 %": (0.05, 0.01, "alarm"),
    "alarms on nothing for 2 %": (0.0, 0.02, "alarm"),
    "alarms on nothing for 0.2 %": (0.0, 0.002, "alarm"),
    "twice the alarms": (0.02, 0.01, "alarm"),
    "the same alarms": (0.01, 0.01, "alarm"),
    "at the limit of alarms": (0.01 * LIMITS["more_alarms"].factor + LIMITS["more_alarms"].margin, 0.01, "alarm"),
    "at the limit of failures": (LIMITS["failures"].margin, 0.0, "failed"),
}


def main() -> None:
    """Print a line for each case, and all as JSON."""
    found = {name: _measured(*case, seed) for seed, (name, case) in enumerate(CASES.items())}
    for name, each in found.items():
        print(
            f"{name:<28} taken back {each['taken_back']:7.2%}   median {each['median']!s:>8}   p90 {each['p90']!s:>8}"
        )
    print(json.dumps({"alpha": ALPHA, "swaps": SWAPS, "transactions": TRANSACTIONS, "cases": found}))


def _measured(new: float, former: float, event: Made, seed: int) -> dict[str, float | None]:
    random = np.random.default_rng(seed)
    ends = [_until_certain(random, new, former, event) for _ in range(SWAPS)]
    certain = [each for each in ends if each is not None]
    is_found = len(certain) > SWAPS / 2
    return {
        "taken_back": len(certain) / SWAPS,
        "median": float(np.median(certain)) if is_found else None,
        "p90": float(np.quantile(certain, 0.9)) if is_found else None,
    }


def _until_certain(random: np.random.Generator, new: float, former: float, event: Made) -> int | None:
    names: tuple[Made, Made] = ("pass", event)
    flags = random.random((2, TRANSACTIONS)) < np.array([[new], [former]])
    kinds = (2 * flags[0] + flags[1]).reshape(-1, LOOK)
    counts = np.stack([(kinds == kind).sum(1).cumsum() for kind in range(4)], axis=1)
    for number, look in enumerate(counts.tolist(), 1):
        pairs = Counter({(names[kind // 2], names[kind % 2]): look[kind] for kind in range(4)})
        if harm(pairs) is not None:
            return number * LOOK
    return None


if __name__ == "__main__":
    main()
