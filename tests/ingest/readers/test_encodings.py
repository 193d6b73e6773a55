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


POLISH = (
    "Miejscowość;Głębokość;Ołów [mg/kg]\nŁódź;0-30;12,5\nRuda Śląska;0-30;310\nŻywiec;gleba;<5\n"
)
CZECH = (
    "Lokalita;Hloubka půdy;Olovo;Poznámka\nPříbram;0-25;820;bývalý důl\nZlín;0-25;28;těžké kovy\n"
)
HUNGARIAN = (
    "Település;Mélység;Ólom;Megjegyzés\nGyőr;0-25;31;szántóföld\nFűzfő;0-25;88;ipari terület\n"
)
SLOVENE = (
    "Kraj;Globina;Svinec;Opomba\nMežica;0-20;1200;težke kovine\nkmetija;0-20;95;vzorčenje, živo\n"
)
RUSSIAN = "Проба;Глубина;Свинец, мг/кг\nКарабаш;0-20;820\nозеро Увильды;0-5;28\nПАРК, лёсс;0-5;3\n"
SMALL_RUSSIAN = "проба;глубина;свинец;содержание\nпашня;20;31;среднее\n"
GREEK = "Θέση;Βάθος;Μόλυβδος (μg/kg)\nΛαύριο;0-20;3200\nΆργος;0-20;25\nΑΘΗΝΑ;0-20;88\n"
PORTUGUESE = "Região;Média;Observações\nCamões;12;regiões com poluição, análises\n"
ESTONIAN = "Põld;Sügavus;Märkus\nVõru;20;küntud põld\nJõhvi;20;tööstus\n"
GERMAN_O = "Höhe;Köln;für;Zölle\n"
SWEDISH = "Djup;Träd;Malmö;Åker\nVästerås;20;Åkermark\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (POLISH, "cp1250"),
        (CZECH, "cp1250"),
        (HUNGARIAN, "cp1250"),
        (SLOVENE, "cp1250"),
        (RUSSIAN, "koi8_r"),
        (RUSSIAN, "cp1251"),
        (SMALL_RUSSIAN, "koi8_r"),
        (SMALL_RUSSIAN, "cp1251"),
        (GREEK, "cp1253"),
        (GREEK, "iso8859_7"),
        (PORTUGUESE, "cp1252"),
        (PORTUGUESE, "mac_roman"),
        (ESTONIAN, "cp1252"),
        (GERMAN_O, "cp1252"),
        (GERMAN_O, "mac_roman"),
        (SWEDISH, "cp1252"),
        (SWEDISH, "mac_roman"),
    ],
)
def test_languages_tell_their_code_page_and_the_choice_is_said(
    tmp_path: Path, text: str, encoding: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(text.encode(encoding))
    choice = find_encoding(FileContent(path), None)
    assert choice.name == encoding
    assert path.read_bytes().decode(choice.name) == text
    assert choice.guess is not None
    assert choice.guess.code == "encoding_guessed"
    assert f"was read as {encoding}" in choice.guess.message


def test_words_of_two_languages_of_windows_1250_are_asked_about(tmp_path: Path) -> None:
    text = "Głębokość;půdy;Příbram;żyły"
    with pytest.raises(IngestError, match="State the encoding"):
        found(tmp_path, text.encode("cp1250"))
