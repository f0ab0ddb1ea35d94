"""``python -m infra.cli`` is ``fraudflow``."""

from infra.cli import main

main()
