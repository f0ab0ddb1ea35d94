"""What a workflow must know of a stage before it can deploy it, as a step's outputs.

``python -m infra.tools.stage_outputs dev >> "$GITHUB_OUTPUT"``
"""

import sys

from infra.deployment.stages import StageError, read_stage


def main(name: str) -> int:
    """Print the stage's region and architecture; return the exit code."""
    try:
        stage = read_stage(name)
    except StageError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    print(f"region={stage.region}\narchitecture={stage.architecture}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
