"""What a decoder is shown of D'."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.models.sentences.spoken import captioned, config_of, task_on, translated

from seqpipe.core.errors import UserError
from seqpipe.data.memmap import MemmapArray
from seqpipe.models.sentences.prepared import Shown


def config(**changes):
    return config_of("decoder_attention", task_on(captioned()), **changes)


def shown(data, places=1, looks=False, **changes):
    return Shown(places, looks).fitted(data.part("train"), config(**changes), seed=0)


def on_disk(data, folder, in_memory_bytes):
    np.save(folder / "x.npy", data.x)
    return replace(data, x=MemmapArray(folder / "x.npy", in_memory_bytes))


def test_vectors_are_centred_by_train_and_the_strongest_has_the_deviation_one(clips):
    x, mask = shown(clips)(clips)
    assert x.dtype == torch.float32
    assert torch.equal(mask, torch.from_numpy(clips.mask))
    train = clips.splits == "train"
    real = x[train][mask[train]]
    torch.testing.assert_close(real.mean(0), torch.zeros(5), atol=1e-5, rtol=0)
    assert float(real.std(0, correction=0).max()) == pytest.approx(1.0, rel=1e-5)
    assert (x[~mask] == 0).all()


@pytest.mark.parametrize("steps", [1, 3])
def test_places_are_shown_one_by_one_with_the_mask_of_their_step(steps):
    data = captioned(steps=steps, places=4)
    x, mask = shown(data, places=4, looks=True)(data)
    assert x.shape == (len(data), steps * 4, 5)
    assert mask.sum(1).tolist() == (4 * data.mask.sum(1)).tolist()
    parts = torch.from_numpy(data.x.reshape(len(data), steps * 4, 5))
    # One scale and one centre for all, so that what is shown differs as what it is made of.
    differs = (x[0, 0] - x[0, 1]) / (parts[0, 0] - parts[0, 1])
    torch.testing.assert_close(differs, differs[:1].expand(5))


@pytest.mark.parametrize("steps", [1, 3])
def test_without_a_look_their_mean_is_shown(steps):
    data = captioned(steps=steps, places=4)
    x, mask = shown(data, places=4)(data)
    mean = replace(data, x=data.x.reshape(len(data), steps, 4, 5).mean(axis=2))
    other, other_mask = shown(mean)(mean)
    torch.testing.assert_close(x, other)
    assert torch.equal(mask, other_mask)


def test_a_pca_shows_fewer_numbers(clips):
    assert shown(clips, pca=2).size == 2
    assert shown(clips, pca=2)(clips)[0].shape[-1] == 2


def test_tokens_are_shown_as_they_are():
    data = translated()
    made = shown(data)
    x, mask = made(data)
    assert (made.tokens, made.size) == (len(data.tokens), 1)
    assert np.array_equal(x.numpy(), data.x)
    assert np.array_equal(mask.numpy(), data.mask)


def test_it_is_written_and_read(clips, tmp_path):
    for data, places in ((clips, 1), (captioned(places=4), 4), (translated(), 1)):
        made = shown(data, places=places, looks=True)
        again = Shown.read(tmp_path, made.write(tmp_path))
        assert (again.places, again.looks, again.tokens, again.scale) == (places, True, made.tokens, made.scale)
        assert torch.equal(again(data)[0], made(data)[0])


def test_of_no_samples_nothing_is_shown(clips):
    for data, places in ((clips, 1), (captioned(steps=2, places=4), 4)):
        x, mask = shown(data, places=places, looks=True)(data.take(np.zeros(0, int)))
        assert len(x) == len(mask) == 0


def test_a_d_on_disk_is_shown_as_the_same_in_memory(clips, tmp_path):
    far = on_disk(clips, tmp_path, 10**9)
    for one, other in zip(shown(far)(far), shown(clips)(clips), strict=True):
        torch.testing.assert_close(one, other)


def test_a_d_on_disk_that_cannot_be_shown_at_once_is_refused_with_what_to_do(clips, tmp_path):
    far = on_disk(clips, tmp_path, 100)
    with pytest.raises(UserError, match=r"36 training samples at once, 3 vectors of 5 .*smaller pca.*pool=avg.*raise"):
        shown(far)


def test_features_that_are_all_the_same_teach_nothing(clips):
    with pytest.raises(UserError, match="are the same, so that nothing can be learned"):
        shown(replace(clips, x=np.ones_like(clips.x)))
