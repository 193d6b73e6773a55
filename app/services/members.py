"""Members: anyone may register; the operator approves; the map shows who agreed to it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Member
from app.errors import Conflict, NotFound, Unprocessable
from app.services.gazetteer import Place, folded, places
from spatial.coordinates import hilbert_key

_MAX_PLACES = 20
# A register that anybody may write to must not fill the disk.
_MAX_PENDING = 10_000


@dataclass(frozen=True)
class Registration:
    """What somebody says of themselves."""

    kind: str
    name: str
    email: str
    city: str
    country: str
    organisation: str | None = None
    working_groups: tuple[str, ...] = ()
    place_id: str | None = None


def search_places(query: str, country: str | None = None) -> list[Place]:
    """Return places whose name begins with the query, then those that contain it."""
    wanted = folded(query.strip())
    found = [
        (not names.startswith(wanted), len(names), place)
        for names, place in places()
        if wanted in names and (country is None or place.country == country.upper())
    ]
    found.sort(key=lambda entry: entry[:2])
    return [place for _, _, place in found[:_MAX_PLACES]]


def _find_place(registration: Registration) -> Place:
    wanted = folded(registration.city)
    in_country = [place for _, place in places() if place.country == registration.country.upper()]
    if registration.place_id is not None:
        in_country = [place for place in in_country if place.id == registration.place_id]
    found = [p for p in in_country if wanted in {folded(p.name), folded(p.ascii_name)}]
    if not found:
        raise Unprocessable(
            f"The gazetteer has no city {registration.city[:80]!r} in {registration.country[:2]}. "
            "Choose a larger town nearby; GET /api/members/places?q=… lists them.",
            parameter="city",
        )
    return found[0]


def register(session: Session, registration: Registration) -> Member:
    """Store a registration; it waits for approval and is shown to nobody until then.

    Raises
    ------
    Unprocessable
        No such city.
    Conflict
        Registered already, or too many wait.
    """
    place = _find_place(registration)
    known = session.scalar(
        select(Member.id).where(
            func.lower(Member.email) == registration.email.lower(),
            func.lower(Member.name) == registration.name.lower(),
        )
    )
    if known is not None:
        raise Conflict("This name and e-mail address are registered already.")
    pending = session.scalar(
        select(func.count()).select_from(Member).where(Member.status == "pending")
    )
    if pending is not None and pending >= _MAX_PENDING:
        raise Conflict("Too many registrations wait for approval; try again in some days.")
    member = Member(
        kind=registration.kind,
        name=registration.name,
        organisation=registration.organisation,
        email=registration.email,
        city=place.name,
        country=place.country,
        place_id=place.id,
        geom=f"SRID=4326;POINT({place.longitude} {place.latitude})",
        hilbert=int(hilbert_key([place.longitude], [place.latitude])[0]),
        working_groups=list(registration.working_groups),
        consented_at=datetime.now(UTC),
    )
    session.add(member)
    session.flush()
    session.refresh(member)
    return member


def list_all(session: Session, status: str | None = None) -> list[Member]:
    """Return members, newest first; for the operator."""
    statement = select(Member).order_by(Member.created_at.desc())
    if status is not None:
        statement = statement.where(Member.status == status)
    return list(session.scalars(statement))


def decide(session: Session, public_id: str, *, approve: bool) -> Member:
    """Approve or reject a member.

    Raises
    ------
    NotFound
        Where no member has that id.
    """
    uid = ids.parse("member", public_id)
    member = None if uid is None else session.scalar(select(Member).where(Member.uid == uid))
    if member is None:
        raise NotFound(
            f"No member has the id {public_id[:80]!r}; 'hotspots member list' shows them."
        )
    member.status = "approved" if approve else "rejected"
    member.decided_at = datetime.now(UTC)
    return member
