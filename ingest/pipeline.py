"""The door of this package: a file in, clean records and a report out."""

from pathlib import Path

from ingest.child import read_in_child
from ingest.columns import ColumnGuess
from ingest.errors import IngestError
from ingest.excerpt import guard_formula
from ingest.findings import Counts, Finding, QuarantinedRow
from ingest.options import ImportOptions, Limits
from ingest.readers.registry import open_table
from ingest.records import Reading, SampleImport, SourceImport
from ingest.registries import Registries
from ingest.samples import collect_samples
from ingest.sources import collect_sources

__all__ = [
    "ColumnGuess",
    "Counts",
    "Finding",
    "ImportOptions",
    "IngestError",
    "Limits",
    "QuarantinedRow",
    "Reading",
    "Registries",
    "SampleImport",
    "SourceImport",
    "guard_formula",
    "read_in_child",
    "read_samples",
    "read_sources",
]

_DEFAULT_LIMITS = Limits()


def read_samples(
    path: Path,
    options: ImportOptions,
    registries: Registries,
    limits: Limits = _DEFAULT_LIMITS,
) -> SampleImport:
    """Read a file of samples and their results.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    options : ImportOptions
        Statements of the user that hold for the whole file.
    registries : Registries
        Contaminants, units and flags.
    limits : Limits
        Bounds on rows and columns; time and memory are kept by `read_in_child`.

    Returns
    -------
    SampleImport
        Clean samples and results, quarantined rows and findings;
        ``counts.read == counts.accepted + counts.quarantined + counts.skipped``.

    Raises
    ------
    IngestError
        If the file as a whole cannot be used.
    """
    return collect_samples(open_table(path, options, limits), options, registries)


def read_sources(
    path: Path,
    options: ImportOptions,
    registries: Registries,
    limits: Limits = _DEFAULT_LIMITS,
) -> SourceImport:
    """Read a file of potential sources of pollution.

    Parameters
    ----------
    path, options, registries, limits
        As for `read_samples`.

    Returns
    -------
    SourceImport
        Clean sources, quarantined rows and findings.

    Raises
    ------
    IngestError
        If the file as a whole cannot be used.
    """
    return collect_sources(open_table(path, options, limits), options, registries)
