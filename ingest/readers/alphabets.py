"""Alphabets by which the words of a text tell one code page of Europe from another.

Every word must make sense: letters of one alphabet, capitals only where people write them. Of two
code pages under which all words do, the frequency of letters, or the case of them, decides.
"""

import re
from collections.abc import Sequence

# fewer distinct words than these are no evidence for a rarer code page
_FEWEST_WORDS = 3
_MIXED = re.compile(rb"[A-Za-z][\x80-\xff]|[\x80-\xff][A-Za-z]")
_LATIN_SIGNS = "°˛µ±§·–—“”„’‚€×"
# the letters beyond a to z of one language each; no text needs letters of several
_CENTRAL_EUROPEAN = {
    "Polish": "ąćęłńóśźż",
    "Czech and Slovak": "áäčďéěíĺľňóôŕřšťúůýž",
    "Hungarian": "áéíóöőúüű",
    "Croatian and Slovene": "čćđšž",
    "Romanian": "ăâîşţ",
}
# in every thousand letters of Russian about 660 are one of these
_FREQUENT_RUSSIAN = frozenset("оеаинтсрвл")
_GREEK = frozenset("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ")
_GREEK_SIGNS = "°±·§²³½«»–—µ"
_RUSSIAN_SIGNS = "°²·÷©№µ±"


def is_written_so(text: str) -> bool:
    """Tell whether the capitals of a word stand where people write them.

    Parameters
    ----------
    text : str
        A word.

    Returns
    -------
    bool
        Whether all letters are small, all are capitals, or only the first one is.

    Examples
    --------
    >>> is_written_so("Свинец"), is_written_so("яБХМЕЖ")
    (True, False)
    """
    return text.lower() == text or text.upper() == text or text[1:].lower() == text[1:]


def are_russian(encoding: str, words: Sequence[bytes]) -> bool:
    """Tell whether all words are Russian ones in an encoding.

    Parameters
    ----------
    encoding : str
        The name of the encoding.
    words : sequence of bytes
        The words of a text that have bytes above 127.

    Returns
    -------
    bool
        Whether there are several, all of them written in Russian letters.

    Examples
    --------
    >>> words = [word.encode("koi8_r") for word in ("Свинец", "глубина", "широта")]
    >>> are_russian("koi8_r", words), are_russian("cp1251", words)
    (True, False)
    """
    texts = _decoded(encoding, words)
    return texts is not None and all(
        is_written_so(text)
        and all("а" <= letter <= "я" or letter == "ё" for letter in text.lower())
        for text in (text.strip(_RUSSIAN_SIGNS) for text in texts)
    )


def are_greek(encoding: str, words: Sequence[bytes]) -> bool:
    """Tell whether all words are Greek ones in an encoding.

    Parameters
    ----------
    encoding : str
        The name of the encoding.
    words : sequence of bytes
        The words of a text that have bytes above 127.

    Returns
    -------
    bool
        Whether there are several, all of them in Greek letters, each final sigma at an end.

    Examples
    --------
    >>> words = [word.encode("cp1253") for word in ("Άργος", "βάθος", "μόλυβδος")]
    >>> are_greek("cp1253", words), are_greek("iso8859_7", words)
    (True, False)
    """
    texts = _decoded(encoding, words)
    return texts is not None and all(map(_is_greek, texts))


def _is_greek(word: str) -> bool:
    # an apostrophe before a word is the capital alpha with accent of another code page
    text = word.rstrip("’").strip(_GREEK_SIGNS)
    if text in {"μg", "g", "m", "μm"}:
        return True
    has_sigma_in_place = "ς" not in text[:-1] and not (len(text) > 1 and text.endswith("σ"))
    return is_written_so(text) and has_sigma_in_place and _GREEK.issuperset(text.lower())


def are_central_european(words: Sequence[bytes]) -> bool:
    """Tell whether all words are of one language of Central Europe in Windows-1250.

    Parameters
    ----------
    words : sequence of bytes
        The words of a text that have bytes above 127.

    Returns
    -------
    bool
        Whether there are several, and one language has all their letters.

    Examples
    --------
    >>> words = [word.encode("cp1250") for word in ("ołów", "głębokość", "Łódź")]
    >>> are_central_european(words)
    True
    >>> are_central_european([word.encode("mac_roman") for word in ("Länge", "Größe", "für")])
    False
    """
    texts = _decoded("cp1250", words)
    if texts is None or sum(_MIXED.search(word) is not None for word in words) < _FEWEST_WORDS:
        return False
    texts = [text.strip(_LATIN_SIGNS) for text in texts]
    letters = {letter for text in texts for letter in text.lower() if not letter.isascii()}
    return all(map(is_written_so, texts)) and any(
        letters.issubset(language) for language in _CENTRAL_EUROPEAN.values()
    )


def _decoded(encoding: str, words: Sequence[bytes]) -> list[str] | None:
    """Decode words, each once; None where they are too few, or no text in the encoding."""
    distinct = set(words)
    if len(distinct) < _FEWEST_WORDS:
        return None
    try:
        return [word.decode(encoding) for word in distinct]
    except UnicodeDecodeError:
        return None


def has_misplaced_capitals(encoding: str, words: Sequence[bytes]) -> bool:
    """Tell whether an encoding puts capitals into the middle of words.

    Parameters
    ----------
    encoding : str
        The name of an encoding that the words can be decoded from.
    words : sequence of bytes
        Words of a text.

    Returns
    -------
    bool
        Whether it does.

    Examples
    --------
    >>> has_misplaced_capitals("mac_roman", ["vzorčenje".encode("cp1250")])
    True
    """
    return not all(is_written_so(word.decode(encoding)) for word in words)


def is_rather_koi8(words: Sequence[bytes]) -> bool:
    """Tell KOI8-R from Windows-1251 by the frequency of letters, where words fit both.

    Parameters
    ----------
    words : sequence of bytes
        Words of one case: small letters of the one encoding are capitals of the other.

    Returns
    -------
    bool
        Whether the frequent letters of Russian are more by a fifth in KOI8-R.

    Examples
    --------
    >>> words = "свинец глубина широта".split()
    >>> [is_rather_koi8([word.encode(name) for word in words]) for name in ("koi8_r", "cp1251")]
    [True, False]
    """
    koi8, windows = (
        sum(letter in _FREQUENT_RUSSIAN for word in words for letter in word.decode(name).lower())
        for name in ("koi8_r", "cp1251")
    )
    return koi8 > 1.2 * windows


def are_rather_hungarian(words: Sequence[bytes]) -> bool:
    """Tell Hungarian in Windows-1250 from Windows-1252, where words fit both.

    The long o of Hungarian is the o with tilde of the other code page: Portuguese has that
    before an e only, and Estonian has no acute accents beside it.

    Parameters
    ----------
    words : sequence of bytes
        The words of a text that have bytes above 127.

    Returns
    -------
    bool
        Whether they are Hungarian beyond doubt.

    Examples
    --------
    >>> are_rather_hungarian([word.encode("cp1250") for word in ("Győr", "mélység")])
    True
    >>> are_rather_hungarian([word.encode("cp1252") for word in ("regiões", "média")])
    False
    """
    text = " ".join(word.decode("cp1250") for word in words).lower()
    return "ő" in text and "őe" not in text and any(letter in text for letter in "áéíóú")
