"""Tasks by name: each is made again of its facts."""

import json

import pytest

from seqpipe.core.errors import UserError
from seqpipe.tasks.classification import Classification
from seqpipe.tasks.frame_labels import FrameLabels
from seqpipe.tasks.registry import TASKS, task_of

FRAME_LABELS = FrameLabels(smoothing=0.15, window=40, hop=20, background=("rest", "talk"), medians=(1, 5), median=5)
MADE = {task.name: task for task in (Classification(), FRAME_LABELS)}


@pytest.mark.parametrize("name", sorted(TASKS))
def test_a_task_is_made_again_of_what_json_keeps_of_it(name):
    task = MADE[name]
    again = task_of(name, json.loads(json.dumps(task.facts())))
    assert again == task
    assert (again.name, again.per, again.window, again.hop) == (task.name, task.per, task.window, task.hop)


def test_an_unknown_task_is_answered_with_the_known_ones():
    with pytest.raises(UserError, match=r"(?s)Unknown task 'frame_label'.*classification, frame_labels"):
        task_of("frame_label", {})
