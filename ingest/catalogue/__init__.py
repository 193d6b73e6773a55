"""The catalogue of finding codes: severity, scope, and the sentence with its remedy.

Codes are stable: programs and people refer to them. docs/findings.md has a paragraph on each.
"""

from ingest.catalogue.columns import COLUMNS
from ingest.catalogue.content import CONTENT
from ingest.catalogue.districts import DISTRICTS
from ingest.catalogue.kinds import FindingKind
from ingest.catalogue.places import PLACES
from ingest.catalogue.samples import SAMPLES
from ingest.catalogue.sources import SOURCES
from ingest.catalogue.values import VALUES

CATALOGUE: dict[str, FindingKind] = {
    **CONTENT,
    **COLUMNS,
    **VALUES,
    **PLACES,
    **SAMPLES,
    **SOURCES,
    **DISTRICTS,
}

__all__ = ["CATALOGUE", "FindingKind"]
