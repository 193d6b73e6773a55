"""What is wrong with a filter, and where."""

from app.errors import InvalidRequest


class Fault(InvalidRequest):
    """A filter that cannot be understood; `place` is a way through its tree, or a character."""

    def __init__(self, message: str, place: str) -> None:
        super().__init__(f"filter: {message} (at {place})", parameter="filter", place=place)
