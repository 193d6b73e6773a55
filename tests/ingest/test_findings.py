import pickle
import re
from pathlib import Path

import pytest

from ingest.catalogue import CATALOGUE
from ingest.errors import IngestError
from ingest.findings import FindingLog, finding, refusal


def test_findings_page_has_a_paragraph_for_every_code_and_no_stale_one(repository: Path) -> None:
    page = (repository / "docs" / "findings.md").read_text(encoding="utf-8")
    documented = re.findall(r"^### `([a-z_]+)`", page, flags=re.MULTILINE)
    assert sorted(documented) == sorted(CATALOGUE)
    paragraphs = re.split(r"^### `[a-z_]+`", page, flags=re.MULTILINE)[1:]
    assert all(len(paragraph.strip()) > 60 for paragraph in paragraphs)


def test_findings_page_states_the_right_severity(repository: Path) -> None:
    page = (repository / "docs" / "findings.md").read_text(encoding="utf-8")
    stated = dict(re.findall(r"^### `([a-z_]+)` · (\w+, \w+)$", page, flags=re.MULTILINE))
    assert stated == {code: f"{kind.severity}, {kind.scope}" for code, kind in CATALOGUE.items()}


def test_every_code_is_used_in_the_code(repository: Path) -> None:
    # repetitions and contradictions are found by the statements that load a file
    places = [*(repository / "ingest").rglob("*.py"), *(repository / "app").rglob("*.sql")]
    places += (repository / "app" / "services" / "imports").rglob("*.py")
    code = "".join(
        path.read_text(encoding="utf-8") for path in places if path.parent.name != "catalogue"
    ).replace("'", '"')
    unused = [name for name in CATALOGUE if f'"{name.removesuffix("_in_row")}"' not in code]
    assert [name for name in unused if f'"{name}"' not in code] == []


def test_file_scope_errors_only_refuse_and_row_scope_errors_have_rows() -> None:
    assert {kind.scope for kind in CATALOGUE.values() if kind.severity == "error"} == {
        "file",
        "row",
    }


def test_finding_keeps_offending_text_short() -> None:
    remark = finding("value_not_number", row=2, column="Pb", text="x" * 10_000)
    assert len(remark.message) < 400
    assert "x" * 201 not in remark.message


def test_finding_shows_braces_of_the_file_as_they_are() -> None:
    assert '"{text}"' in finding("value_not_number", row=2, column="Pb", text="{text}").message


def test_refusal_survives_pickling_with_code_and_place() -> None:
    error = pickle.loads(pickle.dumps(refusal("header_duplicate", column="Pb")))  # noqa: S301
    assert isinstance(error, IngestError)
    assert (error.code, error.column) == ("header_duplicate", "Pb")
    assert str(error) == 'Two columns are named "Pb". Give every column a name of its own.'


def test_log_counts_beyond_what_it_keeps_but_never_drops_an_error_of_a_row() -> None:
    log = FindingLog(kept_per_code=2)
    log.extend([finding("value_negative", row=row, column="Pb", text="-1") for row in range(5)])
    assert len(log.findings) == 2
    assert log.counts["value_negative"] == 5
    assert sorted(log.row_errors) == [0, 1, 2, 3, 4]


def test_log_warning_does_not_quarantine() -> None:
    log = FindingLog()
    log.add(finding("value_zero", row=3, column="Pb", text="0"))
    assert log.row_errors == {}


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_sentences_name_a_remedy_in_a_second_sentence(code: str) -> None:
    sentence = CATALOGUE[code].sentence
    assert sentence[0].isupper() or sentence[0] in '"{'
    assert sentence.endswith(".")
    assert re.search(r"\. [A-Z]", sentence) or ";" in sentence


def test_findings_page_quotes_every_sentence(repository: Path) -> None:
    page = (repository / "docs" / "findings.md").read_text(encoding="utf-8")
    missing = [code for code, kind in CATALOGUE.items() if f"> {kind.sentence}\n" not in page]
    assert missing == []
