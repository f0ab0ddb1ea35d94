"""Cost of drift detection, and its growth with rows and columns."""

import time
import tracemalloc

import numpy as np
import pandas as pd

from benchmarks.drift_data import SAMPLE_ROWS, Figures
from functions.core.drift import NewData, detect_drift
from functions.core.drift.reference import build_reference, reference_sample

PUBLIC_SHAPE = (284_807, 30)


def speed() -> Figures:
    """Cost in processor seconds of one core, and its growth."""
    rows, columns = PUBLIC_SHAPE
    figures: Figures = {}
    print(f"\nCost, processor seconds\n{'rows':>10} {'columns':>8} {'profile':>9} {'compare':>9} {'together':>9}")
    for shape in ((rows, columns), (2 * rows, columns), (4 * rows, columns), (rows, 2 * columns), (rows, 4 * columns)):
        X = pd.DataFrame(np.random.default_rng(0).normal(size=shape[::-1]).T)
        X.columns = [f"V{number}" for number in range(shape[1])]
        y, scores = np.zeros(len(X)), np.random.default_rng(1).beta(0.1, 9, len(X))
        sample = reference_sample(X, rows=SAMPLE_ROWS, seed=0)
        started = time.process_time()
        reference = build_reference(X, y, scores)
        profiled = time.process_time()
        detect_drift(reference, NewData(X, y, scores))
        compared = time.process_time()
        detect_drift(reference, NewData(X, y, scores), sample=sample)
        ended = time.process_time()
        cost = (profiled - started, compared - profiled, ended - compared - (compared - profiled))
        print(f"{shape[0]:>10,} {shape[1]:>8} {cost[0]:>9.2f} {cost[1]:>9.2f} {cost[2]:>9.2f}")
        figures[f"{shape[0]}x{shape[1]}"] = dict(zip(("profile", "compare", "together"), cost, strict=True))
        if shape == PUBLIC_SHAPE:
            tracemalloc.start()
            detect_drift(reference, NewData(X, y, scores), sample=sample)
            peak = tracemalloc.get_traced_memory()[1] / X.to_numpy().nbytes
            tracemalloc.stop()
            size = len(reference.model_dump_json())
            figures |= {"peak_memory_of_data": peak, "profile_bytes": size, "sample_rows": SAMPLE_ROWS}
    print(
        f"Memory beside the data: {figures['peak_memory_of_data']:.2f} of it; "
        f"the profile of 30 features: {figures['profile_bytes']:,} bytes"
    )
    return figures
