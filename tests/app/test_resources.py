"""The files that ship with the product."""

import pytest

from app import resources


def test_every_folder_is_there_with_what_it_must_hold() -> None:
    assert (resources.reference_data() / "contaminants.csv").is_file()
    assert (resources.demo_data() / "demo.toml").is_file()
    assert list(resources.gazetteer_data().glob("places.csv*"))
    assert (resources.migrations() / "env.py").is_file()
    assert (resources.web_static() / "index.html").is_file()


def test_wheel_comes_before_the_checkout(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    package = tmp_path_factory.mktemp("site") / "app"
    monkeypatch.setattr(resources, "_PACKAGE", package)
    assert resources.migrations() == package.parent / "migrations"
    (package / "migrations").mkdir(parents=True)
    assert resources.migrations() == package / "migrations"
