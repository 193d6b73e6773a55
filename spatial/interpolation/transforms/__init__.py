"""Transforms g between concentrations and the scale on which a surface is Gaussian."""

from spatial.interpolation.transforms.box_cox import BoxCox
from spatial.interpolation.transforms.contract import Transform
from spatial.interpolation.transforms.identity import Identity
from spatial.interpolation.transforms.logarithm import NaturalLogarithm
from spatial.interpolation.transforms.normal_score import NormalScore
from spatial.interpolation.transforms.registry import (
    TRANSFORMS,
    check_transform,
    fit_transform,
    get_transform,
)

__all__ = [
    "TRANSFORMS",
    "BoxCox",
    "Identity",
    "NaturalLogarithm",
    "NormalScore",
    "Transform",
    "check_transform",
    "fit_transform",
    "get_transform",
]
