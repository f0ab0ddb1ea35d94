"""The Compose file, its services and their Dockerfiles."""

import re
from pathlib import Path
from typing import Any

from tests.contract.monitoring import ROOT, load

VARIABLE = re.compile(r"\$\{(\w+)(:[-?+][^}]*)?\}")


COMPOSE = load(ROOT / "docker-compose.yml")


SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


# Of Lambda, and of no container of the stack.
FUNCTIONS_DOCKERFILE = ROOT / "lambda" / "Dockerfile"


DOCKERFILES = {name: ROOT / each["build"]["dockerfile"] for name, each in SERVICES.items() if "build" in each}


def environment(service: str, **variables: str) -> dict[str, str]:
    """Return a service's environment with these variables, and with the defaults of those that are not given."""
    return {
        name: VARIABLE.sub(lambda found: variables.get(found[1], (found[2] or "")[2:]), str(value)).replace("\\", "")
        for name, value in SERVICES[service]["environment"].items()
    }


def steps(path: Path) -> list[tuple[str, str]]:
    """Return a Dockerfile's instructions and their arguments, continued lines joined."""
    text = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", path.read_text("utf-8"), flags=re.MULTILINE))
    return [
        (word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in text.splitlines()) if word
    ]
