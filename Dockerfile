# The workbench with its shop, cache and database:
#   docker build -t backend-tui . && docker run --rm -it backend-tui
# Behind a mirror: --build-arg PIP_INDEX_URL=…  Without a network: put the wheels into ./wheels and
# say --build-arg PIP_FIND_LINKS=. --build-arg PIP_NO_INDEX=1
ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS build
ARG PIP_INDEX_URL
ARG PIP_FIND_LINKS
ARG PIP_NO_INDEX
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python3 -m venv /opt/pip && python3 -m venv --without-pip /opt/backend-tui
# What is needed changes seldom: these layers are taken from the cache while only the code changes.
COPY pyproject.toml requirements.lock wheels* ./
RUN python3 -c "import tomllib; project = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
print(*project['dependencies'], *project['optional-dependencies']['postgres'], sep='\n')" > wanted \
 && /opt/pip/bin/pip --python /opt/backend-tui/bin/python install -c requirements.lock -r wanted \
 && find /opt/backend-tui -name '*.po' -delete
COPY README.md LICENSE ./
COPY backend_tui backend_tui
COPY demo_server demo_server
RUN /opt/pip/bin/pip --python /opt/backend-tui/bin/python install --no-deps .

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="backend-tui" org.opencontainers.image.licenses="MIT"
ENV PATH=/opt/backend-tui/bin:${PATH} LANG=C.UTF-8 TERM=xterm-256color COLORTERM=truecolor \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    BACKEND_TUI_DATA_DIR=/data DEMO_DATA_DIR=/data/demo
RUN useradd --uid 10001 --create-home reader && install -d -o reader -g reader -m 0700 /data
COPY --from=build /opt/backend-tui /opt/backend-tui
USER reader
WORKDIR /home/reader
VOLUME /data
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8765/healthz', timeout=2)"]
ENTRYPOINT ["backend-tui"]
