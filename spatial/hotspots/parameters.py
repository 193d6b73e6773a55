"""The parameters of a definition, as requests name them."""

import json
import math
from dataclasses import dataclass
from typing import Any, Literal

from spatial.errors import InvalidRequestError

Kind = Literal["number", "integer", "choice", "parcels", "correlation"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    One parameter of a definition, as requests name it.

    Parameters
    ----------
    name : str
        Its name, unique within the definition.
    kind : {"number", "integer", "choice", "parcels", "correlation"}
        What it is; parcels are polygons, a correlation is one number or a matrix.
    description : str
        What it does, with its unit.
    default : object
        What holds when it is absent; None where the definition chooses.
    low : float
        No number below it.
    high : float
        No number above it.
    choices : tuple of str
        Of a choice.
    """

    name: str
    kind: Kind
    description: str
    default: float | int | str | None = None
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()

    def read(self, given: Any) -> Any:
        """
        Check and return a value.

        Parameters
        ----------
        given : object
            A number, or text that is one; a choice; a list of parcels; a matrix, or JSON of one.

        Returns
        -------
        object
            Of the parameter's kind.

        Raises
        ------
        InvalidRequestError
            With the parameter's name and what it takes.

        Examples
        --------
        >>> Parameter("neighbours", "integer", "k", 8, 1, 1000).read("12")
        12
        """
        if self.kind == "parcels":
            return given
        if self.kind == "correlation":
            return self._matrix(given)
        if self.kind == "choice":
            if given not in self.choices:
                raise self._refusal(f"is one of {', '.join(self.choices)}", given)
            return given
        number = _number(given)
        if number is None or (self.kind == "integer" and number != round(number)):
            raise self._refusal(
                f"is {'a whole number' if self.kind == 'integer' else 'a number'}", given
            )
        if not self.low <= number <= self.high:
            raise self._refusal(f"lies between {self.low:g} and {self.high:g}", given)
        return round(number) if self.kind == "integer" else number

    def described(self) -> dict[str, Any]:
        """
        Return what the parameter is, for a list of definitions.

        Returns
        -------
        dict
            Ready for JSON.
        """
        told: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind,
            "description": self.description,
            "default": self.default,
        }
        if math.isfinite(self.low):
            told["minimum"] = self.low
        if math.isfinite(self.high):
            told["maximum"] = self.high
        return told | ({"choices": list(self.choices)} if self.choices else {})

    def _matrix(self, given: Any) -> float | list[list[float]]:
        """Return one number for all pairs, or the lists of a matrix."""
        number = _number(given)
        if number is not None:
            return number
        try:
            lists = json.loads(given) if isinstance(given, str) else given
            rows = [[_number(entry) for entry in row] for row in lists]
        except (TypeError, ValueError):
            rows = []
        numbers = [[entry for entry in row if entry is not None] for row in rows]
        if not rows or not all(numbers) or numbers != rows:
            raise self._refusal("is one number for all pairs, or a list of lists of numbers", given)
        return numbers

    def _refusal(self, what: str, given: Any) -> InvalidRequestError:
        """Return the sentence that says what it takes."""
        return InvalidRequestError(f"{self.name} {what}; got {str(given)[:40]!r}.")


def _number(given: Any) -> float | None:
    """
    Read a finite number.

    Parameters
    ----------
    given : object
        Whatever a request holds.

    Returns
    -------
    float or None
        None where it is none.
    """
    if isinstance(given, bool):
        return None
    try:
        number = float(given)
    except (TypeError, ValueError, OverflowError):
        # A whole number of JSON may have any number of digits.
        return None
    return number if math.isfinite(number) else None
