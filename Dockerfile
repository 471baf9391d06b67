# How does the connector become an image that Airbyte's platform can run?
#
# `make image` builds it; `docker build .` does too. Built in one stage, run from another: pip's leavings, the sources and
# whatever a package may need to be built stay behind. Everything lies in one virtual environment, so that neither the packages
# of the base image nor the place of its Python matter.

# By digest: the same image tomorrow as today. `docker.io` is spelt out for engines that have no registry of their own choice.
ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.1.0@sha256:1d1aa21d34e851df4e8a87b391c27724c06e2597608e7161f4d167be853bd7b6

FROM ${BASE_IMAGE} AS builder

WORKDIR /airbyte/source
COPY constraints.txt setup.py pyproject.toml README.md ./
COPY destination_close ./destination_close
# Compiled here, since the user that runs it may not write: without .pyc files a start takes twice as long.
# pip is not put into the environment, and pandas, which the CDK brings, comes with 35 MB of its own tests.
RUN python3 -m venv --without-pip /airbyte/integration_code/venv \
    && python3 -m pip --python /airbyte/integration_code/venv/bin/python install \
        --no-cache-dir --compile --no-warn-script-location --constraint constraints.txt . \
    && rm -rf /airbyte/integration_code/venv/lib/python3*/site-packages/pandas/tests

FROM ${BASE_IMAGE}

ARG VERSION=0.1.0
LABEL io.airbyte.name="airbyte/destination-close" \
      io.airbyte.version="${VERSION}" \
      org.opencontainers.image.title="destination-close" \
      org.opencontainers.image.description="Airbyte destination that upserts records into Close as Leads and Contacts" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="MIT"

COPY --from=builder /airbyte/integration_code /airbyte/integration_code

WORKDIR /airbyte/integration_code
# The platform starts `eval "$AIRBYTE_ENTRYPOINT write --config ..."` in a shell. States must reach it when they are printed.
ENV AIRBYTE_ENTRYPOINT="/airbyte/integration_code/venv/bin/destination-close" \
    PATH="/airbyte/integration_code/venv/bin:${PATH}" \
    PYTHONUNBUFFERED=1
# `airbyte` in Airbyte's base image; by number, since that is what the platform runs it as. All files are root's.
USER 1000:1000
ENTRYPOINT ["/airbyte/integration_code/venv/bin/destination-close"]
