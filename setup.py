"""What pyproject.toml cannot say: a wheel carries the repository's configuration and notebooks for `seqpipe new`."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

TEMPLATE = Path("seqpipe/project/template")
SHIPPED = ("conf/base", "conf/logging.yml", "notebooks")
"""As in src/seqpipe/project/template.py."""


class WithTemplate(build_py):
    """Builds the package with them; an editable one finds them where they are."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for name in SHIPPED:
            source, target = Path(name), Path(self.build_lib) / TEMPLATE / name
            # An earlier build may have left files that are no more.
            shutil.rmtree(target, ignore_errors=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns(".*"))
            else:
                shutil.copy(source, target)


setup(cmdclass={"build_py": WithTemplate})
