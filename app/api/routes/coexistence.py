"""Which contaminants exceed together at sampled places: pairs, groups, a picture, a map."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse, Response

from app.api.deps import IsOperator, ReadSession, give_back
from app.api.routes.guidelines import parse_place
from app.api.slots import HeavyReads
from app.api.strict import StrictRoute
from app.services import coexistence
from app.services.coexistence.order import read_samples, read_thresholds
from app.services.guidelines import Place
from app.services.rendering.matrix import draw_matrix
from app.services.visibility import visible_datasets

router = APIRouter(prefix="/coexistence", route_class=StrictRoute, tags=["Mixed contamination"])

Names = list[Annotated[str, Query(max_length=120)]]
Many = Annotated[Names | None, Query(max_length=50)]


class AskedSamples:
    """Which samples are looked at."""

    def __init__(
        self,
        dataset: Annotated[
            Names | None, Query(max_length=1000, description="name or id; all public ones")
        ] = None,
        sampled_from: Annotated[str | None, Query(max_length=10)] = None,
        sampled_to: Annotated[str | None, Query(max_length=10)] = None,
        depth_rule: Annotated[Literal["contained", "overlap"], Query()] = "overlap",
        fraction: Annotated[str | None, Query(max_length=120)] = None,
        include_unknown: Annotated[bool, Query()] = False,
    ) -> None:
        self.said = {
            "datasets": dataset or (),
            "sampled_from": sampled_from,
            "sampled_to": sampled_to,
            "depth_rule": depth_rule,
            "fraction": fraction,
            "include_unknown": include_unknown,
        }


@router.get(
    "",
    summary="Which contaminants exceed together",
    responses={
        200: {
            "content": {"text/csv": {}, "image/svg+xml": {}, "application/geo+json": {}},
            "description": "Pairs and groups; with f the pairs, the matrix or the places",
        }
    },
)
def show_coexistence(
    session: ReadSession,
    slots: HeavyReads,
    sees_private: IsOperator,
    place: Annotated[Place, Depends(parse_place)],
    asked: Annotated[AskedSamples, Depends()],
    contaminant: Many = None,
    threshold: Annotated[
        Names | None, Query(max_length=50, description="NAME=VALUE, such as zn=200; repeat it")
    ] = None,
    guideline: Many = None,
    extraction_note: Annotated[str | None, Query(min_length=3, max_length=500)] = None,
    f: Annotated[Literal["json", "csv", "svg", "geojson"], Query()] = "json",
    figure: Annotated[
        Literal["jaccard", "lift", "kendall_tau"], Query(description="of the matrix (svg)")
    ] = "jaccard",
    at_least: Annotated[
        int, Query(ge=0, le=12, description="places (geojson) where so many exceed")
    ] = 1,
) -> Any:
    """Return pairs with Jaccard, lift, odds ratio, Fisher's p, q and Kendall's tau-b, and groups.

    Each contaminant is held against its `threshold`, its `guideline`, or the value that applies to
    the place (`framework`, `land_use`, …). Only samples of data sets that may be seen take part.
    """
    samples = {
        "depth_upper_cm": place.depth_upper_cm,
        "depth_lower_cm": place.depth_lower_cm,
        "extraction": place.extraction,
    }
    names_a_place = place.framework is not None or place.country is not None
    order = coexistence.CoexistenceOrder(
        contaminants=tuple(contaminant or ()),
        thresholds=read_thresholds(threshold or []),
        guidelines=tuple(guideline or ()),
        place=place if names_a_place else None,
        extraction_note=extraction_note,
        accept_unverified=place.accept_unverified,
        samples=read_samples(samples | asked.said),
    )
    with slots.taken():
        visible = visible_datasets(session)
        found = coexistence.collect(session, order, visible, with_private=sees_private)
        give_back(session)
        return _told(coexistence.put_together(found), f, figure, at_least)


def _told(together: coexistence.Together, f: str, figure: str, at_least: int) -> Any:
    if f == "csv":
        return Response(coexistence.pairs_as_csv(together), media_type="text/csv; charset=utf-8")
    if f == "svg":
        picture = draw_matrix(coexistence.tell(together), figure)
        return Response(picture, media_type="image/svg+xml")
    if f == "geojson":
        return JSONResponse(
            coexistence.places_as_geojson(together, at_least), media_type="application/geo+json"
        )
    return coexistence.tell(together)
