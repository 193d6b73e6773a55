"""Every method has its page, and every example on the pages runs."""

import re
from pathlib import Path

import pytest

from spatial.hotspots.registry import DEFINITIONS
from spatial.interpolation.censoring.registry import SUMMARIES
from spatial.interpolation.covariance import MODEL_NAMES
from spatial.interpolation.estimators import ESTIMATORS
from spatial.interpolation.registry import METHODS
from spatial.interpolation.transforms.registry import TRANSFORMS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = sorted((DOCS / "methods").glob("*.md"))
WITH_EXAMPLES = [page for page in PAGES if "```python" in page.read_text(encoding="utf-8")]
# What a reader who is no geostatistician looks for on the page of a method.
PARTS = (
    "**In plain words.**",
    "**Formula.**",
    "**Use it.**",
    "**Checked against.**",
    "**Limits.**",
)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_method_has_a_page_with_all_its_parts(name: str) -> None:
    text = (DOCS / "methods" / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert f"(`{name}`)" in text.splitlines()[0]
    assert [part for part in PARTS if part not in text] == []


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("variogram.md", ESTIMATORS),
        ("transforms.md", TRANSFORMS),
        ("censored_values.md", SUMMARIES),
        ("declustering.md", ("cell", "polygonal")),
        ("hotspots.md", DEFINITIONS),
    ],
)
def test_every_registered_name_has_a_heading(page: str, names: dict[str, object]) -> None:
    text = (DOCS / "methods" / page).read_text(encoding="utf-8")
    headings = " ".join(line for line in text.splitlines() if line.startswith("#"))
    assert [name for name in names if f"(`{name}`)" not in headings] == []


def test_every_covariance_model_is_in_the_table() -> None:
    text = (DOCS / "methods" / "variogram_models.md").read_text(encoding="utf-8")
    assert [name for name in MODEL_NAMES if f"\n| `{name}` |" not in text] == []


def test_the_index_names_every_page_and_no_other() -> None:
    index = (DOCS / "methods.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\(methods/(\w+\.md)\)", index)) == {page.name for page in PAGES}


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_run(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scope: dict[str, object] = {}
    for block in re.findall(
        r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    ):
        # The blocks of one page follow each other, as cells of a notebook do.
        exec(compile(block, page.name, "exec"), scope)  # noqa: S102 - our own documentation
    if "print(" in page.read_text(encoding="utf-8"):
        assert capsys.readouterr().out
