"""What the page asks of the service: given up is given up, also while the answer arrives."""

import pytest

from tests.web.conftest import Opener

# An answer of which the first byte came and the rest does not, unless it breaks off.
ASKED = """async ([status, gives_up, first]) => {
  const { getJson } = await import(new URL("static/js/api.js", document.baseURI).href);
  const controller = new AbortController();
  window.fetch = async (target, { signal }) => new Response(new ReadableStream({
    start(body) {
      body.enqueue(new TextEncoder().encode(first));
      signal.addEventListener("abort", () => body.error(signal.reason));
      if (!gives_up) body.close();
    },
  }), { status });
  const asked = getJson("api/x", { signal: controller.signal });
  if (gives_up) setTimeout(() => controller.abort(), 20);
  return asked.then((told) => [told], (fault) => [fault.name, fault.status, fault.offline]);
}"""


@pytest.mark.parametrize(
    ("status", "gives_up", "first", "expected"),
    [
        (200, True, "{", "AbortError"),
        (503, True, "{", "AbortError"),
        (200, False, '{"a":', ["Problem", 0, True]),
        (200, False, "<html>", ["Problem", 0, True]),
        (503, False, "<html>", ["Problem", 503, False]),
        (503, False, '{"title": "T"}', ["Problem", 503, False]),
        (200, False, '{"a": 1}', [{"a": 1}]),
    ],
)
def test_faults_are_told_apart(
    opened: Opener, status: int, gives_up: bool, first: str, expected: object
) -> None:
    with opened("") as (page, _):
        told = page.evaluate(ASKED, [status, gives_up, first])
    assert (told[0] if gives_up else told) == expected
