"""Hashes of what was asked."""

from app.services.hashing import sha256_of


def test_order_of_keys_does_not_matter() -> None:
    assert sha256_of({"a": 1, "b": [1, 2]}) == sha256_of({"b": [1, 2], "a": 1})
    assert sha256_of({"a": 1, "b": [1, 2]}) != sha256_of({"a": 1, "b": [2, 1]})
    # sha256 of the text {"a":"铅"}
    assert sha256_of({"a": "铅"}) == (
        "ad1fa9d4f215de3f22a10a2b83dd3601c4179414c6ed226d1a802cbd653c5a15"
    )
