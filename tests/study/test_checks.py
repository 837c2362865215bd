"""What can be known to be wrong is said before anything is read; what another model lacks is no mistake."""

import pytest
from tests.configs import shipped_values

from seqpipe.config import PARAMETERS
from seqpipe.core.errors import UserError
from seqpipe.models.registry import kinds_reading
from seqpipe.study.checks import check_transfer

STAGES = ("transfer", "backbone", "features", "source", "finetune")


@pytest.fixture
def parameters():
    return {name: PARAMETERS[name].model_validate(shipped_values(name)) for name in STAGES}


def check(parameters, **changed):
    check_transfer(*({**parameters, **changed}[name] for name in STAGES))


def vit(parameters):
    weights = {"name": "vit_b_16", "weights": "IMAGENET1K_V1"}
    return parameters["backbone"].model_copy(update=weights)


def test_the_defaults_are_right(parameters):
    check(parameters)


def test_a_network_without_convolution_maps_is_compared_at_the_other_layers(parameters):
    check(parameters, backbone=vit(parameters))


def test_but_not_where_none_is_left(parameters):
    transfer = parameters["transfer"]
    alone = transfer.model_copy(update={"layers": transfer.layers[:1]})
    with pytest.raises(UserError, match=r"transfer\.layers names nothing but last_conv, and vit_b_16"):
        check(parameters, backbone=vit(parameters), transfer=alone)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"classifiers": ["svn"]}, "(?s)classifier in transfer.classifiers 'svn'.*'svm'"),
        ({"classifiers": ["lstn"]}, "lstm"),
        ({"classifiers": ["decoder_par"]}, "Unknown classifier in transfer.classifiers 'decoder_par'"),
        ({"curve_solutions": ["knn"]}, "knn"),
        ({"classifiers": [], "strategies": []}, "nothing to compare"),
    ],
)
def test_a_solution_that_does_not_exist(parameters, changed, said):
    with pytest.raises(UserError, match=said):
        check(parameters, transfer=parameters["transfer"].model_copy(update=changed))


def test_a_freeze_depth_that_does_not_exist(parameters):
    with pytest.raises(UserError, match="99"):
        check(parameters, finetune=parameters["finetune"].model_copy(update={"freeze": 99}))


@pytest.mark.parametrize("kind", sorted(kinds_reading("features", "clip")))
def test_any_registered_classifier_may_be_compared(parameters, kind):
    check(
        parameters,
        transfer=parameters["transfer"].model_copy(update={"classifiers": [kind], "curve_solutions": [kind]}),
    )


@pytest.mark.parametrize("left_out", ["classifiers", "strategies"])
def test_one_solution_alone_can_be_asked_for_with_the_other_defaults(parameters, left_out):
    check(parameters, transfer=parameters["transfer"].model_copy(update={left_out: []}))
