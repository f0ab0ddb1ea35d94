"""Traffic of a model with histories whose past nobody remembers, as where it is asked without a store of histories."""

import pandas as pd

from functions.core.drift.reference import ReferenceProfile

NO_PAST = "The model was told of no entity's past: these transactions were decided on without a store of histories."


def of_known_past(reference: ReferenceProfile, X: pd.DataFrame) -> ReferenceProfile:
    """Return the reference without history columns, where none of them is known in any of n rows.

    No column is broken upstream then, nor has traffic shifted: decisions would be left out of retrainings for nothing,
    which compute histories of their own. As long as one of them is known, the others count.
    """
    plan = reference.plan
    names = [] if plan is None else [name for name in plan.names if name in reference.features]
    if not names or not len(X) or X[names].notna().any(axis=None):
        return reference
    features = {name: profile for name, profile in reference.features.items() if name not in names}
    return reference.model_copy(update={"features": features})
