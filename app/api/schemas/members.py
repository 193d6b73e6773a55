"""Registration of members."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

_TEXT = StringConstraints(strip_whitespace=True, min_length=1, max_length=200)


def _without_control_characters(text: str) -> str:
    # Control characters break logs; direction marks make a name read as another.
    if any(not character.isprintable() for character in text):
        raise ValueError("contains control or direction characters")
    return text


Line = Annotated[str, _TEXT, AfterValidator(_without_control_characters)]


class MemberCreate(BaseModel):
    """What somebody says of themselves; `consent` must be true to register."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["person", "organisation"]
    name: Line
    organisation: Line | None = None
    email: Annotated[
        Line, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="never shown; to reach you")
    ]
    city: Line
    country: Annotated[Line, Field(pattern=r"^[A-Za-z]{2}$", description="ISO 3166 alpha-2")]
    place_id: Annotated[Line, Field(max_length=20)] | None = None
    working_groups: Annotated[list[Line], Field(max_length=10)] = []
    consent: Annotated[
        Literal[True], Field(description="agrees to be shown on the map at the place of the city")
    ]


class MemberCreated(BaseModel):
    """The registration waits for approval."""

    id: str
    status: Literal["pending"]
