"""The modules of this folder import each other by name, as they do when one is run as a script."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
