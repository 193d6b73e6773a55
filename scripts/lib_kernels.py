#!/usr/bin/env python3
"""Compile every kernel beside its source, as the service does before its first surface.

Called by scripts/test, so that no two tests compile the same kernel at the same time.
"""

import os
import sys
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[1]


def main() -> None:
    """Compile what is not compiled yet, in two processes."""
    sys.path.insert(0, str(HOUSE))
    from app.jobs.engine import ready_engine

    with ready_engine(min(2, os.cpu_count() or 1), HOUSE, print):
        pass


if __name__ == "__main__":
    main()
