"""
Products of small matrices in registers: what eliminations spend their time with.

Sums stay in registers while the factors go by. A processor whose registers hold eight numbers has
32 of them (AVX-512), one whose registers hold four has 16 (AVX2): what is held at once is cut to
that. Every sum is added up in the same order either way, so the bits are the same.
"""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types

from spatial.interpolation.fast_vectors import (
    DOUBLE,
    INT64,
    VECTOR,
    WIDTH,
    call_lanes,
    cgutils,
    data_of,
    instruction,
    lanes_at,
    splat_value,
)

# Of targets that the products treat at once.
ROWS = 4


def _has_wide_registers(context: Any) -> bool:
    """
    Return whether one register of the processor holds eight numbers.

    Parameters
    ----------
    context : compiler context
        The target.

    Returns
    -------
    bool
        Then there are 32 of them; otherwise 16 of four numbers are expected (AVX2).
    """
    return "+avx512f" in context.codegen().magic_tuple()[2]


def _subtract_products(
    builder: Any, kind: Any, targets: list[Any], depth: Any, factors_of: Any
) -> None:
    """
    Take products off sums that stay in registers while the rows go by.

    Parameters
    ----------
    builder : IR builder
        Where instructions go.
    kind : vector type
        Of a sum.
    targets : list of value
        Pointers to the sums, row after row.
    depth : value
        How many rows of factors there are.
    factors_of : callable
        Takes the number of a row; returns its first factors, one for each row of targets, and its
        second factors, one for each column.
    """
    sums = [cgutils.alloca_once(builder, kind) for _ in targets]
    for held, target in zip(sums, targets, strict=True):
        builder.store(builder.load(target, align=8), held)
    with cgutils.for_range(builder, depth) as loop:
        firsts, seconds = factors_of(loop.index)
        for a, first in enumerate(firsts):
            negative = builder.fneg(first)
            for c, second in enumerate(seconds):
                held = sums[a * len(seconds) + c]
                before = builder.load(held)
                builder.store(call_lanes(builder, "fma", negative, second, before), held)
    for held, target in zip(sums, targets, strict=True):
        builder.store(builder.load(held), target, align=8)


def _subtract_from_rows(
    builder: Any, data: tuple[Any, Any], places: Any, strides: tuple[Any, Any], depth: Any
) -> Any:
    """
    Write what takes a product of matrices off four rows of neighbouring columns.

    Parameters
    ----------
    builder : IR builder
        Where instructions go.
    data : tuple of value
        Pointers to targets and second factors, and to first factors.
    places : tuple of value
        Offsets of the first target, the first factors and the second ones.
    strides : tuple of value
        From row to row of each of the two arrays.
    depth : value
        How many rows of factors there are.

    Returns
    -------
    callable
        Takes where columns begin, and how many vectors of them are treated at once.
    """

    def write(begin: int, vectors: int) -> None:
        shifts = [INT64(begin + WIDTH * v) for v in range(vectors)]
        targets, row = [], places[0]
        for _ in range(ROWS):
            targets += [lanes_at(builder, data[0], builder.add(row, shift)) for shift in shifts]
            row = builder.add(row, strides[0])

        def factors_of(index: Any) -> tuple[list[Any], list[Any]]:
            left = builder.add(places[1], builder.mul(index, strides[1]))
            right = builder.add(places[2], builder.mul(index, strides[0]))
            shares = [
                builder.load(builder.gep(data[1], [builder.add(left, INT64(a))]))
                for a in range(ROWS)
            ]
            return [splat_value(builder, share) for share in shares], [
                builder.load(lanes_at(builder, data[0], builder.add(right, shift)), align=8)
                for shift in shifts
            ]

        _subtract_products(builder, VECTOR, targets, depth, factors_of)

    return write


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
    vectors = 2

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        flat_value, packed, depth_value, stride_value = arguments
        data = data_of(context, builder, signature.args[0], flat_value)
        unpacked = cgutils.unpack_tuple(builder, packed)
        strides = stride_value, stride_value
        write = _subtract_from_rows(builder, (data, data), unpacked, strides, depth_value)
        together = vectors if _has_wide_registers(context) else 1
        for v in range(0, vectors, together):
            write(v * WIDTH, together)
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

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        flat_value, packed, depth_value, stride_value = arguments
        data = data_of(context, builder, signature.args[0], flat_value)
        target, left, right = cgutils.unpack_tuple(builder, packed)
        # Sums that fill half of the registers: 4 x 4 of eight lanes, or 4 x 2 of four lanes.
        width, columns = (WIDTH, ROWS) if _has_wide_registers(context) else (WIDTH // 2, 2)
        kind = ir.VectorType(DOUBLE, width)

        def pointer(offset: Any, shift: int) -> Any:
            place = builder.gep(data, [builder.add(offset, INT64(shift))], inbounds=True)
            return builder.bitcast(place, kind.as_pointer())

        def write(lane: int, column: int) -> None:
            shifts = [lane + WIDTH * (column + c) for c in range(columns)]
            targets, row = [], target
            for _ in range(ROWS):
                targets += [pointer(row, shift) for shift in shifts]
                row = builder.add(row, stride_value)

            def factors_of(index: Any) -> tuple[list[Any], list[Any]]:
                down = builder.mul(index, stride_value)
                first, second = builder.add(left, down), builder.add(right, down)
                return (
                    [builder.load(pointer(first, lane + WIDTH * a), align=8) for a in range(ROWS)],
                    [builder.load(pointer(second, shift), align=8) for shift in shifts],
                )

            _subtract_products(builder, kind, targets, depth_value, factors_of)

        for lane in range(0, WIDTH, width):
            for column in range(0, ROWS, columns):
                write(lane, column)
        return context.get_dummy_value()

    return types.void(flat, places, types.int64, types.int64), generate


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
    vectors = 4

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        sides_value, strips_value, packed, depth_value = arguments
        data = data_of(context, builder, signature.args[0], sides_value)
        factors = data_of(context, builder, signature.args[1], strips_value)
        target, source, first = cgutils.unpack_tuple(builder, packed)
        strides = INT64(WIDTH * vectors), INT64(ROWS)
        places = target, first, source
        write = _subtract_from_rows(builder, (data, factors), places, strides, depth_value)
        together = vectors if _has_wide_registers(context) else 1
        for v in range(0, vectors, together):
            write(v * WIDTH, together)
        return context.get_dummy_value()

    return types.void(sides, strips, places, types.int64), generate
