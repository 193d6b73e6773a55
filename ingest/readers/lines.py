"""Lines of a text, many at a time as UTF-8 for a fast parser, or one at a time for a careful one.

Of a text that is UTF-8 already nothing is decoded: cutting it into lines and writing them together
again took longer than parsing it.
"""

import codecs
import io
from typing import BinaryIO, Protocol, TextIO

_FEW_BYTES = 1 << 16


class Lines(Protocol):
    """A text being read; what was taken in one way is not given in the other."""

    def take(self, size: int) -> bytes:
        """Return whole lines of about so many signs, in UTF-8; nothing at the end."""

    def __iter__(self) -> "Lines":
        """Return the lines one by one."""

    def __next__(self) -> str:
        """Return the next line, its end included."""


class TextLines:
    """The lines of a text of any encoding, see `Lines`.

    Parameters
    ----------
    stream : text file
        Opened without translation of the ends of lines.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def take(self, size: int) -> bytes:
        """Return whole lines.

        Parameters
        ----------
        size : int
            About how many characters.

        Returns
        -------
        bytes
            In UTF-8; empty at the end.
        """
        return "".join(self._stream.readlines(size)).encode()

    def __iter__(self) -> "TextLines":
        return self

    def __next__(self) -> str:
        if line := self._stream.readline():
            return line
        raise StopIteration


class Utf8Lines:
    """The lines of a text in UTF-8, see `Lines`.

    Parameters
    ----------
    stream : binary file
        At the beginning of the text, its mark included.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._kept = stream.read(len(codecs.BOM_UTF8)).removeprefix(codecs.BOM_UTF8)
        # Those that were cut and not given yet, the next one last.
        self._lines: list[str] = []

    def take(self, size: int) -> bytes:
        r"""Return whole lines.

        Parameters
        ----------
        size : int
            About how many bytes; more where one line is longer.

        Returns
        -------
        bytes
            In UTF-8, checked; empty at the end.

        Raises
        ------
        UnicodeDecodeError
            If it is not UTF-8.

        Examples
        --------
        >>> lines = Utf8Lines(io.BytesIO(b"a,b\n1,2\n3,4"))
        >>> next(lines), lines.take(4), lines.take(4), lines.take(4)
        ('a,b\n', b'1,2\n', b'3,4', b'')
        """
        if self._lines:
            self._kept = "".join(reversed(self._lines)).encode() + self._kept
            self._lines = []
        text = self._kept
        while True:
            if len(text) < size:
                text += self._stream.read(size - len(text))
            # A return at the very end may be the half of an end.
            last_return = text.rfind(b"\r", 0, min(size, len(text) - 1))
            end = max(text.rfind(b"\n", 0, size), last_return) + 1
            if end or len(text) < size:
                break
            size *= 2
        end += text[end - 1 : end + 1] == b"\r\n"
        text, self._kept = text[: end or None], text[end:] if end else b""
        if not text.isascii():
            text.decode()
        return text

    def __iter__(self) -> "Utf8Lines":
        return self

    def __next__(self) -> str:
        if not self._lines:
            self._lines = cut_lines(self.take(_FEW_BYTES))[::-1]
        if not self._lines:
            raise StopIteration
        return self._lines.pop()


def cut_lines(text: bytes) -> list[str]:
    r"""Cut a text into lines as Python's text files do.

    Parameters
    ----------
    text : bytes
        In UTF-8.

    Returns
    -------
    list of str
        With their ends: a line feed, a return, or both.

    Examples
    --------
    >>> cut_lines(b"a\r\nb\rc\nd")
    ['a\r\n', 'b\r', 'c\n', 'd']
    """
    # Not str.splitlines, which cuts at more signs.
    return io.StringIO(text.decode(), newline="").readlines()
