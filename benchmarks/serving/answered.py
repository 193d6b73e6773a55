"""How long an order waits whose layer exists: medians of sets of 60 on a running service.

    python -m benchmarks.serving.answered ADDRESS KEY [SETS]

The order is that of the newest layer of an exceedance, with its surface and its value named.
Requests come one after another on a kept connection; a plain loop beside them says how fast the
machine is at that moment.
"""

import http.client
import json
import os
import statistics
import sys
import time
from urllib.parse import urlsplit

_EACH = 60


def measure(address: str, key: str, sets: int) -> None:
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port)
    connection.request("GET", "/api/hotspots")
    layers = json.load(connection.getresponse())["layers"]
    order = _order_of(next(one for one in layers if one["definition"] == "exceedance"))
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for _ in range(sets):
        waits = []
        for _ in range(_EACH):
            started = time.perf_counter()
            connection.request("POST", "/api/hotspots", json.dumps(order), headers)
            answer = json.load(connection.getresponse())
            waits.append(1e3 * (time.perf_counter() - started))
            if answer.get("layer") is None:
                raise SystemExit(f"That order has no layer yet: {answer}")
        print(
            f"median {statistics.median(waits):.1f} ms, least {min(waits):.1f}, most "
            f"{max(waits):.1f}; plain loop {_plain_loop():.2f} s; load {os.getloadavg()[0]:.1f}",
            flush=True,
        )


def _order_of(layer: dict[str, object]) -> dict[str, object]:
    names = ("definition", "contaminant", "surface", "extraction_note", "q")
    order = {name: layer[name] for name in names if layer.get(name) is not None}
    guideline = layer["guideline"]
    if isinstance(guideline, dict):
        return order | {"guideline": guideline["id"]}
    return order | {"threshold": layer["threshold"]}


def _plain_loop() -> float:
    started, total = time.perf_counter(), 0
    for number in range(10_000_000):
        total += number
    return time.perf_counter() - started


if __name__ == "__main__":
    where_to_ask, operator_key, *rest = sys.argv[1:]
    measure(where_to_ask, operator_key, int(rest[0]) if rest else 5)
