"""The monitoring files as data, and what a PromQL expression asks for."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "prometheus"
GRAFANA = ROOT / "grafana"
DASHBOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
RULE_TESTS = sorted((PROMETHEUS / "tests").glob("*.yml"))

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_MATCHERS = re.compile(r"\{([^{}]*)\}")
_LABEL_LIST = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)")
_NAME = re.compile(r"(?<![\w:.$])[A-Za-z_:][\w:]*(?!\s*\(|[\w:])")
_KEYWORDS = {"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right"}


class Query(NamedTuple):
    """An expression of a panel."""

    dashboard: str
    panel: dict[str, Any]
    target: dict[str, Any]

    @property
    def expression(self) -> str:
        return str(self.target["expr"])


def load(path: Path) -> Any:  # noqa: ANN401 - YAML and JSON are anything
    text = path.read_text("utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def queries() -> Iterator[Query]:
    """Yield every expression of every panel."""
    for path in DASHBOARDS:
        for panel in load(path)["panels"]:
            for target in panel.get("targets", []):
                yield Query(path.stem, panel, target)


def rules() -> Iterator[dict[str, Any]]:
    for path in RULES:
        for group in load(path)["groups"]:
            yield from group["rules"]


def alerts() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def metric_names(expression: str) -> set[str]:
    """Return the metrics that an expression reads."""
    bare = _LABEL_LIST.sub(" ", _MATCHERS.sub("", _STRING.sub('""', expression)))
    bare = re.sub(r"\[[^]]*\]", "", bare)
    return set(_NAME.findall(bare)) - _KEYWORDS


def label_names(expression: str) -> set[str]:
    """Return the labels that an expression selects, groups or matches by."""
    text = _STRING.sub('""', expression)
    listed = {name.strip() for names in _LABEL_LIST.findall(text) for name in names.split(",")}
    selected = {name for matchers in _MATCHERS.findall(text) for name in re.findall(r"(\w+)\s*[=!]", matchers)}
    return (listed | selected) - {""}
