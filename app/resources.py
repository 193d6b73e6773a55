"""Where the files that ship with the product lie: in a checkout, or inside an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _shipped(name: str) -> Path:
    inside_wheel = _PACKAGE / name
    return inside_wheel if inside_wheel.is_dir() else _PACKAGE.parent / name


def reference_data() -> Path:
    """Registries: contaminants, guideline values, source types, units, flags."""
    return _shipped("data") / "reference"


def demo_data() -> Path:
    """The Meuse flood plain: samples, sources, outline, river and what the loader needs."""
    return _shipped("data") / "demo" / "meuse"


def gazetteer_data() -> Path:
    """Places of the world at city precision."""
    return _shipped("data") / "gazetteer"


def migrations() -> Path:
    """Alembic's revisions."""
    return _shipped("migrations")


def web_static() -> Path:
    """The map page and its vendored libraries."""
    return _PACKAGE / "web" / "static"
