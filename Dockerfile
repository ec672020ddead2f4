# One image for all roles: docker run … gateway api | worker | scheduler | migrate

FROM python:3.11-slim AS build
WORKDIR /build
RUN python -m venv /app
# requirements.lock also holds test tools and the embedded servers, so production has a lock of its own: the
# same versions and hashes (`make lock` writes both, a test compares them).
COPY requirements-runtime.lock ./
RUN /app/bin/pip install --no-cache-dir --require-hashes -r requirements-runtime.lock
COPY . .
RUN /app/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin gateway
COPY --from=build /app /app
# Inside a container loopback reaches nobody: what is published is decided outside.
ENV PATH=/app/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GATEWAY_HOST=0.0.0.0
WORKDIR /app
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["gateway"]
CMD ["api"]
