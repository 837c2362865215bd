"""Labels by frame: annotated videos -> D' with a class a step -> models that answer each step -> segments."""
