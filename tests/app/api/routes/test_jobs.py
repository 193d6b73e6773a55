"""Jobs over HTTP."""

from fastapi.testclient import TestClient

from app.services.runtime import Runtime


def test_job_is_watched_and_cancelled(operator: TestClient) -> None:
    job = operator.post("/api/surfaces", json={"contaminant": "zn"}).json()["job"]
    address = f"/api/jobs/{job['id']}"
    cancelled = operator.delete(address)
    assert cancelled.status_code == 200
    assert cancelled.json()["status"] == "cancelled"
    assert operator.get(address).json()["status"] == "cancelled"
    again = operator.delete(address)
    assert again.status_code == 409
    assert "cancelled already" in again.json()["detail"]


def test_unknown_job_is_404(operator: TestClient, runtime: Runtime) -> None:
    for name in ("x", "jb_" + "0" * 32, "sf_" + "0" * 32):
        assert operator.get(f"/api/jobs/{name}").status_code == 404
        assert operator.delete(f"/api/jobs/{name}").status_code == 404
