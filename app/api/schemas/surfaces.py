"""Orders of surfaces and hotspots."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.schemas.base import Body

Name = Annotated[str, Field(min_length=1, max_length=120)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Depth = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SurfaceCreate(Body):
    """Which results, which method, which grid."""

    contaminant: Name
    datasets: Annotated[list[Name], Field(max_length=1000, default_factory=list)]
    depth_upper_cm: Depth | None = None
    depth_lower_cm: Depth | None = None
    depth_rule: Literal["contained", "overlap"] = "overlap"
    sampled_from: Name | None = None
    sampled_to: Name | None = None
    extraction: Name | None = None
    fraction: Name | None = None
    include_unknown: bool = False
    method: Name = "ordinary_kriging"
    transform: Name = "ln"
    cell_size: Annotated[Positive | None, Field(description="m; chosen when absent")] = None
    neighbours: Annotated[int, Field(ge=1, le=256)] | None = 32
    censoring: Annotated[
        Literal["augmentation", "substitution"],
        Field(
            description="results below detection limits: drawn from the model, or half the limit"
        ),
    ] = "augmentation"
    epsg: Annotated[int, Field(ge=1024, le=999_999)] | None = None
    outline: Annotated[dict[str, Any] | None, Field(description="GeoJSON polygon in degrees")] = (
        None
    )
    thresholds: Annotated[
        list[Positive],
        Field(
            max_length=50,
            default_factory=list,
            description="of indicator kriging, or of a simulation's areas; in the surface's unit",
        ),
    ]
    realisations: Annotated[
        int | None, Field(ge=2, le=1000, description="of a simulation; 100 when absent")
    ] = None
    block_size: Annotated[
        Positive | None, Field(description="m; means of such blocks stand in a simulation's card")
    ] = None
    seed: Annotated[int, Field(ge=0, le=2**63 - 1, description="of a simulation")] = 0


Degree = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class PlaceCreate(Body):
    """What is known of the place, so that the guideline value that applies can be chosen."""

    framework: Name | None = None
    country: Annotated[str | None, Field(max_length=2, description="ISO 3166 alpha-2")] = None
    region: Name | None = None
    land_use: Name | None = None
    tier: Name | None = None
    receptor: Name | None = None
    ph: Annotated[float | None, Field(ge=0, le=14, allow_inf_nan=False)] = None
    crop: Name | None = None
    soil_texture: Name | None = None
    clay: Percent | None = None
    organic_matter: Percent | None = None
    organic_carbon: Percent | None = None
    depth_upper_cm: Annotated[Depth | None, Field(description="the surface's when absent")] = None
    depth_lower_cm: Depth | None = None
    extraction: Annotated[Name | None, Field(description="the samples' when absent")] = None
    range_end: Literal["lower", "upper"] | None = None
    accept_not_in_force: bool = False


LongitudeLatitude = tuple[
    Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)],
    Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)],
]


class AgainstCreate(Body):
    """What a surface is held against."""

    threshold: Annotated[Positive | None, Field(description="in the surface's unit")] = None
    guideline: Annotated[
        Name | None, Field(description="id of a guideline value, as threshold")
    ] = None


class PlacesCreate(AgainstCreate):
    """Places at which a surface is asked."""

    places: Annotated[
        list[LongitudeLatitude],
        Field(min_length=1, max_length=10_000, description="longitude, latitude"),
    ]
    place: Annotated[
        PlaceCreate | None,
        Field(description="what is known of them all, to hold the values of a law against each"),
    ] = None
    accept_unverified: bool = False


class ZoneCreate(AgainstCreate):
    """An area that a surface is asked about."""

    geometry: Annotated[dict[str, Any], Field(description="GeoJSON polygon in degrees")]


class ProfileCreate(AgainstCreate):
    """A line along which a surface is asked."""

    geometry: Annotated[dict[str, Any], Field(description="GeoJSON LineString in degrees")]
    points: Annotated[int, Field(ge=2, le=1000)] = 100


class BackgroundCreate(Body):
    """Local background as a threshold: how, and of which reference area."""

    method: Annotated[
        Literal["mad", "p90", "p95", "ucc"],
        Field(
            description="exp(median + 2·1.4826 MAD) of ln values, a percentile, or the upper "
            "continental crust"
        ),
    ]
    datasets: Annotated[
        list[Name],
        Field(max_length=1000, default_factory=list, description="the surface's when absent"),
    ]
    bbox: Annotated[
        tuple[Degree, Degree, Degree, Degree] | None,
        Field(description="west, south, east, north in degrees"),
    ] = None
    outline: Annotated[dict[str, Any] | None, Field(description="GeoJSON polygon in degrees")] = (
        None
    )


class SampleSelection(Body):
    """Which samples a definition on samples looks at, and on which grid its polygons lie."""

    datasets: Annotated[list[Name], Field(max_length=1000, default_factory=list)]
    depth_upper_cm: Depth | None = None
    depth_lower_cm: Depth | None = None
    depth_rule: Literal["contained", "overlap"] | None = None
    sampled_from: Name | None = None
    sampled_to: Name | None = None
    extraction: Name | None = None
    fraction: Name | None = None
    include_unknown: bool | None = None
    epsg: Annotated[int | None, Field(ge=1024, le=999_999)] = None
    cell_size: Annotated[Positive | None, Field(description="m; chosen when absent")] = None


class HotspotWish(Body):
    """Which definition, on which evidence, against which value."""

    definition: Annotated[Name, Field(description="see GET /api/hotspots/definitions")] = (
        "exceedance"
    )
    parameters: Annotated[
        dict[str, Any],
        Field(
            default_factory=dict,
            max_length=50,
            description="of the definition, see GET /api/hotspots/definitions",
        ),
    ]
    surface: Annotated[
        Name | None, Field(description="the latest one that can answer when absent")
    ] = None
    samples: Annotated[
        SampleSelection | None,
        Field(description="of a definition on samples; all public ones when absent"),
    ] = None
    guideline: Annotated[Name | None, Field(description="id of a guideline value")] = None
    place: Annotated[
        PlaceCreate | None,
        Field(description="chooses the guideline value; see GET /api/guidelines/resolve"),
    ] = None
    background: BackgroundCreate | None = None
    threshold: Annotated[Positive | None, Field(description="in the surface's unit")] = None
    q: Annotated[
        float | None, Field(gt=0, le=1, description="another name of the parameter likely")
    ] = None
    least_area_m2: Annotated[
        float, Field(ge=0, allow_inf_nan=False, description="smaller polygons are left out")
    ] = 0.0
    extraction_note: Annotated[
        str | None,
        Field(
            min_length=3,
            max_length=500,
            description="why the samples' extraction may be compared with the guideline value's",
        ),
    ] = None
    accept_unverified: bool = False


class ComponentCreate(Body):
    """One contaminant of several: its surface, and the value it is held against."""

    contaminant: Name
    surface: Annotated[
        Name | None, Field(description="the latest one that can answer when absent")
    ] = None
    guideline: Annotated[Name | None, Field(description="id of a guideline value")] = None
    place: Annotated[PlaceCreate | None, Field(description="chooses the guideline value")] = None
    background: BackgroundCreate | None = None
    threshold: Annotated[Positive | None, Field(description="in the surface's unit")] = None
    extraction_note: Annotated[str | None, Field(min_length=3, max_length=500)] = None


class HotspotCreate(HotspotWish):
    """Hotspots of one contaminant, or of several at once (definition coexistence)."""

    contaminant: Name | None = None
    contaminants: Annotated[
        list[Name | ComponentCreate],
        Field(
            max_length=50,
            default_factory=list,
            description="of a definition that looks at several: names, or objects with their own "
            "surface and value",
        ),
    ]


class HotspotBatchCreate(HotspotWish):
    """Hotspots of many: each contaminant in each framework, or each guideline value."""

    contaminants: Annotated[list[Name], Field(max_length=500, default_factory=list)]
    frameworks: Annotated[list[Name], Field(max_length=500, default_factory=list)]
    guidelines: Annotated[list[Name], Field(max_length=500, default_factory=list)]
