# A stand-in for the official image rust:*-slim-bookworm. The context is a toolchain's folder.
ARG BASE
FROM ${BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libc6-dev ca-certificates \
 && rm -rf /var/lib/apt/lists/*
ENV CARGO_HOME=/usr/local/cargo PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY bin /usr/local/cargo/bin
COPY lib /usr/local/cargo/lib
COPY libexec /usr/local/cargo/libexec
