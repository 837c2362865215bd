"""One process on one device, whatever cluster's job the training runs in; what is computed in bfloat16."""

import pytest
import torch
from lightning_fabric.strategies import SingleDeviceStrategy
from torch import nn

from seqpipe.training.fabric import one_device

JOBS = {
    "slurm": {
        "SLURM_JOB_ID": "1",
        "SLURM_NTASKS": "2",
        "SLURM_JOB_NAME": "train",
        "SLURM_PROCID": "1",
        "SLURM_LOCALID": "1",
        "SLURM_NODELIST": "n1",
    },
    "torchrun": {
        "TORCHELASTIC_RUN_ID": "1",
        "RANK": "1",
        "LOCAL_RANK": "1",
        "GROUP_RANK": "1",
        "WORLD_SIZE": "2",
        "LOCAL_WORLD_SIZE": "2",
        "MASTER_ADDR": "n1",
        "MASTER_PORT": "1",
    },
    "lsf": {
        "LSB_JOBID": "1",
        "LSB_DJOB_RANKFILE": "nowhere",
        "JSM_NAMESPACE_LOCAL_RANK": "1",
        "JSM_NAMESPACE_RANK": "1",
        "JSM_NAMESPACE_SIZE": "2",
    },
    "mpi": {"OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_LOCAL_RANK": "1"},
}
CPU = torch.device("cpu")


@pytest.mark.parametrize("job", sorted(JOBS))
def test_the_environment_of_a_cluster_is_not_looked_at(job, monkeypatch):
    for name, value in JOBS[job].items():
        monkeypatch.setenv(name, value)
    fabric = one_device(CPU, "float32")
    assert isinstance(fabric.strategy, SingleDeviceStrategy)
    assert (fabric.device, fabric.world_size, fabric.global_rank) == (CPU, 1, 0)
    assert fabric.is_global_zero


def test_in_bfloat16_neither_weights_nor_what_goes_in_and_out_is_rounded():
    seen = []

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 2)

        def forward(self, x):
            seen.append(x.dtype)
            x = self.layer(x)
            seen.append(x.dtype)
            return x

    net = one_device(CPU, "bfloat16").setup_module(Net())
    assert net(torch.randn(4, 3)).dtype == torch.float32
    assert seen == [torch.float32, torch.bfloat16]
    assert net.layer.weight.dtype == torch.float32
