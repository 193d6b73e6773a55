"""
The docstrings of spatial, held against numpydoc with the checks of pyproject.toml.

Asked of the imported objects and not of the source text: only they know a property from a method
and the parameters of a dataclass.
"""

import importlib
import inspect
import pkgutil
import tomllib

import pytest
from numpydoc.validate import validate

import spatial

MODULES = [
    module.name
    for module in pkgutil.walk_packages(spatial.__path__, prefix=f"{spatial.__name__}.")
    if not module.ispkg  # numpydoc cannot read a file that is a docstring and nothing else
]


def documented_things(module):
    """Yield the dotted names of what a module defines, with the methods of its classes."""
    yield module.__name__
    for name, thing in vars(module).items():
        is_ours = getattr(thing, "__module__", None) == module.__name__
        if not is_ours or not callable(thing):
            continue
        if not getattr(thing, "_is_protocol", False):  # a protocol has no constructor to document
            yield f"{module.__name__}.{name}"
        if inspect.isclass(thing):
            for member, content in vars(thing).items():
                is_method = inspect.isfunction(content) or isinstance(
                    content, (property, classmethod)
                )
                # NamedTuple and dataclass add methods of their own, all with an underscore.
                if is_method and not member.startswith("_"):
                    yield f"{module.__name__}.{name}.{member}"


@pytest.mark.parametrize("name", MODULES)
def test_docstrings_are_complete(name, repository):
    settings = tomllib.loads((repository / "pyproject.toml").read_text())
    checks = set(settings["tool"]["numpydoc_validation"]["checks"])
    faults = [
        f"{thing}: {code} {words}"
        for thing in documented_things(importlib.import_module(name))
        for code, words in validate(thing)["errors"]
        if code in checks
    ]
    assert not faults, "\n".join(faults)
