"""Users' own frameworks: loaded whole or not at all, versioned, withdrawn, private or public."""

import re
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import OwnFramework
from app.errors import InvalidRequest, NotFound, Unprocessable
from app.services.guidelines.own_rows import read_own_rows
from app.services.hashing import lock, sha256_of
from app.services.registries import (
    list_contaminants,
    names_of,
    upsert_guidelines,
    withdraw_missing,
)

VISIBILITIES = ("public", "private")
MAX_BYTES = 5_000_000
_SHOWN = 200
_NAME = re.compile(r"OWN_[A-Z0-9][A-Z0-9_]{0,58}")


def check_framework_name(name: str) -> None:
    """Refuse what cannot name a user's framework.

    Raises
    ------
    InvalidRequest
        With a name that can. The prefix keeps it apart from every framework of the registry, those
        of later versions too.
    """
    if not _NAME.fullmatch(name):
        near = re.sub(r"[^A-Z0-9]+", "_", name.upper().removeprefix("OWN_")).strip("_")[:58]
        raise InvalidRequest(
            "The name of a framework of your own is OWN_ and capitals, digits or '_', for example "
            f"OWN_{near or 'VALLEY_2026'}.",
            parameter="framework",
        )


def load_framework(
    session: Session, name: str, content: bytes, visibility: str | None, *, is_trial: bool = False
) -> dict[str, Any]:
    """Bring a user's framework to what a file says; a trial only says what it would.

    A row that is not in the file any more is withdrawn; layers that cite it keep it. The same file
    twice changes nothing. A new framework is private until its owner says otherwise.

    Raises
    ------
    InvalidRequest
        A name or visibility that does not exist.
    Unprocessable
        With the findings; nothing is stored then.
    """
    check_framework_name(name)
    if visibility is not None and visibility not in VISIBILITIES:
        raise InvalidRequest(
            f"visibility is one of {', '.join(VISIBILITIES)}.", parameter="visibility"
        )
    if len(content) > MAX_BYTES:
        raise Unprocessable(f"A framework's file has at most {MAX_BYTES // 1_000_000} MB.")
    codes = {
        text.casefold(): contaminant.code
        for contaminant in list_contaminants(session)
        for text in names_of(contaminant)
    }
    read = read_own_rows(content, name, lambda text: codes.get(text.casefold()))
    if read.findings:
        raise Unprocessable(
            f"{_counted(len(read.findings))}; nothing was stored. "
            + " ".join(
                f"Row {f.row}{f', {f.column}' if f.column else ''}: {f.message}"
                for f in read.findings[:3]
            ),
            findings=[asdict(finding) for finding in read.findings[:_SHOWN]],
            finding_count=len(read.findings),
        )
    if is_trial:
        return {"framework": name, "rows": len(read.rows), "findings": []}
    return _store(session, name, read.rows, visibility)


def _counted(count: int) -> str:
    return "1 finding" if count == 1 else f"{count} findings"


def _store(
    session: Session, name: str, rows: list[dict[str, Any]], visibility: str | None
) -> dict[str, Any]:
    lock(session, sha256_of({"own_framework": name}))
    own = session.get(OwnFramework, name)
    is_new = own is None
    if own is None:
        own = OwnFramework(framework=name, visibility=visibility or "private", version=0)
        session.add(own)
        session.flush()
    was_withdrawn = own.withdrawn_at is not None
    changed = upsert_guidelines(session, [row | {"own_framework": name} for row in rows])
    gone = withdraw_missing(session, {row["id"] for row in rows}, name)
    if changed or gone or was_withdrawn:
        own.version += 1
        own.loaded_at = func.now()
        own.withdrawn_at = None
    if visibility is not None:
        own.visibility = visibility
    session.flush()
    session.refresh(own)
    return show_own(own) | {
        "is_new": is_new,
        "rows": len(rows),
        "changed": changed,
        "withdrawn_rows": gone,
    }


def withdraw_framework(session: Session, name: str) -> dict[str, Any]:
    """Withdraw a user's framework: offered no more, kept for the layers that cite it.

    Raises
    ------
    NotFound
        No such framework of a user's, or one that is withdrawn already.
    """
    own = session.get(OwnFramework, name)
    if own is None or own.withdrawn_at is not None:
        raise NotFound(
            f"There is no framework of your own called {name[:80]!r}. The registry's own are not "
            "withdrawn by hand.",
            parameter="framework",
        )
    count = withdraw_missing(session, set(), name)
    own.withdrawn_at = func.now()
    session.flush()
    session.refresh(own)
    return show_own(own) | {"withdrawn_rows": count}


def own_frameworks(session: Session) -> dict[str, OwnFramework]:
    """Return users' frameworks by name."""
    return {own.framework: own for own in session.scalars(select(OwnFramework))}


def show_own(own: OwnFramework) -> dict[str, Any]:
    """Return what lists tell of a user's framework."""
    return {
        "framework": own.framework,
        "visibility": own.visibility,
        "version": own.version,
        "loaded": own.loaded_at,
        "withdrawn": own.withdrawn_at,
    }
