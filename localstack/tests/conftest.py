"""Makes the package importable from the project's own environment: its pure parts need no LocalStack."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
