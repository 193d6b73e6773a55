"""Files that cannot be right: each ends in a sentence with cause and remedy, and loads nothing."""

from pathlib import Path

import pytest

from tests.end_to_end.service import Service, run_command

GOOD = "x,y,zinc (mg/kg)\n181072,333611,1022\n181025,333558,1141\n"


def _ingest(workshop: Service, path: Path, *options: str) -> tuple[int, str]:
    done = run_command(
        *("ingest", "samples", str(path), "--dataset", "bad", "--data", str(workshop.folder)),
        *options,
    )
    return done.returncode, done.stdout + done.stderr


def _write(folder: Path, text: str) -> Path:
    path = folder / "file.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_without_coordinates_is_refused(workshop: Service, tmp_path: Path) -> None:
    path = _write(tmp_path, "site,zinc (mg/kg)\nA,12\nB,15\n")
    code, said = _ingest(workshop, path)
    assert code == 1
    assert "coordinate" in said.lower()
    assert "file.csv" in said


def test_unknown_reference_system_names_the_option(workshop: Service, tmp_path: Path) -> None:
    code, said = _ingest(workshop, _write(tmp_path, GOOD))
    assert code == 1
    assert "EPSG" in said


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("181072,333611,a lot", "a lot"),
        ("181072,333611,-5", "below zero"),
        ("99999999,333611,12", "file.csv"),
    ],
)
def test_a_bad_row_is_quarantined_and_named(
    workshop: Service, tmp_path: Path, row: str, word: str
) -> None:
    path = _write(tmp_path, f"x,y,zinc (mg/kg)\n{row}\n181025,333558,1141\n")
    code, said = _ingest(workshop, path, "--crs", "28992")
    assert code == 0, said
    assert "1 quarantined" in said
    assert "row 2" in said
    assert word in said


def test_the_same_file_again_changes_nothing_and_says_so(workshop: Service, tmp_path: Path) -> None:
    path = _write(tmp_path, GOOD)
    options = ("--crs", "28992", "--dataset", "twice")
    first, said = _ingest(workshop, path, *options)
    assert first == 0, said
    again, said = _ingest(workshop, path, *options)
    assert again == 0
    assert "0 loaded, 2 unchanged" in said
    assert "nothing changed" in said


def test_a_refused_file_publishes_nothing(workshop: Service, tmp_path: Path) -> None:
    good = _write(tmp_path, GOOD)
    assert _ingest(workshop, good, "--crs", "28992", "--dataset", "secret")[0] == 0
    bad = _write(tmp_path, "site,zinc (mg/kg)\nA,12\n")
    assert _ingest(workshop, bad, "--dataset", "secret", "--visibility", "public")[0] == 1
    names = {entry["name"] for entry in workshop.json("/api/datasets")["datasets"]}
    assert names == {"meuse-floodplain", "meuse-historical-works"}


@pytest.mark.parametrize("option", [("--depth-upper-cm", "nan"), ("--visibility", "open")])
def test_an_option_that_cannot_be_is_a_sentence(
    workshop: Service, tmp_path: Path, option: tuple[str, str]
) -> None:
    code, said = _ingest(workshop, _write(tmp_path, GOOD), "--crs", "28992", *option)
    assert code == 1
    assert "Traceback" not in said
    assert option[0].removeprefix("--").replace("-", "_") in said
