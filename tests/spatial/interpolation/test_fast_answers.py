"""While kernels are compiled the compiler remembers its answers, and only then."""

import operator

import pytest
from numba import njit, types
from numba.core.errors import TypingError
from numba.core.registry import cpu_target
from numba.extending import intrinsic

from spatial.interpolation.fast_answers import answered_once

CHANGED = {"resolve_function_type", "get_abi_sizeof", "load_additional_registries"}


def add(first, second):
    typing = cpu_target.typing_context
    plus = typing.resolve_value_type(operator.add)
    return typing.resolve_function_type(plus, (first, second), {})


def changed():
    return CHANGED & (vars(cpu_target.typing_context).keys() | vars(cpu_target.target_context))


@pytest.fixture(autouse=True)
def ready():
    """All that the compiler knows is loaded before it compiles."""
    cpu_target.target_context.refresh()


def test_a_question_is_asked_once(monkeypatch):
    asked = []
    kind = type(cpu_target.typing_context)
    original = kind.resolve_function_type

    def ask(self, function, arguments, named):
        asked.append(arguments)
        return original(self, function, arguments, named)

    monkeypatch.setattr(kind, "resolve_function_type", ask)
    outside = add(types.int16, types.float32)
    assert len(asked) == 1
    with answered_once():
        inside = add(types.int16, types.float32)
        assert add(types.int16, types.float32) is inside
        assert len(asked) == 2
        assert add(types.int16, types.int16) != inside
        assert len(asked) == 3
    assert inside == outside


def test_literals_are_types_of_their_own():
    one = types.literal(1)
    with answered_once():
        literal = add(one, one)
        plain = add(types.int64, types.int64)
        short = add(types.int8, types.int8)
    assert literal == add(one, one)
    assert plain == add(types.int64, types.int64)
    assert short == add(types.int8, types.int8)


def test_a_refusal_is_not_taken_for_an_answer():
    with answered_once():
        for _ in range(2):
            with pytest.raises(TypingError):
                add(types.int64, types.none)


def test_sizes_are_those_of_the_compiler():
    target = cpu_target.target_context
    kinds = [target.get_value_type(kind) for kind in (types.int8, types.float64, types.int64[:, :])]
    sizes = [target.get_abi_sizeof(kind) for kind in kinds]
    with answered_once():
        assert [target.get_abi_sizeof(kind) for kind in kinds * 2] == sizes * 2
    assert sizes[:2] == [1, 8]


def test_afterwards_the_compiler_is_as_it_was():
    with answered_once():
        with answered_once():
            assert changed() == CHANGED
        assert changed() == CHANGED
    assert not changed()
    with pytest.raises(ZeroDivisionError), answered_once():
        _ = 1 // 0
    assert not changed()


def test_what_is_first_used_meanwhile_is_found():
    """The compiler learns how to translate an intrinsic when it is first asked for its type."""

    @intrinsic
    def twice(context, number):
        return number(number), lambda context, builder, signature, given: builder.add(*given * 2)

    @njit
    def twice_and_one(number):
        return twice(number) + 1

    with answered_once():
        assert twice_and_one(21) == 43
