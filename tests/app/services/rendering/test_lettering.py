"""Letters of dots: every name in the registries can be written, and no two look alike."""

import csv

import numpy as np

from app.resources import reference_data
from app.services.rendering.lettering import HEIGHT, write_text


def test_a_letter_is_what_it_looks_like() -> None:
    rows = ["".join(".#"[int(dot)] for dot in line) for line in write_text("Ti")]
    assert rows == [
        "............",
        "#####...#...",
        "..#.........",
        "..#....##...",
        "..#.....#...",
        "..#.....#...",
        "..#.....#...",
        "..#....###..",
        "............",
    ]


def test_names_of_contaminants_and_frameworks_can_be_written() -> None:
    letters = set("≤≥µ%αβγδßæ")
    for name, column in (("contaminants.csv", "name_en"), ("guideline_values.csv", "framework")):
        with (reference_data() / name).open(encoding="utf-8", newline="") as file:
            letters |= {letter for row in csv.DictReader(file) for letter in row[column] or ""}
    assert len(letters) > 60
    missing = write_text("\u4e00")
    drawn = {letter: write_text(letter) for letter in letters}
    for letter, dots in drawn.items():
        assert dots.shape == (HEIGHT, 6)
        assert not np.array_equal(dots, missing), letter
    assert len({dots.tobytes() for dots in drawn.values()}) == len(drawn)


def test_accents_are_left_out() -> None:
    assert np.array_equal(write_text("Prüfwert é"), write_text("Prufwert e"))
