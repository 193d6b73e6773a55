"""Hashes of ids lead to the features that have them."""

import numpy as np

from app.services.pages.ids import candidates, hashed, sorted_hashes


def _found(ids: list[bytes], wanted: bytes) -> list[int]:
    return list(candidates(*sorted_hashes(hashed(ids)), wanted))


def test_each_id_leads_to_its_feature_alone() -> None:
    rng = np.random.default_rng(4)
    # As samples loaded together have them: much is the same in all.
    ids = [b"sm_0a1b2c3d" + rng.bytes(12).hex().encode() for _ in range(20_000)]
    ids += [b"rs_%s_%d" % (one[3:], number) for one in ids[:2_000] for number in (1, 2, 10)]
    hashes, numbers = sorted_hashes(hashed(ids))
    assert (hashes[1:] > hashes[:-1]).all()
    assert [list(candidates(hashes, numbers, one)) for one in ids] == [[n] for n in range(len(ids))]


def test_what_is_not_there_leads_nowhere() -> None:
    ids = [b"sm_1", b"sm_2"]
    for wanted in (b"", b"sm_", b"sm_3", b"sm_11", b"\xf0\x9f\x8c\x8d", b"sm_1" * 100):
        assert _found(ids, wanted) == []
    assert _found([], b"sm_1") == []


def test_ids_of_one_hash_are_all_looked_at() -> None:
    begins_alike = b"x" * 64
    assert _found([begins_alike + b"1", b"y", begins_alike + b"2"], begins_alike) == [0, 2]
