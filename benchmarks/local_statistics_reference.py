"""
Write the figures of esda that tests of Gi* and local Moran's I are held against.

    python -m benchmarks.local_statistics_reference > tests/data/spatial/hotspots/esda.json

Runs where esda is installed (benchmarks/prepare.sh), which is no part of the product.
"""

import json
import sys
import warnings

import esda
import libpysal
import numpy as np


def main() -> None:
    rng = np.random.default_rng(20261127)
    places = np.round(rng.random((60, 2)) * 1000.0, 2)
    values = np.round(np.exp(4.0 + places[:, 0] / 600.0 + rng.standard_normal(60)), 3)
    y = np.log(values)
    figures = []
    for name, number in (("neighbours", 8), ("distance", 250.0)):
        build = {
            "neighbours": lambda: libpysal.weights.KNN.from_array(places, k=8),
            "distance": lambda: libpysal.weights.DistanceBand.from_array(places, 250.0),
        }[name]
        weights = build()
        hot = esda.G_Local(y, weights, transform="B", star=True, permutations=0)
        moran = esda.Moran_Local(y, build(), transformation="r", permutations=0)
        figures.append(
            {
                "weights": {name: number},
                "gi_star": hot.Zs.tolist(),
                "gi_star_p_one_sided_of_magnitude": hot.p_norm.tolist(),
                "local_moran": moran.Is.tolist(),
                "quadrant": moran.q.tolist(),
            }
        )
    told = {
        "made_by": f"esda {esda.__version__}, libpysal {libpysal.__version__}",
        "places": places.tolist(),
        "values": values.tolist(),
        "figures": figures,
    }
    json.dump(told, sys.stdout)
    sys.stdout.write("\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
