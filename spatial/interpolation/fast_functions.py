"""What kernels do with lanes that takes many instructions: exponentials, tables, gathering."""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types

from spatial.interpolation.fast_tables import FIRST_OCTAVE, PARTS, TERMS
from spatial.interpolation.fast_vectors import (
    INT32,
    INT64,
    INTEGERS,
    KINDS,
    VECTOR,
    WIDTH,
    call_lanes,
    constant_lanes,
    data_of,
    instruction,
)


@instruction
def exponential(typing: Any, lanes: Any) -> Any:
    """
    Return e to each number, which must be 0 or less; below −708 the answer is e^−708.

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
    # e^x = 2^n e^r with n = round(x / ln 2): |r| <= 0.3466, where Taylor's sum to r^13 leaves
    # 4e-18. ln 2 comes in two parts so that n ln 2 is taken off without rounding.
    powers, factorial = [], 1.0
    for power in range(14):
        factorial *= max(power, 1)
        powers.append(1.0 / factorial)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        least = constant_lanes(-708.0)
        x = builder.select(builder.fcmp_ordered(">", arguments[0], least), arguments[0], least)
        whole = call_lanes(builder, "rint", builder.fmul(x, constant_lanes(1.4426950408889634)))
        rest = call_lanes(builder, "fma", whole, constant_lanes(-6.93147180369123816490e-01), x)
        rest = call_lanes(builder, "fma", whole, constant_lanes(-1.90821492927058770002e-10), rest)
        total = constant_lanes(powers[-1])
        for factor in reversed(powers[:-1]):
            total = call_lanes(builder, "fma", total, rest, constant_lanes(factor))
        exponent = builder.add(
            builder.fptosi(whole, INTEGERS), ir.Constant(INTEGERS, [1023] * WIDTH)
        )
        scale = builder.bitcast(builder.shl(exponent, ir.Constant(INTEGERS, [52] * WIDTH)), VECTOR)
        return builder.fmul(total, scale)

    return KINDS[0](KINDS[0]), generate


@instruction
def gather(typing: Any, array: Any, offsets: Any, first: Any, second: Any) -> Any:
    """
    Read eight numbers at ``offsets[first : first + 8] + offsets[second : second + 8]``.

    Parameters
    ----------
    typing : compiler context
        Not used.
    array : compiler type
        Of a flat array of float64.
    offsets : compiler type
        Of a flat array of int64.
    first : compiler type
        Of an offset into the offsets.
    second : compiler type
        Of another.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = data_of(context, builder, signature.args[0], arguments[0])
        integers = context.make_array(signature.args[1])(context, builder, arguments[1]).data
        lanes = ir.Constant(VECTOR, ir.Undefined)
        for lane in range(WIDTH):
            one, other = (
                builder.load(builder.gep(integers, [builder.add(place, INT64(lane))]))
                for place in arguments[2:]
            )
            number = builder.load(builder.gep(data, [builder.add(one, other)]))
            lanes = builder.insert_element(lanes, number, INT32(lane))
        return lanes

    return KINDS[0](array, offsets, types.int64, types.int64), generate


@instruction
def table_value(typing: Any, lanes: Any, table: Any, start: Any) -> Any:
    """
    Look numbers up in a table of Chebyshev sums over eighths of octaves.

    Parameters
    ----------
    typing : compiler context
        Not used.
    lanes : compiler type
        Of eight numbers, 0 or more.
    table : compiler type
        Of a flat array of float64, see `spatial.interpolation.fast_tables`.
    start : compiler type
        Of the offset where the table begins.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """

    def whole(number: int) -> Any:
        return ir.Constant(INTEGERS, [number] * WIDTH)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = data_of(context, builder, signature.args[1], arguments[1])
        bits = builder.bitcast(arguments[0], INTEGERS)
        # Exponent and first three bits of the fraction number the part; the others lie within it.
        part = builder.sub(builder.lshr(bits, whole(49)), whole((1023 + FIRST_OCTAVE) * 8))
        part = builder.select(builder.icmp_signed("<", part, whole(0)), whole(0), part)
        last = whole(PARTS - 1)
        part = builder.select(builder.icmp_signed(">", part, last), last, part)
        rest = builder.or_(builder.and_(bits, whole((1 << 49) - 1)), whole(1023 << 52))
        within = builder.fsub(builder.bitcast(rest, VECTOR), constant_lanes(1.0))
        u = builder.fsub(builder.fmul(within, constant_lanes(16.0)), constant_lanes(1.0))
        rows = builder.add(builder.mul(part, whole(TERMS)), _splat_integer(builder, arguments[2]))
        offsets = [builder.extract_element(rows, INT32(lane)) for lane in range(WIDTH)]

        def terms(k: int) -> Any:
            found = ir.Constant(VECTOR, ir.Undefined)
            for lane, offset in enumerate(offsets):
                number = builder.load(builder.gep(data, [builder.add(offset, INT64(k))]))
                found = builder.insert_element(found, number, INT32(lane))
            return found

        # Clenshaw's recurrence.
        twice, after, afterwards = builder.fadd(u, u), constant_lanes(0.0), constant_lanes(0.0)
        for k in range(TERMS - 1, 0, -1):
            new = builder.fsub(call_lanes(builder, "fma", twice, after, terms(k)), afterwards)
            after, afterwards = new, after
        return builder.fsub(call_lanes(builder, "fma", u, after, terms(0)), afterwards)

    return KINDS[0](KINDS[0], table, types.int64), generate


def _splat_integer(builder: Any, number: Any) -> Any:
    """
    Put one integer into all lanes.

    Parameters
    ----------
    builder : IR builder
        Where instructions go.
    number : value
        The integer.

    Returns
    -------
    value
        Lanes of integers.
    """
    undefined = ir.Constant(INTEGERS, ir.Undefined)
    single = builder.insert_element(undefined, number, INT32(0))
    zeros = ir.Constant(ir.VectorType(INT32, WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(single, undefined, zeros)
