"""
How kernels are put together: what only kernels call is translated once, within them.

Left to itself the compiler optimises each function with all it calls, and makes machine code of it,
before it does so again in the function that calls it: a search four calls deep four times. Here the
parts of a kernel are only gathered; the kernel, which the interpreter calls, is optimised as a
whole.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import binding  # type: ignore[import-untyped]
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_machinery import CompilerPass, PassManager
from numba.core.typed_passes import (
    IRLegalization,
    NativeLowering,
    NoPythonBackend,
    NopythonTypeInference,
    PreLowerStripPhis,
)
from numba.core.untyped_passes import (
    FixupArgs,
    GenericRewrites,
    IRProcessing,
    ReconstructSSA,
    TranslateByteCode,
)

from spatial.interpolation.fast_answers import answered_once

# What is done to a function, in order. The compiler's own list is three times as long: what is left
# out looks for closures, ``with``, `literal_unroll`, branches on types and expressions of whole
# arrays. Kernels have none of them, and each looks through every statement.
PASSES: tuple[type[CompilerPass], ...] = (
    TranslateByteCode,
    FixupArgs,
    IRProcessing,
    GenericRewrites,
    ReconstructSSA,
    NopythonTypeInference,
    PreLowerStripPhis,
    IRLegalization,
    NativeLowering,
    NoPythonBackend,
)
# Beginning of the names of globals that hold what a function refers to.
ENVIRONMENT = "_ZN08NumbaEnv"


class _Unoptimised(JITCodeLibrary):
    """
    What was translated of a function, optimised only within the whole kernel.

    Parameters
    ----------
    codegen : code generator
        Of the target.
    name : str
        Of the function.
    """

    def _optimize_functions(self, ll_module: Any) -> None:
        """
        Leave a function as it is; the compiler by itself would optimise it before it is linked.

        Parameters
        ----------
        ll_module : module
            Of the function.
        """
        ll_module.data_layout = self._codegen._data_layout


class _Part(_Unoptimised):
    """
    What was translated of a function that only kernels call: no machine code.

    Parameters
    ----------
    codegen : code generator
        Of the target.
    name : str
        Of the function.
    """

    def finalize(self) -> None:
        """Leave linking, optimising and machine code to the kernels."""
        self._raise_if_finalized()  # type: ignore[no-untyped-call]
        # The compiler is about to leave the function's environment under a name, and kernels will
        # look for it there.
        names = [
            str(variable)
            for variable in self._final_module.global_variables
            if variable.name.startswith(ENVIRONMENT)
        ]
        module = binding.parse_assembly("\n".join(names))
        self._codegen._add_module(module)  # type: ignore[no-untyped-call]
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """
        Tell that there is nothing to be called from outside.

        Parameters
        ----------
        name : str
            Of the function.

        Returns
        -------
        int
            0.
        """
        self._ensure_finalized()  # type: ignore[no-untyped-call]
        return 0


class _Whole(_Unoptimised):
    """
    A kernel and all its parts.

    Parameters
    ----------
    codegen : code generator
        Of the target.
    name : str
        Of the kernel.
    """

    def finalize(self) -> None:
        """Gather the parts, and the parts of parts, then optimise and make machine code."""
        gathered: dict[Any, None] = {}
        waiting = self._linking_libraries[::-1]
        while waiting:
            library = waiting.pop()
            if library not in gathered:
                gathered[library] = None
                if isinstance(library, _Part):
                    waiting += library._linking_libraries[::-1]
        self._linking_libraries = list(gathered)
        super().finalize()  # type: ignore[no-untyped-call]

    def _optimize_final_module(self) -> None:
        """
        Optimise once.

        The compiler by itself does so cheaply before, to find counts of who holds arrays that
        cancel out. Of parts only makers count any.
        """
        passes, builder = self._codegen._module_pass_manager()  # type: ignore[no-untyped-call]
        passes.run(self._final_module, builder)


class PartCompiler(Compiler):
    """
    The compiler, for what only kernels call.

    Parameters
    ----------
    typingctx : compiler context
        What is known of types.
    targetctx : compiler context
        The target.
    library : code library or None
        Replaced.
    args : tuple of compiler type
        Of the arguments.
    return_type : compiler type or None
        None where it follows.
    flags : compiler flags
        Options.
    locals : dict
        Types of local variables that are stated.
    """

    library_class: type[JITCodeLibrary] = _Part

    def define_pipelines(self) -> list[PassManager]:
        """
        Tell what is done to a function.

        Returns
        -------
        list of pass manager
            One, of `PASSES`.
        """
        passes: Any = PassManager("kernels")  # type: ignore[no-untyped-call]
        for one in PASSES:
            passes.add_pass(one, one.__name__)
        passes.finalize()
        return [passes]

    def compile_extra(self, func: Callable[..., Any]) -> Any:
        """
        Compile a function.

        Parameters
        ----------
        func : callable
            The function.

        Returns
        -------
        compilation result
            As from the compiler.

        Raises
        ------
        TypeError
            Where a function returns arrays and does not count who holds them.
        """
        codegen = self.state.targetctx.codegen()
        self.state.library = self.library_class(codegen, func.__qualname__)
        self.state.library.enable_object_caching()
        with answered_once():
            compiled: Any = super().compile_extra(func)  # type: ignore[no-untyped-call]
        returned = self.state.targetctx.data_model_manager[compiled.signature.return_type]
        if not self.state.flags.nrt and returned.contains_nrt_meminfo():
            # Nobody counted that the caller holds them too: it would let go of them once too often.
            raise TypeError(f"{func.__qualname__} returns arrays: call it a maker.")
        return compiled


class WholeCompiler(PartCompiler):
    """
    The compiler, for kernels.

    Parameters
    ----------
    typingctx : compiler context
        What is known of types.
    targetctx : compiler context
        The target.
    library : code library or None
        Replaced.
    args : tuple of compiler type
        Of the arguments.
    return_type : compiler type or None
        None where it follows.
    flags : compiler flags
        Options.
    locals : dict
        Types of local variables that are stated.
    """

    library_class = _Whole
