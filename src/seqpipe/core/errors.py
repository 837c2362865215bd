"""What the user did that cannot work, said in one sentence."""


class UserError(Exception):
    """A mistake of the user's that a sentence mends; the command line prints it without a traceback.

    The message says what was expected, what was got and how to mend it.
    """


def unknown_name(what: str, name: str, known: list[str]) -> UserError:
    """Answers an unknown name with the known ones, the nearest first."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
    shown = ", ".join(known[:60]) + (f", ... ({len(known)} in all)" if len(known) > 60 else "")
    return UserError(f"Unknown {what} {name!r}.{hint} Known: {shown}.")
