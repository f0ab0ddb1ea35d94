"""Start LocalStack: ``python -m fraudflow_localstack``."""

import sys

from fraudflow_guard.upstream import UpstreamError, check

from fraudflow_localstack.patches.manifest import PATCHES


def main() -> str | None:
    """Start LocalStack on the sources that the patches were written for; return what is wrong, if anything."""
    try:
        check(PATCHES)
    except UpstreamError as error:
        return str(error)
    # Imported after the check: LocalStack reads its settings, and starts threads, when it is imported.
    from localstack.runtime.main import main as start_localstack  # noqa: PLC0415

    from fraudflow_localstack.patches import service_catalog  # noqa: PLC0415

    service_catalog.use()
    start_localstack()
    return None


if __name__ == "__main__":
    sys.exit(main())
