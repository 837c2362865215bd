"""A server answers as the evaluation of the run did, whatever the task."""

import base64
import io
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from tests.serving.running import until

from seqpipe.commands.asked import Asked, asked
from seqpipe.serving.answering import Answerer, answers_images
from seqpipe.serving.limits import Limits
from seqpipe.use.bundle import bundle_of_run

LIMITS = Limits(200, None, None, timeout_s=60, upload_s=60, stalled_s=20, workers=1, queue=1)


def posted(client, path, raw):
    """An answer, by the body itself or by a form."""
    if raw:
        return client.post("/predict", params={"name": path.name}, content=path.read_bytes()).json()
    return client.post("/predict", files={"file": (path.name, path.open("rb"))}).json()


@pytest.mark.parametrize("raw", [False, True], ids=["form", "raw"])
def test_every_clip_is_answered_as_it_was_evaluated(raw, client, clips, finished_project):
    evaluated = pd.read_parquet(finished_project.data / "07_model_output/lstm/predictions.parquet").set_index("id")
    for id_, path in zip(clips["id"], map(Path, clips["path"]), strict=True):
        answer, row = posted(client, path, raw), evaluated.loc[id_]
        expected = {name.removeprefix("p_"): p for name, p in row.items() if name.startswith("p_")}
        assert answer["probabilities"] == pytest.approx(expected, abs=1e-6)
        assert (answer["file"], answer["label"]) == (path.name, row["predicted"])
        assert answer["probability"] == pytest.approx(row["confidence"], abs=1e-6)
        first, *others = answer["top"]
        assert first == {"label": answer["label"], "probability": answer["probability"]}
        assert len(others) == 2
        assert answer["seconds"] > 0


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "video/mp4"}, {"X-File-Name": "a%20walk.MP4"}])
def test_a_body_without_a_name_is_read_by_what_it_is(headers, client, clip):
    answer = client.post("/predict", content=clip.read_bytes(), headers=headers)
    assert answer.status_code == 200
    assert answer.json()["file"] == {"X": "a walk.MP4", "C": "file.mp4"}.get(next(iter(headers), " ")[0], "file")


def test_an_image_is_a_clip_of_one_frame(client):
    picture = io.BytesIO()
    Image.new("RGB", (64, 64)).save(picture, "PNG")
    answer = client.post("/predict", files={"file": ("a.png", picture.getvalue())}).json()
    assert sum(answer.get("probabilities", {}).values()) == pytest.approx(1), answer


@pytest.mark.parametrize("wanted", [0, 1, 4, 32])
def test_frames_come_as_pictures_where_they_are_asked_for(wanted, client, clip):
    answer = client.post("/predict", params={"frames": wanted}, files={"file": clip.read_bytes()}).json()
    read = 6  # clip.frames of the environment
    assert len(answer["frames"]) == min(wanted, read)
    times = [frame["time_s"] for frame in answer["frames"]]
    assert times == sorted(times)
    for frame in answer["frames"]:
        data = frame["image"].removeprefix("data:image/jpeg;base64,")
        picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
        assert picture.shape == (64, 64, 3)
        assert picture.max() > 128, "a digit is seen in it"


def test_labels_by_frame_come_as_segments(labelling, labelled_project):
    data = labelled_project.data
    samples = pd.read_parquet(data / "02_intermediate/frame_labels/samples.parquet")
    sample = samples[samples["split"] == "test"].iloc[0]
    exported = pd.read_csv(data / "08_reporting/frame_labels/lstm/exports/segments.csv")
    expected = exported[exported["id"] == sample["id"]]
    with labelling.client() as client:
        until(lambda: client.get("/health").status_code == 200)
        answer = posted(client, Path(sample["path"]), raw=False)
    segments = pd.DataFrame(answer["segments"])
    assert list(segments)[:4] == ["start_s", "end_s", "label", "probability"]
    assert segments["label"].tolist() == expected["label"].tolist()
    for ours, theirs in (("start_s", "start_s"), ("end_s", "end_s"), ("probability", "confidence")):
        np.testing.assert_allclose(segments[ours], expected[theirs], atol=1e-5)
    assert answer["duration_s"] == pytest.approx(sample["duration_s"])


def test_the_fine_tuned_cnn_answers_too(transferred_project, raw_parameters, tmp_path):
    data = transferred_project.data
    answerer = Answerer(
        Asked(bundle_of_run(data, "finetune", raw_parameters), raw_parameters, data, "finetune"), LIMITS, tmp_path
    )
    evaluated = pd.read_parquet(data / "07_model_output/finetune/predictions.parquet").set_index("id")
    samples = pd.read_parquet(data / "02_intermediate/finetune/samples.parquet").set_index("id")
    for id_ in evaluated.index[:4]:
        reply = answerer.reply(samples.at[id_, "path"], "a clip", 3, attention=False)
        assert reply["body"]["probability"] == pytest.approx(evaluated.at[id_, "confidence"], abs=1e-6)
        assert len(reply["body"]["frames"]) == 3
        json.dumps(reply)


@pytest.mark.parametrize(
    ("kinds", "stream", "images"),
    [(("image", "video"), "rgb", True), (("image", "video"), "flow", False), (("video",), "rgb", False)],
)
def test_a_model_of_flow_is_not_warmed_up_with_an_image(kinds, stream, images):
    assert answers_images(SimpleNamespace(kinds=kinds, settings={"clip": {"stream": stream}})) is images


def test_a_bundle_is_served_as_well_and_nothing_of_a_file_stays(finished_project, clip, tmp_path, monkeypatch):
    from seqpipe.use.bundle import write_bundle

    monkeypatch.chdir(finished_project.folder)
    write_bundle(asked("svm", None, "test").bundle, tmp_path / "bundle")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    answerer = Answerer(asked(str(tmp_path / "bundle"), None, "local"), LIMITS, tmp_path / "kept")
    assert answerer.reply(str(clip), "x", 0, attention=False)["status"] == 200
    assert not list((tmp_path / "kept").rglob("*"))


def test_the_model_is_told(client, finished_project):
    model = client.get("/model").json()
    assert model["classes"] == sorted(model["classes"])
    assert len(model["classes"]) == 8
    assert (model["task"], model["per"], model["corpus"]) == ("classification", "clip", "moving digits")
    assert model["limits"]["queue"] == 64
    assert model["limits"]["max_seconds"] == 7200, "the corpus's, where none is given"
    assert ".mp4" in model["endings"]
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/predict", "/model", "/health", "/metrics"} <= set(paths)


def test_a_table_is_no_list_of_files_of_the_server(client, clip, tmp_path):
    """What is a manifest to `seqpipe predict` would read whatever it names."""
    shutil.copy(clip, tmp_path / "secret.mp4")
    table = f"path,label\n{tmp_path / 'secret.mp4'},up\n".encode()
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{tmp_path / 'secret.mp4'}\n#EXT-X-ENDLIST\n".encode()
    concat = f"ffconcat version 1.0\nfile '{tmp_path / 'secret.mp4'}'\n".encode()
    for name, body in (("a.csv", table), ("a.m3u8", playlist), ("a.mp4", playlist), ("a.txt", concat)):
        answer = client.post("/predict", files={"file": (name, body)})
        assert answer.status_code == 422, name
        assert answer.json()["reason"] == "unreadable"
    assert "list of other files" in client.post("/predict", files={"file": ("a.m3u8", playlist)}).json()["error"]
