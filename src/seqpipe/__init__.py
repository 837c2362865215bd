"""seqpipe: transfer learning on visual sequences, from a folder of videos to tracked models."""

__version__ = "0.2.0"
