"""The names by which kedro-viz knows what a preview is.

It goes by the name of the return annotation of ``preview``, so these need no dependency on kedro-datasets.
"""

from __future__ import annotations

from typing import NewType

TablePreview = NewType("TablePreview", dict)
JSONPreview = NewType("JSONPreview", str)
ImagePreview = NewType("ImagePreview", str)
