"""
The type of eight numbers side by side, and how instructions on them are written.

What kernels call is in `spatial.interpolation.fast_lanes`.
"""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils as untyped_tools
from numba.extending import intrinsic, models, register_model

WIDTH = 8
cgutils: Any = untyped_tools
DOUBLE, INT64, INT32 = ir.DoubleType(), ir.IntType(64), ir.IntType(32)
VECTOR = ir.VectorType(DOUBLE, WIDTH)
INTEGERS = ir.VectorType(INT64, WIDTH)


def instruction(definition: Any) -> Any:
    """
    Make what a kernel calls of a function that writes instructions.

    Parameters
    ----------
    definition : callable
        Takes the types of the arguments; returns the signature and the writer.

    Returns
    -------
    callable
        For kernels only.
    """
    return intrinsic(definition)


class LanesType(types.Type):
    """
    The compiler's name for eight numbers side by side.

    Parameters
    ----------
    *args : object
        None.
    **kwargs : object
        None.
    """

    def __init__(self) -> None:
        super().__init__(name="Lanes")


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    """
    Lanes are one vector register.

    Parameters
    ----------
    manager : data model manager
        The compiler's.
    lanes : LanesType
        The type.
    """

    def __init__(self, manager: Any, lanes: Any) -> None:
        super().__init__(manager, lanes, VECTOR)  # type: ignore[no-untyped-call]


# In a container, so that nothing takes it for a function.
KINDS: tuple[Any, ...] = (LanesType(),)


def data_of(context: Any, builder: Any, array_type: Any, array: Any) -> Any:
    """
    Return where the numbers of an array are.

    Parameters
    ----------
    context : compiler context
        The target.
    builder : IR builder
        Where instructions go.
    array_type : compiler type
        Of the array.
    array : value
        The array.

    Returns
    -------
    value
        Pointer.
    """
    return context.make_array(array_type)(context, builder, array).data


def lanes_at(builder: Any, data: Any, offset: Any) -> Any:
    """
    Return a pointer to eight numbers.

    Parameters
    ----------
    builder : IR builder
        Where instructions go.
    data : value
        Pointer to the first number.
    offset : value
        How many numbers further.

    Returns
    -------
    value
        Pointer to lanes.
    """
    return builder.bitcast(builder.gep(data, [offset], inbounds=True), VECTOR.as_pointer())


def splat_value(builder: Any, number: Any) -> Any:
    """
    Put one number into all lanes.

    Parameters
    ----------
    builder : IR builder
        Where instructions go.
    number : value
        The number.

    Returns
    -------
    value
        Lanes.
    """
    single = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), number, INT32(0))
    zeros = ir.Constant(ir.VectorType(INT32, WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(single, ir.Constant(VECTOR, ir.Undefined), zeros)


def constant_lanes(number: float) -> Any:
    """
    Return lanes that hold a constant.

    Parameters
    ----------
    number : float
        The constant.

    Returns
    -------
    value
        Lanes.
    """
    return ir.Constant(VECTOR, [number] * WIDTH)


def call_lanes(builder: Any, name: str, *arguments: Any) -> Any:
    """
    Call an operation of the processor on lanes.

    Parameters
    ----------
    builder : IR builder
        Where instructions go.
    name : str
        Its name in LLVM.
    *arguments : value
        Lanes.

    Returns
    -------
    value
        Lanes.
    """
    kind = arguments[0].type
    function_type = ir.FunctionType(kind, [kind] * len(arguments))
    function = cgutils.get_or_insert_function(
        builder.module, function_type, f"llvm.{name}.v{kind.count}f64"
    )
    return builder.call(function, arguments)
