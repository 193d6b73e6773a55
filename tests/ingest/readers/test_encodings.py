from pathlib import Path

import pytest

from ingest.errors import IngestError
from ingest.readers.content import FileContent
from ingest.readers.encodings import find_encoding


def found(folder: Path, content: bytes, stated: str | None = None) -> str:
    path = folder / "file"
    path.write_bytes(content)
    return find_encoding(FileContent(path), stated).name


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"plain", "utf-8"),
        ("Länge µg/kg".encode(), "utf-8"),
        ("铅".encode("utf-8-sig"), "utf-8-sig"),
        ("铅".encode("utf-16"), "utf-16"),
        ("Länge;Cadmium [µg/kg]".encode("latin-1"), "cp1252"),
        ("échantillon;prélèvement".encode("cp1252"), "cp1252"),
        ("Свинец;Цинк мг/кг;широта".encode("cp1251"), "cp1251"),
        ("経度,緯度,鉛(mg/kg)\n採取地点,土壌の深さ\n".encode("shift_jis"), "cp932"),
        ("经度,纬度,铅(mg/kg)\n采样地点,土壤深度\n".encode("gb18030"), "gb18030"),
        ("Länge;Größe;prélèvement".encode("mac_roman"), "mac_roman"),
        ("lon;lat;Pb\n5,1;52".encode("utf-16-le"), "utf-16-le"),
        ("lon;lat;Pb\n5,1;52".encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_encoding_is_found(tmp_path: Path, content: bytes, name: str) -> None:
    assert found(tmp_path, content) == name


def test_guess_is_a_warning_with_its_evidence(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes("Standort;Länge".encode("latin-1"))
    guess = find_encoding(FileContent(path), None).guess
    assert guess is not None
    assert guess.severity == "warning"
    assert "read as cp1252: all 1 words" in guess.message
    assert 'for example "Länge"' in guess.message


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("ołów żyły", "cp1250"),
        ("βάθος", "cp1253"),
        ("鉛", "shift_jis"),
    ],
)
def test_other_encodings_are_asked_for_with_the_offset(
    tmp_path: Path, text: str, encoding: str
) -> None:
    content = b"a" * 2_000_000 + text.encode(encoding)
    with pytest.raises(UnicodeDecodeError) as invalid:
        content.decode()
    first = invalid.value.start
    with pytest.raises(IngestError, match="State the encoding") as caught:
        found(tmp_path, content)
    assert caught.value.code == "encoding_unknown"
    assert f"at offset {first})" in str(caught.value)
    assert found(tmp_path, content, encoding) == {"mac_roman": "mac-roman"}.get(encoding, encoding)


def test_character_across_two_chunks_is_valid(tmp_path: Path) -> None:
    assert found(tmp_path, b"a" * ((1 << 20) - 1) + "µ".encode()) == "utf-8"


@pytest.mark.parametrize("stated", ["klingon", "rot13", "zip", "a\x00b", ""])
def test_unusable_statement_is_refused(tmp_path: Path, stated: str) -> None:
    with pytest.raises(IngestError, match="The stated encoding"):
        found(tmp_path, b"abc", stated)
