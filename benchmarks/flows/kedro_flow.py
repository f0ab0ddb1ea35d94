"""The seven steps as a Kedro pipeline, one after another in one process; data sets stay in memory, uncopied."""

import steps
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import node, pipeline
from kedro.runner import SequentialRunner


def main() -> None:
    """Run the pipeline."""
    nodes = [node(steps.FIRST, inputs=None, outputs=steps.NAMES[0], name=steps.NAMES[0])]
    for before, step in zip(steps.NAMES, steps.FOLLOWING, strict=False):
        nodes.append(node(step, inputs=before, outputs=step.__name__, name=step.__name__))
    catalog = DataCatalog({name: MemoryDataset(copy_mode="assign") for name in steps.NAMES})
    SequentialRunner().run(pipeline(nodes), catalog)


if __name__ == "__main__":
    main()
