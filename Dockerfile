# seqpipe and a project of its own in /project, with torch as requirements.lock has it, for a CPU or an NVIDIA GPU (with the
# NVIDIA Container Toolkit; then `docker run --gpus all ...`):
#
#   docker build -t seqpipe .
#   docker run --rm -it -v "$PWD/my_videos:/videos:ro" -v seqpipe:/project seqpipe run --params corpus.path=/videos
#
# For a CPU alone, a tenth as large: with the index of torch's builds for it, as its installation page names it:
#
#   docker build -t seqpipe --build-arg TORCH_INDEX=... .
ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS wheel
WORKDIR /build
COPY pyproject.toml setup.py MANIFEST.in README.md LICENSE ./
COPY src src
COPY conf/base conf/base
COPY conf/logging.yml conf/
COPY notebooks notebooks
RUN pip wheel --no-cache-dir --no-deps --wheel-dir dist .

FROM python:${PYTHON}-slim
# Where torch's builds for the CPU alone come from; empty: those that requirements.lock means.
ARG TORCH_INDEX=
COPY requirements.lock /install/
# A build for the CPU is of the pinned version, and pip prefers it (2.0+cpu to 2.0).
RUN pip install --no-cache-dir --constraint /install/requirements.lock ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} \
      torch torchvision
COPY --from=wheel /build/dist /install/dist
RUN pip install --no-cache-dir --constraint /install/requirements.lock /install/dist/*.whl && rm -rf /install/dist

RUN useradd --create-home --uid 1000 seqpipe && mkdir /project && chown seqpipe /project
USER seqpipe
RUN seqpipe new /project && cd /project && seqpipe doctor
WORKDIR /project
ENTRYPOINT ["seqpipe"]
CMD ["run"]
