"""What is checked where a captioner is trained; it is wired as every model of its task."""
