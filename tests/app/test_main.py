"""The application opens its installation itself where nobody handed it one."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.strict import StrictRoute
from app.errors import NotMigrated
from app.main import create_app, warm_up
from app.settings import DatabaseSettings, Settings, StorageSettings
from tests.app.conftest import FreshDatabase, run


def _settings(url: str, folder: Path) -> Settings:
    return Settings(
        database=DatabaseSettings(database_url=url), storage=StorageSettings(data_dir=folder)
    )


def test_application_opens_and_closes_its_installation(
    fresh: FreshDatabase, tmp_path: Path
) -> None:
    app = create_app(_settings(fresh.api, tmp_path))
    with TestClient(app, base_url="http://127.0.0.1") as caller:
        assert caller.get("/health/ready").status_code == 200
        assert app.state.runtime.database.url == fresh.api


def test_start_on_a_database_that_does_not_fit_is_one_sentence(
    fresh: FreshDatabase, tmp_path: Path
) -> None:
    run(fresh.owner, "DROP SCHEMA hotspots CASCADE")
    app = create_app(_settings(fresh.api, tmp_path))
    with pytest.raises(NotMigrated, match="hotspots migrate"), TestClient(app):
        pytest.fail("it started")


def test_long_answers_are_packed(visitor: TestClient) -> None:
    answer = visitor.get("/api/contaminants", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.json()["contaminants"]) == 144


def test_routes_make_nothing_at_the_first_request_when_they_are_warm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    usual = StrictRoute.get_route_handler

    def counted(route: Any) -> Any:
        made.append(route.path)
        return usual(route)

    app = create_app(Settings())
    monkeypatch.setattr(StrictRoute, "get_route_handler", counted)
    warm_up(app)
    assert len(made) > 50
    made.clear()
    caller = TestClient(app, base_url="http://127.0.0.1")
    assert caller.get("/health/live").status_code == 200
    assert made == []
