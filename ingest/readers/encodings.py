"""Finds the encoding of a text file: stated, by its mark, by validity, or guessed aloud."""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from ingest.findings import Finding, finding, refusal
from ingest.readers.alphabets import (
    are_central_european,
    are_greek,
    are_rather_hungarian,
    are_russian,
    has_misplaced_capitals,
    is_rather_koi8,
    is_written_so,
)
from ingest.readers.contract import Content

_CHUNK = 1 << 20
_HEAD_BYTES = 4096
# fewer signs than these say nothing about a script
_FEWEST_SIGNS = 4
_FEWEST_WORDS = 3
_EAST_ASIAN = frozenset({"gb18030", "cp932"})
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
        UTF-8 where the whole file is valid UTF-8; UTF-16 without a mark where every second byte
        is zero; else a guess with its evidence among Windows-1252, Windows-1251, GB18030,
        Shift-JIS, Mac Roman, Windows-1250, KOI8-R, Windows-1253 and ISO-8859-7.

    Raises
    ------
    IngestError
        If the stated encoding is unknown, or none can be told.
    """
    with content.open() as file:
        head = file.read(_HEAD_BYTES)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name)
    if stated is not None:
        return Encoding(_known(stated))
    if (unmarked := unmarked_utf16(head)) is not None:
        return Encoding(unmarked)
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


def unmarked_utf16(head: bytes) -> str | None:
    """Tell UTF-16 without a byte-order mark by where its zero bytes stand.

    Parameters
    ----------
    head : bytes
        The first bytes.

    Returns
    -------
    str or None
        ``utf-16-le`` or ``utf-16-be``; None for other bytes, and for text without Latin signs.

    Examples
    --------
    >>> unmarked_utf16("lon;lat".encode("utf-16-be")), unmarked_utf16(b"lon;lat")
    ('utf-16-be', None)
    """
    if len(head) < 4:
        return None
    even, odd = (head[start::2].count(0) / len(head[start::2]) for start in (0, 1))
    if odd > 0.7 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 and odd < 0.05 else None


def _guess(content: Content, offset: int, byte: int) -> Encoding:
    with content.open() as file:
        _skip(file, max(offset - _CHUNK // 2, 0))
        sample = file.read(_CHUNK)
    words = _WORD.findall(sample)
    fitting = [name for name, fits in _CANDIDATES if words and fits(words, sample)]
    if not fitting:
        raise refusal("encoding_unknown", byte=f"0x{byte:02x}", offset=offset)
    name, *others = _by_evidence(fitting, words)
    evidence = max(words, key=len) if name in _EAST_ASIAN else words[0]
    guess = finding(
        "encoding_guessed",
        encoding=name,
        others=f" ({' and '.join(others)} would fit as well)" if others else "",
        number=len(words),
        text=evidence.decode(name, "replace"),
    )
    return Encoding(name, guess)


def _by_evidence(fitting: list[str], words: list[bytes]) -> list[str]:
    """Put the better of two encodings first where both fit: by letters, and by capitals."""
    ranked = list(fitting)
    if {"cp1252", "cp1250"} <= set(ranked) and are_rather_hungarian(words):
        ranked.remove("cp1250")
        ranked.insert(0, "cp1250")
    if {"cp1251", "koi8_r"} <= set(ranked) and is_rather_koi8(words):
        ranked.remove("koi8_r")
        ranked.insert(ranked.index("cp1251"), "koi8_r")
    if {"mac_roman", "cp1250"} <= set(ranked) and has_misplaced_capitals("mac_roman", words):
        ranked.remove("mac_roman")
    return ranked


def _skip(file: BinaryIO, number: int) -> None:
    """Move forward in bytes that may come from an archive and cannot be sought."""
    while number > 0 and (chunk := file.read(min(number, _CHUNK))):
        number -= len(chunk)


def _all_latin(name: str, words: list[bytes], _: bytes) -> bool:
    return all(_is_latin(name, word) for word in words)


def _all_mac_roman(words: list[bytes], sample: bytes) -> bool:
    """Tell Mac Roman, whose letters are rare enough elsewhere only within several words."""
    mixed = {word for word in words if re.search(rb"[A-Za-z]{2}", word)}
    return len(mixed) >= _FEWEST_WORDS and _all_latin("mac_roman", words, sample)


def _is_latin(name: str, word: bytes) -> bool:
    if re.search(rb"[\x80-\xff]{3}", word):
        return False
    try:
        text = word.decode(name)
    except UnicodeDecodeError:
        return False
    # a sign in the middle of a word is a letter of another code page
    return all(
        character.isascii() or character in _LATIN_LETTERS for character in text.strip(_LATIN_SIGNS)
    )


def _all_cyrillic(words: list[bytes], _: bytes) -> bool:
    return all(map(_is_cyrillic, words))


def _is_cyrillic(word: bytes) -> bool:
    try:
        text = word.decode("cp1251")
    except UnicodeDecodeError:
        return False
    letters = [
        character for character in text if not character.isascii() and character not in "№°µ±·"
    ]
    if letters and any(character.isascii() and character.isalpha() for character in text):
        return False  # nobody mixes two alphabets in a word
    # in Chinese and Japanese encodings, capitals would stand in the middle of words
    return is_written_so(text) and all(
        "а" <= letter.lower() <= "я" or letter in "ёЁ" for letter in letters
    )


def _all_east_asian(
    name: str, common: Callable[[bytes], bool], _: list[bytes], sample: bytes
) -> bool:
    """Tell Shift-JIS and GB18030 by signs that are all of their script and mostly common ones."""
    decoder = codecs.getincrementaldecoder(name)()
    # the sample may begin within a character: it is whole again from the first line on
    start = sample.find(b"\n") + 1 if len(sample) == _CHUNK else 0
    try:
        text = decoder.decode(sample[start:])
    except UnicodeDecodeError:
        return False
    foreign = [character for character in text if not character.isascii()]
    if len(foreign) < _FEWEST_SIGNS or not all(map(_is_east_asian, foreign)):
        return False
    return sum(common(character.encode(name)) for character in foreign) >= 0.9 * len(foreign)


def _is_east_asian(character: str) -> bool:
    return (
        "\u3000" <= character <= "\u30ff"
        or "\u4e00" <= character <= "\u9fff"
        or "\uff01" <= character <= "\uff5e"
        or character in "μµ°℃±×²³·％‰～—…“”‘’→"
    )


def _is_common_japanese(code: bytes) -> bool:
    """Punctuation, kana, and the kanji of the first level of JIS X 0208."""
    return 0x81 <= code[0] <= 0x97


def _is_common_chinese(code: bytes) -> bool:
    """Punctuation and the characters of the first level of GB 2312."""
    is_two_of_gb2312 = len(code) == 2 and code[1] >= 0xA1
    return is_two_of_gb2312 and (0xA1 <= code[0] <= 0xA9 or 0xB0 <= code[0] <= 0xD7)


_CANDIDATES: tuple[tuple[str, Callable[[list[bytes], bytes], bool]], ...] = (
    ("cp1252", partial(_all_latin, "cp1252")),
    ("cp1251", _all_cyrillic),
    ("gb18030", partial(_all_east_asian, "gb18030", _is_common_chinese)),
    ("cp932", partial(_all_east_asian, "cp932", _is_common_japanese)),
    ("mac_roman", _all_mac_roman),
    ("cp1250", lambda words, _: are_central_european(words)),
    ("koi8_r", lambda words, _: are_russian("koi8_r", words)),
    ("cp1253", lambda words, _: are_greek("cp1253", words)),
    ("iso8859_7", lambda words, _: are_greek("iso8859_7", words)),
)
