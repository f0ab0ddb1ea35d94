"""The workflows, what they build within which limits, and the resources of the roles that they take."""

from typing import Any

import yaml

from tests.contract.monitoring import ROOT, load

FOLDER = ROOT / ".github" / "workflows"


WORKFLOWS: dict[str, dict[str, Any]] = {path.stem: load(path) for path in sorted(FOLDER.glob("*.yml"))}


_INCLUDED = WORKFLOWS["images"]["jobs"]["build"]["strategy"]["matrix"]["include"]


# An image's Dockerfile, and the megabytes that its files may have.
BUILT = {each["image"]: (ROOT / each["dockerfile"], each["megabytes"]) for each in _INCLUDED if "image" in each}


class _Tags(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, by their arguments alone."""


def _argument(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:  # noqa: ANN401 - YAML is anything
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    assert isinstance(node, yaml.SequenceNode)
    return loader.construct_sequence(node)


_Tags.add_multi_constructor("!", _argument)
DELIVERY = yaml.load((ROOT / "infra" / "delivery.yaml").read_text("utf-8"), _Tags)["Resources"]  # noqa: S506 - a SafeLoader
