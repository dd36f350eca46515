# The API with everything in it: code, corpus and embedding model. What it builds (database, indexes) goes to /data.
FROM python:3.11-slim

RUN apt-get update \
    && apt-get install --yes --no-install-recommends make \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 ally \
    && install --directory --owner=ally --group=ally /data

WORKDIR /app

# The packages first: they change seldom, so that a change of the code does not install them again.
COPY pyproject.toml constraints.txt Makefile LICENSE README.md ./
RUN make setup EXTRAS=llm,slack,postgres PIP_NO_CACHE_DIR=1

COPY corpus corpus
COPY prompts prompts
COPY service service

ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ALLY_HOST=0.0.0.0 \
    ALLY_PORT=8000 \
    ALLY_DATA_DIR=/data

USER ally
VOLUME /data
EXPOSE 8000

HEALTHCHECK --start-period=120s --interval=30s --timeout=5s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]

CMD ["ally", "serve"]
