"""What kernels do with lanes that takes many instructions: exponentials, products, gathering."""

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
    cgutils,
    constant_lanes,
    data_of,
    instruction,
    lanes_at,
    splat_value,
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
def subtract_row_products(typing: Any, flat: Any, places: Any, depth: Any, stride: Any) -> Any:
    """
    Take a product of matrices off four rows and sixteen columns of one flat matrix.

    ``places`` are four offsets: of the sixteen columns in the first of the four target rows, of
    the first factor's first row (four numbers side by side), of the second factor's first row
    (sixteen numbers); target[a, c] −= Σ_p first[p, a] second[p, c] over ``depth`` rows.

    Parameters
    ----------
    typing : compiler context
        Not used.
    flat : compiler type
        Of a flat array of float64.
    places : compiler type
        Of three offsets into it.
    depth : compiler type
        Of a number of rows.
    stride : compiler type
        Of the numbers from one row to the next.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """
    vectors, rows = 2, 4

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        flat_value, packed, depth_value, stride_value = arguments
        data = data_of(context, builder, signature.args[0], flat_value)
        target, left, right = cgutils.unpack_tuple(builder, packed)
        offsets = []
        sums = []
        row_offset = target
        for _ in range(rows):
            for v in range(vectors):
                offset = builder.add(row_offset, INT64(WIDTH * v))
                offsets.append(offset)
                sums.append(cgutils.alloca_once(builder, VECTOR))
                builder.store(builder.load(lanes_at(builder, data, offset), align=8), sums[-1])
            row_offset = builder.add(row_offset, stride_value)
        with cgutils.for_range(builder, depth_value) as loop:
            shift = builder.mul(loop.index, stride_value)
            first, second = builder.add(left, shift), builder.add(right, shift)
            columns = [
                builder.load(
                    lanes_at(builder, data, builder.add(second, INT64(WIDTH * v))), align=8
                )
                for v in range(vectors)
            ]
            for a in range(rows):
                share = builder.load(builder.gep(data, [builder.add(first, INT64(a))]))
                factor = builder.fneg(splat_value(builder, share))
                for v in range(vectors):
                    held = sums[a * vectors + v]
                    before = builder.load(held)
                    builder.store(call_lanes(builder, "fma", factor, columns[v], before), held)
        for held, offset in zip(sums, offsets, strict=True):
            builder.store(builder.load(held), lanes_at(builder, data, offset), align=8)
        return context.get_dummy_value()

    return types.void(flat, places, types.int64, types.int64), generate


@instruction
def subtract_lane_products(typing: Any, flat: Any, places: Any, depth: Any, stride: Any) -> Any:
    """
    Take a product off a tile of 4 by 4 lanes: eight products of matrices at once.

    ``places`` are the offsets of the target, of the first and of the second factor;
    target[a, c] −= Σ_p first[p, a] second[p, c] in every lane.

    Parameters
    ----------
    typing : compiler context
        Not used.
    flat : compiler type
        Of a flat array of float64.
    places : compiler type
        Of three offsets into it.
    depth : compiler type
        Of a number of rows.
    stride : compiler type
        Of the numbers from one row to the next.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """
    side = 4

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        flat_value, packed, depth_value, stride_value = arguments
        data = data_of(context, builder, signature.args[0], flat_value)
        target, left, right = cgutils.unpack_tuple(builder, packed)

        def lanes(offset: Any, column: int) -> Any:
            place = builder.add(offset, INT64(WIDTH * column))
            return builder.load(lanes_at(builder, data, place), align=8)

        sums, row_offset, offsets = [], target, []
        for _ in range(side):
            offsets.append(row_offset)
            for c in range(side):
                sums.append(cgutils.alloca_once(builder, VECTOR))
                builder.store(lanes(row_offset, c), sums[-1])
            row_offset = builder.add(row_offset, stride_value)
        with cgutils.for_range(builder, depth_value) as loop:
            shift = builder.mul(loop.index, stride_value)
            columns = [lanes(builder.add(right, shift), c) for c in range(side)]
            for a in range(side):
                factor = builder.fneg(lanes(builder.add(left, shift), a))
                for c in range(side):
                    held = sums[a * side + c]
                    before = builder.load(held)
                    builder.store(call_lanes(builder, "fma", factor, columns[c], before), held)
        for a in range(side):
            for c in range(side):
                place = builder.add(offsets[a], INT64(WIDTH * c))
                builder.store(
                    builder.load(sums[a * side + c]),
                    lanes_at(builder, data, place),
                    align=8,
                )
        return context.get_dummy_value()

    return types.void(flat, places, types.int64, types.int64), generate


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
def subtract_strip_products(typing: Any, sides: Any, strips: Any, places: Any, depth: Any) -> Any:
    """
    Take a product off four rows and 32 columns of right-hand sides.

    Target[a, c] −= Σ_p strip[p, a] source[p, c] over ``depth`` rows.

    Parameters
    ----------
    typing : compiler context
        Not used.
    sides : compiler type
        Of a flat array of float64 that holds rows of 32 numbers.
    strips : compiler type
        Of a flat array of float64 that holds rows of 4 numbers.
    places : compiler type
        Of three offsets: of the first target row and of the first source row in the first array, of
        the first row in the second.
    depth : compiler type
        Of a number of rows.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """
    rows, vectors = 4, 4
    stride = WIDTH * vectors

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        sides_value, strips_value, packed, depth_value = arguments
        data = data_of(context, builder, signature.args[0], sides_value)
        factors = data_of(context, builder, signature.args[1], strips_value)
        target, source, first = cgutils.unpack_tuple(builder, packed)
        offsets = [
            builder.add(target, INT64(a * stride + v * WIDTH))
            for a in range(rows)
            for v in range(vectors)
        ]
        sums = []
        for offset in offsets:
            sums.append(cgutils.alloca_once(builder, VECTOR))
            builder.store(builder.load(lanes_at(builder, data, offset), align=8), sums[-1])
        with cgutils.for_range(builder, depth_value) as loop:
            row = builder.add(source, builder.mul(loop.index, INT64(stride)))
            columns = [
                builder.load(lanes_at(builder, data, builder.add(row, INT64(v * WIDTH))), align=8)
                for v in range(vectors)
            ]
            left = builder.add(first, builder.mul(loop.index, INT64(rows)))
            for a in range(rows):
                share = builder.load(builder.gep(factors, [builder.add(left, INT64(a))]))
                factor = builder.fneg(splat_value(builder, share))
                for v in range(vectors):
                    held = sums[a * vectors + v]
                    before = builder.load(held)
                    builder.store(call_lanes(builder, "fma", factor, columns[v], before), held)
        for held, offset in zip(sums, offsets, strict=True):
            builder.store(builder.load(held), lanes_at(builder, data, offset), align=8)
        return context.get_dummy_value()

    return types.void(sides, strips, places, types.int64), generate


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
