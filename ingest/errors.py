"""The one exception of this package: a file that cannot be read at all.

Faults of single rows are never exceptions, they are findings (see `ingest.findings`).
"""

from typing import Self


class IngestError(ValueError):
    """A whole file is refused, with a stable code and a sentence that names the remedy.

    Parameters
    ----------
    code : str
        A code of the catalogue in `ingest.findings`.
    message : str
        The sentence for the user.
    row : int, optional
        The row of the file where reading stopped (the header is row 1).
    column : str, optional
        The column at fault.

    Examples
    --------
    >>> error = IngestError("file_empty", "The file is empty. Send one with a header row.")
    >>> error.code, str(error)
    ('file_empty', 'The file is empty. Send one with a header row.')
    """

    def __init__(
        self, code: str, message: str, *, row: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.row = row
        self.column = column

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.code, self.message, self.row, self.column)

    @classmethod
    def at(cls, code: str, message: str, row: int | None, column: str | None) -> Self:
        """Make the error with its place given by position.

        Parameters
        ----------
        code, message : str
            As for the constructor.
        row : int or None
            The row at fault.
        column : str or None
            The column at fault.

        Returns
        -------
        IngestError
            The error, ready to be raised.
        """
        return cls(code, message, row=row, column=column)


def _rebuild(
    kind: type[IngestError], code: str, message: str, row: int | None, column: str | None
) -> IngestError:
    """Unpickle an error with its code and place."""
    return kind.at(code, message, row, column)
