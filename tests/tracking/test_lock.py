"""One run at a time: in a project, and in a process."""

import subprocess
import sys
import threading

import pytest
from filelock import FileLock

from seqpipe.core.errors import UserError
from seqpipe.tracking.lock import LOCK_NAME, LockHook, lock_project

HELD_S = 0.3


def before(hook, project):
    hook.before_pipeline_run({"project_path": str(project)})


def is_free(project):
    program = f"from filelock import FileLock; FileLock({str(project / LOCK_NAME)!r}).acquire(timeout=0)"
    return subprocess.run([sys.executable, "-c", program], stderr=subprocess.DEVNULL).returncode == 0


def test_it_is_held_by_a_run_and_let_go_at_its_end_or_failure(tmp_path):
    hook = LockHook()
    for end in (hook.after_pipeline_run, hook.on_pipeline_error):
        before(hook, tmp_path)
        assert not is_free(tmp_path)
        end()
        assert is_free(tmp_path)


def test_an_interrupted_run_of_the_same_thread_is_not_waited_for(tmp_path):
    hook = LockHook()
    before(hook, tmp_path)
    before(hook, tmp_path)
    hook.after_pipeline_run()
    assert is_free(tmp_path)


def test_runs_of_other_threads_come_one_after_the_other_whatever_their_projects(tmp_path):
    hook, said, at_work = LockHook(), [], threading.Event()
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()

    def run(folder):
        before(hook, folder)
        said.append(("begins", folder.name))
        at_work.set()
        threading.Event().wait(HELD_S)
        said.append(("ends", folder.name))
        hook.after_pipeline_run()

    threads = [threading.Thread(target=run, args=(folder,)) for folder in folders]
    threads[0].start()
    at_work.wait(10)
    threads[1].start()
    for thread in threads:
        thread.join(10)
    assert said == [("begins", "a"), ("ends", "a"), ("begins", "b"), ("ends", "b")]


def test_a_thread_that_died_in_its_run_is_not_waited_for(tmp_path):
    hook = LockHook()
    died = threading.Thread(target=before, args=(hook, tmp_path))
    died.start()
    died.join()
    before(hook, tmp_path)
    hook.after_pipeline_run()
    assert is_free(tmp_path)


def test_a_folder_that_takes_nothing_is_a_sentence(tmp_path, monkeypatch):
    def refuse(self, timeout=None):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(FileLock, "acquire", refuse)
    with pytest.raises(UserError, match=r"does not take it \(Permission denied\): make it writable"):
        lock_project(FileLock(tmp_path / LOCK_NAME))
