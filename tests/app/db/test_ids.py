"""Ids as the outside sees them."""

import uuid

import pytest

from app.db import ids

UID = uuid.UUID("0a1b2c3d-0000-4000-8000-00000000ffff")


def test_shown_id_is_read_back() -> None:
    assert ids.show("surface", UID) == "sf_0a1b2c3d000040008000" + "00000000ffff"
    for kind in ids.PREFIXES:
        assert ids.parse(kind, ids.show(kind, UID)) == UID
    assert len(set(ids.PREFIXES.values())) == len(ids.PREFIXES)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sf_",
        "sm_" + UID.hex,
        "sf_" + UID.hex.upper(),
        f"sf_{UID}",
        f"sf_{UID.hex}\n",
        "sf_" + "g" * 32,
    ],
)
def test_anything_else_is_no_id(text: str) -> None:
    assert ids.parse("surface", text) is None
