"""The ``hotspots`` command. Exit codes: 0 done, 1 it failed or something is wrong, 2 usage."""

from app.cli.commands import main

__all__ = ["main"]
