"""Finds the encoding of a text file: stated, by its mark, by validity, or guessed aloud."""

import codecs
import re
from dataclasses import dataclass
from typing import BinaryIO

from ingest.findings import Finding, finding, refusal
from ingest.readers.contract import Content

_CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
# Latin text with single accented letters and signs; a run of them is another script
_LATIN_LETTERS = frozenset("äöüßÄÖÜéèêëÉÈáàâãåæÁÀÂÃÅÆçÇñÑóòôõøÓÒÔÕØúùûÚÙÛíìîïÍÌÎÏýÿ·’")
_LATIN_SIGNS = "°²³±µ§–“”€½¼¾×"


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding by its Python name, and the finding when it is a guess."""

    name: str
    guess: Finding | None = None


def find_encoding(content: Content, stated: str | None) -> Encoding:
    """Find the encoding of a text file.

    Parameters
    ----------
    content : Content
        The bytes.
    stated : str or None
        The encoding stated by the user; a byte-order mark wins over it.

    Returns
    -------
    Encoding
        UTF-8 where the whole file is valid UTF-8; else a guess between Windows-1252 and
        Windows-1251 with its evidence.

    Raises
    ------
    IngestError
        If the stated encoding is unknown, or none can be told.
    """
    with content.open() as file:
        head = file.read(4)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name)
    if stated is not None:
        return Encoding(_known(stated))
    fault = _first_invalid_byte(content)
    if fault is None:
        return Encoding("utf-8")
    return _guess(content, *fault)


def _known(stated: str) -> str:
    try:
        codec = codecs.lookup(stated)
    except (LookupError, ValueError) as error:
        raise _unusable(stated) from error
    # rot13, zip and the like are codecs too, but no text encodings
    if not getattr(codec, "_is_text_encoding", True):
        raise _unusable(stated)
    return codec.name


def _unusable(stated: str) -> Exception:
    return refusal(
        "option_invalid", option="encoding", text=stated, expected="utf-8, cp1252, cp1251 or such"
    )


def _first_invalid_byte(content: Content) -> tuple[int, int] | None:
    """Return (offset, byte) where the file stops being UTF-8, reading it all."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    with content.open() as file:
        while True:
            chunk = file.read(_CHUNK)
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return offset - pending + error.start, error.object[error.start]
            if not chunk:
                return None
            offset += len(chunk)


def _guess(content: Content, offset: int, byte: int) -> Encoding:
    with content.open() as file:
        _skip(file, max(offset - _CHUNK // 2, 0))
        words = _WORD.findall(file.read(_CHUNK))
    for name, is_plausible in (("cp1252", _is_latin), ("cp1251", _is_cyrillic)):
        if words and all(is_plausible(word) for word in words):
            evidence = words[0].decode(name)
            return Encoding(name, finding("encoding_guessed", encoding=name, text=evidence))
    raise refusal("encoding_unknown", byte=f"0x{byte:02x}", offset=offset)


def _skip(file: BinaryIO, number: int) -> None:
    """Move forward in bytes that may come from an archive and cannot be sought."""
    while number > 0 and (chunk := file.read(min(number, _CHUNK))):
        number -= len(chunk)


def _is_latin(word: bytes) -> bool:
    if re.search(rb"[\x80-\xff]{3}", word):
        return False
    try:
        text = word.decode("cp1252")
    except UnicodeDecodeError:
        return False
    # a sign in the middle of a word is a letter of another code page
    return all(
        character.isascii() or character in _LATIN_LETTERS for character in text.strip(_LATIN_SIGNS)
    )


def _is_cyrillic(word: bytes) -> bool:
    try:
        text = word.decode("cp1251")
    except UnicodeDecodeError:
        return False
    letters = [
        character for character in text if not character.isascii() and character not in "№°µ±·"
    ]
    # in Chinese and Japanese encodings, capitals would stand in the middle of words
    is_written_so = text.lower() == text or text.upper() == text or text[1:].lower() == text[1:]
    return is_written_so and all(
        "а" <= letter.lower() <= "я" or letter in "ёЁ" for letter in letters
    )
