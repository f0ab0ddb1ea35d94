"""LightGBM trained on a worker's own rows, by one worker or by several that form LightGBM's own collective."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.training.algorithms import Parameter
from functions.core.training.boosting import library
from functions.core.training.own_rows import BLOCK_ROWS, GroupOfRows, Matrix, OwnTable

type Tick = Callable[[str], None]

# Minutes that LightGBM tries to reach the others; those who watch the worker are quicker.
_MINUTES = 2
# All columns are kept whatever their few rows in the sample of bins: else workers would have to agree on them.
_SHARED: Mapping[str, Parameter] = {"feature_pre_filter": False, "pre_partition": True, "force_row_wise": True}
# Of the text of a model: who trained it, and by how many threads. The trees do not depend on it.
_OF_THE_PLACE = re.compile(r"^\[(machines|local_listen_port|num_threads|time_out): .*\]$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Collective:
    """The workers that train together: the address ``host:port`` of each, by rank, and one's own rank."""

    addresses: tuple[str, ...]
    rank: int

    @property
    def parameters(self) -> dict[str, Parameter]:
        """LightGBM's parameters; none where one worker is alone."""
        if len(self.addresses) == 1:
            return {}
        return {
            "tree_learner": "data",
            "num_machines": len(self.addresses),
            "machines": ",".join(self.addresses),
            "local_listen_port": int(self.addresses[self.rank].rpartition(":")[2]),
            "time_out": _MINUTES,
        }


def binned(table: OwnTable, bins: Matrix, parameters: Mapping[str, Parameter], tick: Tick) -> Any:  # noqa: ANN401 (imported late)
    """Read a worker's rows into LightGBM's data set, a byte a cell.

    Bins are those of the same sample for every worker, so that they agree without asking each other, and so that they
    do not depend on how many workers there are.

    Args:
        table: the rows.
        bins: encoded rows (m, width) that the bins are computed from.
        parameters: LightGBM's.
        tick: told after each block.
    """
    lightgbm = library("lightgbm")

    class Rows(lightgbm.Sequence):  # type: ignore[misc, name-defined]  # LightGBM publishes no types
        """The chosen rows of one group, which is read when the first of them is asked for."""

        batch_size = BLOCK_ROWS

        def __init__(self, group: GroupOfRows) -> None:
            self._group = group
            self._frame: pd.DataFrame | None = None

        def __len__(self) -> int:
            return len(self._group.chosen)

        def __getitem__(self, places: slice) -> Matrix:
            if self._frame is None:
                self._frame = table.frame(self._group)
            rows = table.encode(self._frame.iloc[places], self._group.shares[places])
            if places.stop >= len(self):
                self._frame = None
            tick("read")
            return rows

    settings = {**parameters, **_SHARED}
    names = [f"Column_{place}" for place in range(bins.shape[1])]
    sample = lightgbm.Dataset(
        bins,
        np.zeros(len(bins)),
        params=settings,
        feature_name=names,
        free_raw_data=True,
    ).construct()
    return lightgbm.Dataset(
        [Rows(group) for group in table.groups],
        table.labels,
        weight=_or_none(table.weights),
        reference=sample,
        params=sample.get_params(),
    ).construct()


def boost(data: Any, parameters: Mapping[str, Parameter], trees: int, *, collective: Collective, tick: Tick) -> str:  # noqa: ANN401 (imported late)
    """Train so many trees, together with the others of the collective, and return the model's text.

    Every worker gets the same trees; the text does not tell where they were trained.
    """

    def after_tree(_: object) -> None:
        tick("tree")

    own = {**parameters, **_SHARED, **collective.parameters}
    booster = library("lightgbm").train(own, data, trees, callbacks=[after_tree])
    return without_places(booster.model_to_string(num_iteration=-1))


def without_places(text: str) -> str:
    """Return a model's text without addresses, ports and threads of those who trained it."""
    return _OF_THE_PLACE.sub(lambda found: f"[{found[1]}: ]", text)


def _or_none(weights: NDArray[np.float32]) -> NDArray[np.float32] | None:
    return None if (weights == 1).all() else weights
