# Mayfly in a container: one binary, the embedded ClickHouse engine, country data and lists.
#
#   docker build -t mayfly .
#   docker run -p 8080:8080 -v mayfly:/var/lib/mayfly mayfly
#
# Nothing is fetched when it runs; everything it keeps is under /var/lib/mayfly. The root file system
# may be read-only. With podman or buildah build with --format docker, or HEALTHCHECK is left out.

FROM node:20-bookworm-slim AS fetch
COPY scripts/fetch.sh /usr/local/bin/
ENV MAYFLY_CACHE=/usr/share/mayfly
# Three layers, so that a new list does not ship the engine's 566 MB again.
RUN fetch.sh engine
RUN fetch.sh geo
RUN fetch.sh lists

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked && cp target/release/mayfly /usr/local/bin/

FROM debian:bookworm-slim
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/mayfly \
        --shell /usr/sbin/nologin mayfly \
    && install --directory --owner=mayfly --group=mayfly --mode=0700 /var/lib/mayfly
COPY --from=fetch /usr/share/mayfly/engine /usr/share/mayfly/engine
COPY --from=fetch /usr/share/mayfly/geo /usr/share/mayfly/geo
COPY --from=fetch /usr/share/mayfly/lists /usr/share/mayfly/lists
COPY LICENSE NOTICE /usr/share/doc/mayfly/
COPY --from=build /usr/local/bin/mayfly /usr/local/bin/

# The data directory also as a setting, so that `docker exec … mayfly project add` finds it.
ENV MAYFLY_CACHE=/usr/share/mayfly \
    MAYFLY__DATA__DIRECTORY=/var/lib/mayfly
USER 10001:10001
WORKDIR /var/lib/mayfly
VOLUME /var/lib/mayfly
EXPOSE 8080
# bash speaks enough HTTP for this; the image has no curl.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
ENTRYPOINT ["mayfly"]
CMD ["serve", "--listen", "0.0.0.0:8080", "--data", "/var/lib/mayfly"]
