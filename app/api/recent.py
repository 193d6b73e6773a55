"""Answers of lanes given before: whoever asks the same is told the same, while it still holds."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.types import Scope

from app.api.freshness import Field, known_fields, matching

# Of all together, of one that is kept with its body, and of one without.
RECENT_BYTES = 32 * 1024 * 1024
_LARGEST_BODY = 256 * 1024
_ENTRY_BYTES = 2048
# A caller takes an answer packed or not; who invents other lists of tags has them looked at anew.
_MOST_SAID = 8

# Scheme and path; query, host and what is accepted.
Address = tuple[str, str, bytes, bytes | None, bytes | None, bytes | None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was sent: its tag and headers, and its bytes where they are few."""

    # Says whether it would be the same now, as far as is known without waiting.
    holds: Callable[[], bool]
    # Of the bytes before they are packed.
    tag: str
    headers: Mapping[str, str]
    is_packable: bool
    # None where nothing was sent but that the caller has it, or where it is large.
    body: bytes | None = None
    fields: list[Field] = field(default_factory=list)
    # By the tags that were sent, what is said to who has the answer.
    _said: dict[str, list[Field]] = field(default_factory=dict)

    def said_to(self, tags: str) -> list[Field] | None:
        """Return the fields of a 304 for who names tags; None if its own is not among them."""
        if tags not in self._said:
            own = matching(tags, self.tag)
            if own is None or len(self._said) >= _MOST_SAID:
                return None
            self._said[tags] = known_fields(
                self.headers, own, has_key=False, is_packed=self.is_packable
            )
        return self._said[tags]


class RecentAnswers:
    """The answers asked for last, of at most so many bytes; only the event loop asks here."""

    def __init__(self, most_bytes: int = RECENT_BYTES) -> None:
        self._most, self._bytes = most_bytes, 0
        self._kept: OrderedDict[Address, Answer] = OrderedDict()

    def get(self, address: Address) -> Answer | None:
        """Return the answer to a request, if it would be the same now."""
        found = self._kept.get(address)
        if found is None or not found.holds():
            return None
        self._kept.move_to_end(address)
        return found

    def put(self, address: Address, answer: Answer) -> None:
        """Keep an answer in place of an earlier one; those asked for longest ago make room."""
        earlier = self._kept.pop(address, None)
        if earlier is not None:
            self._bytes -= _size(earlier)
        self._kept[address] = answer
        self._bytes += _size(answer)
        while self._bytes > self._most:
            self._bytes -= _size(self._kept.popitem(last=False)[1])


def address_of(scope: Scope, headers: Mapping[bytes, bytes]) -> Address | None:
    """Return what decides on an answer, or None where more may."""
    if scope["type"] != "http" or scope["method"] != "GET" or b"authorization" in headers:
        return None
    accepted = (headers.get(name) for name in (b"host", b"accept", b"accept-encoding"))
    host, accept, encoding = accepted
    return (scope["scheme"], scope["path"], scope["query_string"], host, accept, encoding)


def is_small(body: bytes) -> bool:
    """Whether an answer is worth its room in memory."""
    return len(body) <= _LARGEST_BODY


def _size(answer: Answer) -> int:
    return _ENTRY_BYTES + len(answer.body or b"")
