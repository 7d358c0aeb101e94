# The workbench and its shop in a container: docker build -t backend-tui . && docker run --rm -it backend-tui
ARG BASE=python:3.13-slim
FROM ${BASE}
ENV PYTHONDONTWRITEBYTECODE=0 PIP_NO_CACHE_DIR=1 TERM=xterm-256color COLORTERM=truecolor LANG=C.UTF-8
WORKDIR /src
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY backend_tui backend_tui
COPY demo_server demo_server
RUN python3 -m pip install -c requirements.lock . && useradd --create-home reader
USER reader
WORKDIR /home/reader
ENTRYPOINT ["backend-tui"]
