"""Registration of members."""

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints

from app.api.schemas.base import Body

_TEXT = StringConstraints(strip_whitespace=True, min_length=1, max_length=200)


def _without_control_characters(text: str) -> str:
    # Control characters break logs; direction marks make a name read as another.
    if any(not character.isprintable() for character in text):
        raise ValueError("contains control or direction characters")
    return text


def _with_plain_spaces(text: object) -> object:
    # An ideographic or no-break space between names is a space.
    if not isinstance(text, str):
        return text
    return "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)


Line = Annotated[
    str,
    _TEXT,
    AfterValidator(_without_control_characters),
    BeforeValidator(_with_plain_spaces),
]


class MemberCreate(Body):
    """What somebody says of themselves; `consent` must be true to register."""

    kind: Literal["person", "organisation"]
    name: Line
    organisation: Line | None = None
    email: Annotated[
        Line, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="never shown; to reach you")
    ]
    city: Line
    country: Annotated[Line, Field(pattern=r"^[A-Za-z]{2}$", description="ISO 3166 alpha-2")]
    place_id: Annotated[Line, Field(max_length=20)] | None = None
    working_groups: Annotated[list[Line], Field(max_length=10, default_factory=list)]
    consent: Annotated[
        Literal[True], Field(description="agrees to be shown on the map at the place of the city")
    ]


class MemberCreated(BaseModel):
    """The registration waits for approval."""

    id: str
    status: Literal["pending"]
