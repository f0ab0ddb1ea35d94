"""The dashboards and their panels."""

import itertools
from typing import Any

import pytest

from tests.contract.monitoring import DASHBOARDS, load

FILES = {path.stem: load(path) for path in DASHBOARDS}


PANELS = [(name, panel) for name, dashboard in FILES.items() for panel in dashboard["panels"]]


DRAWN = [(name, panel) for name, panel in PANELS if panel["type"] not in {"row", "text"}]


each_dashboard = pytest.mark.parametrize("dashboard", FILES.values(), ids=FILES)


def mappings(panel: dict[str, Any]) -> list[dict[str, Any]]:
    config = panel["fieldConfig"]
    overridden = [
        property_["value"]
        for override in config["overrides"]
        for property_ in override["properties"]
        if property_["id"] == "mappings"
    ]
    return list(itertools.chain(config["defaults"]["mappings"], *overridden))
