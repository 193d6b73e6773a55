"""What a user of QGIS does with our addresses: run by the system's Python, which has QGIS.

Takes what to do as JSON on the command line and prints what was found as JSON.
"""

import json
import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeatureRequest,
    QgsFillSymbol,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsMarkerSymbol,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileBasicRenderer,
    QgsVectorTileBasicRendererStyle,
    QgsVectorTileLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QDate, QSize, Qt, QVariant
from qgis.PyQt.QtGui import QColor

BACKGROUND = QColor(255, 255, 255)


def features(told):
    """Open a collection as a layer and read it, in a box and under a filter where they are told."""
    source = (
        f"url='{told['url']}' typename='{told['collection']}' pagingEnabled='true' "
        f"pageSize='{told['page']}' restrictToRequestBBOX='1'"
    )
    layer = QgsVectorLayer(source, told["collection"], "OAPIF")
    assert layer.isValid(), layer.error().message()
    if "filter" in told:
        assert layer.setSubsetString(told["filter"]), layer.dataProvider().error().message()
    request = QgsFeatureRequest()
    if "box" in told:
        request.setFilterRect(QgsRectangle(*told["box"]))
    names = layer.fields().names()
    rows = [
        dict(zip(names, map(_plain, row.attributes()), strict=True))
        for row in layer.getFeatures(request)
    ]
    return {
        "crs": layer.crs().authid(),
        "kind": QgsWkbTypes.displayString(layer.wkbType()),
        "types": {field.name(): field.typeName() for field in layer.fields()},
        "rows": rows,
    }


def _plain(value):
    if isinstance(value, QVariant):  # QGIS's way to say NULL
        return None
    return value.toString(Qt.ISODate) if isinstance(value, QDate) else value


def vector_tiles(told):
    """Draw vector tiles; say how many points of the picture are painted."""
    layer = QgsVectorTileLayer(f"type=xyz&url={told['url']}&zmin=0&zmax=20", "tiles")
    assert layer.isValid(), layer.error().message()
    points = QgsVectorTileBasicRendererStyle("points", "", QgsWkbTypes.PointGeometry)
    points.setSymbol(QgsMarkerSymbol.createSimple({"color": "red", "size": "3"}))
    areas = QgsVectorTileBasicRendererStyle("areas", "", QgsWkbTypes.PolygonGeometry)
    areas.setSymbol(QgsFillSymbol.createSimple({"color": "red"}))
    renderer = QgsVectorTileBasicRenderer()
    renderer.setStyles([points, areas])
    layer.setRenderer(renderer)
    return {"painted": _painted(layer, told["box"])}


def raster(told):
    """Open a raster over HTTP, read a place of each band, draw it."""
    layer = QgsRasterLayer(told["url"], "raster")
    assert layer.isValid(), layer.error().message()
    to_layer = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4326"), layer.crs(), QgsProject.instance()
    )
    place = to_layer.transform(QgsPointXY(*told["place"]))
    bands = range(1, layer.bandCount() + 1)
    return {
        "crs": layer.crs().authid(),
        "names": [layer.bandName(band) for band in bands],
        "values": [layer.dataProvider().sample(place, band)[0] for band in bands],
        "painted": _painted(layer, layer.extent()),
    }


def _painted(layer, extent):
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setOutputSize(QSize(256, 256))
    settings.setBackgroundColor(BACKGROUND)
    settings.setDestinationCrs(layer.crs())
    settings.setExtent(extent if isinstance(extent, QgsRectangle) else QgsRectangle(*extent))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    assert not job.errors(), [error.message for error in job.errors()]
    picture = job.renderedImage()
    points = [(column, row) for column in range(256) for row in range(256)]
    return sum(picture.pixelColor(*point) != BACKGROUND for point in points)


def main():
    """Start QGIS without a window, do what is told, print what was found."""
    QgsApplication.setPrefixPath("/usr", True)
    app = QgsApplication([], False)
    app.initQgis()
    told = json.loads(sys.argv[1])
    found = {"features": features, "vector tiles": vector_tiles, "raster": raster}[told["do"]](told)
    print(json.dumps(found | {"version": Qgis.version()}))
    app.exitQgis()


main()
