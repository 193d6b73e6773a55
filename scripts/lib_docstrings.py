#!/usr/bin/env python3
"""Validate the docstrings of every public object of some packages with numpydoc.

``numpydoc lint`` reads the source only and so knows neither a dataclass's parameters nor a
property; this imports the objects. The checks are those of pyproject's [tool.numpydoc_validation].
Called by scripts/test: ``python scripts/lib_docstrings.py spatial``.
"""

import importlib
import inspect
import pkgutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from numpydoc.validate import validate

HOUSE = Path(__file__).resolve().parents[1]


def modules(package: str) -> Iterator[ModuleType]:
    """Yield the package and everything below it."""
    root = importlib.import_module(package)
    yield root
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        yield importlib.import_module(found.name)


def public_objects(module: ModuleType) -> Iterator[str]:
    """Yield the full names of what the module itself defines and offers."""
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(thing):
            yield f"{module.__name__}.{name}"
        if inspect.isclass(thing):
            if not getattr(thing, "_is_protocol", False):  # a protocol is never constructed
                yield f"{module.__name__}.{name}"
            for member, value in vars(thing).items():
                if not member.startswith("_") and isinstance(
                    value, (property, staticmethod, classmethod, type(public_objects))
                ):
                    yield f"{module.__name__}.{name}.{member}"


def main(packages: list[str]) -> int:
    """Print what is wrong; return 1 where anything is."""
    sys.path.insert(0, str(HOUSE))
    settings = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    checks = set(settings["tool"]["numpydoc_validation"]["checks"])
    # ruff sees to the modules' own docstrings.
    objects = [
        name
        for package in packages
        for module in modules(package)
        for name in public_objects(module)
    ]
    wrong = 0
    for name in objects:
        result = validate(name)
        for code, message in result["errors"]:
            if code in checks:
                wrong += 1
                print(f"{result['file']}:{result['file_line']}: {name}: {code} {message}")
    print(f"{len(objects)} docstrings, {wrong} findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
