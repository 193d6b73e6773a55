"""The formats this package knows: one TOML file each, in the language of saved mappings."""

from functools import cache
from importlib import resources

from ingest.mapping.model import Mapping
from ingest.mapping.serial import from_toml


@cache
def known_formats() -> tuple[Mapping, ...]:
    """Return the known formats in the order of their names.

    Returns
    -------
    tuple of Mapping
        One for each TOML file of this folder.

    Examples
    --------
    >>> "usgs-ds801" in [known.name for known in known_formats()]
    True
    """
    files = sorted(
        (entry for entry in resources.files(__name__).iterdir() if entry.name.endswith(".toml")),
        key=lambda entry: entry.name,
    )
    return tuple(from_toml(entry.read_text(encoding="utf-8")) for entry in files)
