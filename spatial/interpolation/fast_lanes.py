"""
Eight numbers side by side: the vector registers of the processor, for compiled kernels.

A kernel that treats eight cells at once says so with these functions; the compiler's own
vectoriser finds too little in loops with tests in them. Each function is one instruction, or
the few that a processor with narrower registers needs for it, and rounds as IEEE 754 says: a lane
gets the same bits whatever its neighbours hold.
"""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types

from spatial.interpolation.fast_vectors import (
    INT64,
    KINDS,
    WIDTH,
    call_lanes,
    data_of,
    instruction,
    lanes_at,
    splat_value,
)


@instruction
def load(typing: Any, array: Any, offset: Any) -> Any:
    """
    Read eight numbers of a flat array from an offset on.

    Parameters
    ----------
    typing : compiler context
        Not used.
    array : compiler type
        Of a flat array of float64.
    offset : compiler type
        Of an offset into it.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = data_of(context, builder, signature.args[0], arguments[0])
        return builder.load(lanes_at(builder, data, arguments[1]), align=8)

    return KINDS[0](array, types.int64), generate


@instruction
def store(typing: Any, array: Any, offset: Any, lanes: Any) -> Any:
    """
    Write eight numbers into a flat array from an offset on.

    Parameters
    ----------
    typing : compiler context
        Not used.
    array : compiler type
        Of a flat array of float64.
    offset : compiler type
        Of an offset into it.
    lanes : compiler type
        Of eight numbers.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = data_of(context, builder, signature.args[0], arguments[0])
        builder.store(arguments[2], lanes_at(builder, data, arguments[1]), align=8)
        return context.get_dummy_value()

    return types.void(array, types.int64, KINDS[0]), generate


@instruction
def splat(typing: Any, number: Any) -> Any:
    """
    Put one number into all lanes.

    Parameters
    ----------
    typing : compiler context
        Not used.
    number : compiler type
        Of one number.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return splat_value(builder, arguments[0])

    return KINDS[0](types.float64), generate


def _binary(operation: str) -> Any:
    """
    Make an operation on two lanes.

    Parameters
    ----------
    operation : str
        A method of the IR builder.

    Returns
    -------
    callable
        For kernels only.
    """

    def typed(typing: Any, left: Any, right: Any) -> Any:
        """
        Calculate lane by lane.

        Parameters
        ----------
        typing : compiler context
            Not used.
        left : compiler type
            Of eight numbers.
        right : compiler type
            Of eight numbers.

        Returns
        -------
        tuple
            Signature, and what writes the instructions.
        """

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return getattr(builder, operation)(arguments[0], arguments[1])

        return KINDS[0](KINDS[0], KINDS[0]), generate

    typed.__name__ = operation
    return instruction(typed)


add, subtract, multiply, divide = map(_binary, ("fadd", "fsub", "fmul", "fdiv"))


@instruction
def fused(typing: Any, left: Any, right: Any, rest: Any) -> Any:
    """
    Return left · right + rest, rounded once.

    Parameters
    ----------
    typing : compiler context
        Not used.
    left : compiler type
        Of eight numbers.
    right : compiler type
        Of eight numbers.
    rest : compiler type
        Of eight numbers.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return call_lanes(builder, "fma", *arguments)

    return KINDS[0](KINDS[0], KINDS[0], KINDS[0]), generate


@instruction
def root(typing: Any, lanes: Any) -> Any:
    """
    Return the square roots.

    Parameters
    ----------
    typing : compiler context
        Not used.
    lanes : compiler type
        Of eight numbers.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return call_lanes(builder, "sqrt", arguments[0])

    return KINDS[0](KINDS[0]), generate


@instruction
def smaller(typing: Any, left: Any, right: Any) -> Any:
    """
    Return the smaller of two numbers in each lane.

    Parameters
    ----------
    typing : compiler context
        Not used.
    left : compiler type
        Of eight numbers.
    right : compiler type
        Of eight numbers.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left, right = arguments
        return builder.select(builder.fcmp_ordered("<", left, right), left, right)

    return KINDS[0](KINDS[0], KINDS[0]), generate


@instruction
def larger(typing: Any, left: Any, right: Any) -> Any:
    """
    Return the larger of two numbers in each lane.

    Parameters
    ----------
    typing : compiler context
        Not used.
    left : compiler type
        Of eight numbers.
    right : compiler type
        Of eight numbers.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left, right = arguments
        return builder.select(builder.fcmp_ordered(">", left, right), left, right)

    return KINDS[0](KINDS[0], KINDS[0]), generate


@instruction
def where_at_most(typing: Any, left: Any, right: Any, chosen: Any, other: Any) -> Any:
    """
    Return ``chosen`` in the lanes where left <= right, ``other`` elsewhere.

    Parameters
    ----------
    typing : compiler context
        Not used.
    left : compiler type
        Of eight numbers.
    right : compiler type
        Of eight numbers.
    chosen : compiler type
        Of eight numbers.
    other : compiler type
        Of eight numbers.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left, right, chosen, other = arguments
        return builder.select(builder.fcmp_ordered("<=", left, right), chosen, other)

    return KINDS[0](*[KINDS[0]] * 4), generate


@instruction
def bits_at_most(typing: Any, left: Any, right: Any) -> Any:
    """
    Return an integer with a bit for each lane, set where left <= right.

    Parameters
    ----------
    typing : compiler context
        Not used.
    left : compiler type
        Of eight numbers.
    right : compiler type
        Of eight numbers.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        compared = builder.fcmp_ordered("<=", *arguments)
        return builder.zext(builder.bitcast(compared, ir.IntType(WIDTH)), INT64)

    return types.int64(KINDS[0], KINDS[0]), generate


@instruction
def where_bits(typing: Any, bits: Any, chosen: Any, other: Any) -> Any:
    """
    Return ``chosen`` in the lanes whose bit of an integer is set, ``other`` elsewhere.

    Parameters
    ----------
    typing : compiler context
        Not used.
    bits : compiler type
        Of an integer.
    chosen : compiler type
        Of eight numbers.
    other : compiler type
        Of eight numbers.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        narrow = builder.trunc(arguments[0], ir.IntType(WIDTH))
        mask = builder.bitcast(narrow, ir.VectorType(ir.IntType(1), WIDTH))
        return builder.select(mask, arguments[1], arguments[2])

    return KINDS[0](types.int64, KINDS[0], KINDS[0]), generate
