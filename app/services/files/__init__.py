"""Collections as files that are written whole: GeoParquet, GeoPackage, FlatGeobuf, workbooks."""

from app.services.files.making import FILE_FORMATS, FileFormat, write_file

__all__ = ["FILE_FORMATS", "FileFormat", "write_file"]
