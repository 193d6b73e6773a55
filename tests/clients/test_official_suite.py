"""OGC's own test suite of OGC API - Features (Parts 1 and 2), run against a service.

It comes from Maven Central by its name, or from the folder of jars that OGC_SUITE names. Where
neither has it, the test is skipped and says so: nothing else stands for it. Its tests are written
again in `tests/app/api/ogc`, which run always.
"""

import os
import subprocess
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.end_to_end.service import Service

pytestmark = [pytest.mark.clients, pytest.mark.timeout(1_500)]

SUITE = "org.opengis.cite:ets-ogcapi-features10:1.9"
PARSER = "com.reprezen.kaizen:openapi-parser:4.0.4"
MAIN = "org.opengis.cite.ogcapifeatures10.TestNGController"
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.example</groupId><artifactId>suite</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version>
  </dependency></dependencies>
</project>
"""
_ASKED = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE properties SYSTEM "http://java.sun.com/dtd/properties.dtd">
<properties version="1.0"><entry key="iut">{}</entry></properties>
"""


def fetch(coordinates: str, folder: Path) -> Path:
    """Return a folder with what Maven Central has under a name, and what that needs."""
    (folder / "pom.xml").write_text(_POM.format(*coordinates.split(":")), encoding="utf-8")
    done = subprocess.run(
        [
            *("mvn", "--batch-mode", "--quiet", "-f", folder / "pom.xml"),
            *("dependency:copy-dependencies", f"-DoutputDirectory={folder / 'jars'}"),
        ],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    if done.returncode != 0:
        words = next((line for line in done.stdout.splitlines() if "ERROR" in line), done.stderr)
        pytest.skip(f"Maven Central did not give {coordinates}: {words[:300]}")
    return folder / "jars"


def counted(results: Path) -> tuple[Counter[str], list[str]]:
    """Return how many of TestNG's tests had which end, and the names and words of those failed."""
    ends: Counter[str] = Counter()
    failed = []
    for method in ElementTree.parse(results).iter("test-method"):  # noqa: S314 - written by Java here
        if method.get("is-config") == "true":
            continue
        ends[method.get("status", "")] += 1
        if method.get("status") == "FAIL":
            words = method.findtext("exception/message", "").strip()
            failed.append(f"{method.get('signature', '').partition('[')[0]}: {words[:300]}")
    return ends, failed


def test_official_suite_passes(
    visited: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = os.environ.get("OGC_SUITE")
    jars = Path(given) if given else fetch(SUITE, tmp_path)
    asked = tmp_path / "asked.xml"
    asked.write_text(_ASKED.format(f"{visited.address}/api"), encoding="utf-8")
    done = subprocess.run(
        ["java", "-cp", f"{jars}/*", MAIN, "--outputDir", tmp_path, asked],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    found = list(tmp_path.rglob("testng-results.xml"))
    assert found, done.stdout + done.stderr
    ends, failed = counted(found[0])
    with capsys.disabled():
        print(f"\nofficial suite: {dict(ends)}")
    assert not failed, "\n".join(failed)
    assert ends["PASS"] > 50


def test_definition_is_valid_for_the_suites_parser(visited: Service, tmp_path: Path) -> None:
    """The suite hands the definition to this parser, the strictest that clients use."""
    jars = fetch(PARSER, tmp_path)
    document = tmp_path / "openapi.json"
    document.write_text(visited.get("/api/openapi-3.0.json").text, encoding="utf-8")
    done = subprocess.run(
        ["java", "-cp", f"{jars}/*", Path(__file__).with_name("ReadDefinition.java"), document],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.stdout.splitlines() == [f"paths: {len(visited.json('/api/openapi.json')['paths'])}"]


def test_ends_are_counted_as_testng_writes_them(tmp_path: Path) -> None:
    """Whoever reads a report wrongly would pass everything."""
    path = tmp_path / "testng-results.xml"
    path.write_text(
        """<testng-results><suite><test><class name="a.B">
        <test-method status="PASS" signature="prepare()[x]" name="prepare" is-config="true"/>
        <test-method status="PASS" signature="one()[x]" name="one"/>
        <test-method status="SKIP" signature="two()[x]" name="two"/>
        <test-method status="FAIL" signature="three(a)[x]" name="three">
        <exception class="E"><message><![CDATA[expected 200]]></message></exception></test-method>
        </class></test></suite></testng-results>""",
        encoding="utf-8",
    )
    ends, failed = counted(path)
    assert dict(ends) == {"PASS": 1, "SKIP": 1, "FAIL": 1}
    assert failed == ["three(a): expected 200"]
