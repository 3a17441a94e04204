# The hub in a container. Written with care and checked by a test, but never built where this project is made: there is
# no container engine there. Say so if it needs a change.
#   docker build -t referhub .

FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /opt/referhub
ENV PATH=/opt/referhub/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.runtime.lock ./
# Two packages come as source only; they are built with the locked setuptools and nothing newer.
RUN awk '/^setuptools==/,!/\\$/' requirements.runtime.lock > build-tool.txt \
 && pip install --require-hashes --no-deps -r build-tool.txt \
 && pip install --require-hashes --no-build-isolation --use-pep517 -r requirements.runtime.lock
COPY pyproject.toml README.md LICENSE app.py doors.py ./
COPY referhub referhub
COPY core core
COPY connectors connectors
COPY webhooks webhooks
COPY web web
COPY sandbox sandbox
COPY config config
RUN pip install --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin referhub \
 && install -d -o referhub -g referhub /data
COPY --from=build /opt/referhub /opt/referhub
ENV PATH=/opt/referhub/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    REFERHUB_HOST=0.0.0.0 REFERHUB_PORT=8000
# The database, the key file and config/referhub.toml live here; nothing else of the container is written.
WORKDIR /data
VOLUME /data
USER referhub
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD \
    ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["referhub"]
CMD ["serve"]
