# The service and the worker, one image. PostgreSQL with PostGIS runs beside it (compose.yaml).

FROM python:3.11-slim-bookworm AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# The packages first: they change far less often than the code.
COPY requirements.lock requirements-dev.lock scripts/lib-lock.awk ./
RUN python -m venv /opt/hotspots \
    && /opt/hotspots/bin/pip install --require-hashes --no-deps --requirement requirements.lock
# What builds the wheel, with the hashes of the dev lock.
RUN awk -v names="hatchling packaging pathspec pluggy tomlkit trove-classifiers" -f lib-lock.awk requirements-dev.lock > build.lock \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --require-hashes --no-deps --requirement build.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY spatial spatial
COPY ingest ingest
COPY migrations migrations
COPY data data
RUN /opt/build/bin/python -m hatchling build --target wheel --directory /wheel \
    && /opt/hotspots/bin/pip install --no-deps --no-index /wheel/*.whl \
    && /opt/hotspots/bin/python -m compileall -q /opt/hotspots/lib

FROM python:3.11-slim-bookworm
# rasterio's wheel brings GDAL but not expat, and pyproj's no grids for old datums.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libexpat1 proj-data \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin hotspots \
    && install -d -o hotspots -g hotspots /var/lib/soil-hotspots
COPY --from=build /opt/hotspots /opt/hotspots
# The compiled kernels live with the data, because the image's files are not the user's to write.
ENV PATH=/opt/hotspots/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CACHE_DIR=/var/lib/soil-hotspots/numba \
    HOTSPOTS_DATA_DIR=/var/lib/soil-hotspots \
    HOTSPOTS_HOST=0.0.0.0 \
    HOTSPOTS_PORT=8000
USER hotspots
WORKDIR /home/hotspots
VOLUME /var/lib/soil-hotspots
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=4 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
CMD ["hotspots", "serve"]
