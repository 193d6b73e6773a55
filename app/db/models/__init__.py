"""The tables, one file per family. Alembic compares them with the revisions."""

from app.db.models.aggregates import Aggregate
from app.db.models.base import SCHEMA, Base
from app.db.models.boundaries import Boundary
from app.db.models.datasets import Dataset, Import, QuarantinedRow
from app.db.models.hotspots import (
    Hotspot,
    HotspotLayer,
    HotspotLayerDataset,
    HotspotLayerPart,
)
from app.db.models.jobs import Job
from app.db.models.mappings import SavedMapping
from app.db.models.members import Member
from app.db.models.registries import (
    Contaminant,
    DataFlag,
    GuidelineValue,
    OwnFramework,
    SourceType,
    Unit,
)
from app.db.models.samples import Manner, Measurand, Measurement, Result, Sample, Site
from app.db.models.sources import Source
from app.db.models.surfaces import Surface, SurfaceDataset

__all__ = [
    "SCHEMA",
    "Aggregate",
    "Base",
    "Boundary",
    "Contaminant",
    "DataFlag",
    "Dataset",
    "GuidelineValue",
    "Hotspot",
    "HotspotLayer",
    "HotspotLayerDataset",
    "HotspotLayerPart",
    "Import",
    "Job",
    "Manner",
    "Measurand",
    "Measurement",
    "Member",
    "OwnFramework",
    "QuarantinedRow",
    "Result",
    "Sample",
    "SavedMapping",
    "Site",
    "Source",
    "SourceType",
    "Surface",
    "SurfaceDataset",
    "Unit",
]
