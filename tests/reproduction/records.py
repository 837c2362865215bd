"""A record of a run that never was."""

from seqpipe.reproduction.record import RunRecord

RECORD = RunRecord(
    pipelines=("__default__",),
    nodes=(),
    env="local",
    project="/project",
    commit="c" * 40,
    within=".",
    patched=False,
    untold="",
    threads=2,
    device="cpu",
    machine={"cpu": "A processor", "isa": "AVX512", "gpu": "none", "driver": "none"},
    variables={},
    packages={"python": "3.11.7", "torch": "2.14.1", "tqdm": "4.70.1", "seqpipe": "0.2.0"},
    code="1234567890",
    begins_with={},
    weights={},
)
