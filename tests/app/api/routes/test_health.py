"""Whether the service lives, and whether it can work."""

from fastapi.testclient import TestClient

from app.db.embedded import ClusterUrls
from tests.app.conftest import FreshDatabase, renamed, run


def test_healthy(visitor: TestClient) -> None:
    assert visitor.get("/health/live").json() == {"status": "live"}
    assert visitor.get("/health/ready").json() == {"status": "ready"}


def test_ready_is_503_while_the_database_is_gone(client: TestClient, cluster: ClusterUrls) -> None:
    assert client.get("/health/ready").status_code == 200
    maintenance = renamed(cluster.superuser, "postgres")
    run(maintenance, "ALTER DATABASE fresh ALLOW_CONNECTIONS false")
    run(
        maintenance,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'fresh'",
    )
    for path in ("/health/ready", "/api/collections/samples/items"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert answer.json()["detail"].startswith("The database does not answer.")
        assert "fresh" not in answer.text
    assert client.get("/health/live").status_code == 200
    run(maintenance, "ALTER DATABASE fresh ALLOW_CONNECTIONS true")
    assert client.get("/health/ready").status_code == 200


def test_ready_is_503_where_the_schema_is_another(client: TestClient, fresh: FreshDatabase) -> None:
    run(fresh.owner, "UPDATE hotspots.revision SET version_num = 'tomorrow'")
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "hotspots migrate" in answer.json()["detail"]
