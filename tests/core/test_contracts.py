"""What an entry names wrong is a sentence."""

from typing import ClassVar, Protocol

import pytest

from seqpipe.core.contracts import check_class, imported
from seqpipe.core.errors import UserError


class Named(Protocol):
    name: ClassVar[str]
    made: int

    def work(self) -> None: ...


class Toy:
    name = "toy"

    def work(self) -> None: ...


def test_a_class_has_what_its_protocol_asks_of_a_class_and_the_name_of_its_entry():
    check_class("thing", "toy", Toy, Named, called="name")
    with pytest.raises(UserError, match=r"The thing ball .*Toy\): expected name to be 'ball'.* got 'toy'"):
        check_class("thing", "ball", Toy, Named, called="name")
    with pytest.raises(UserError, match=r"The thing toy .* lacks name, work, which .*Named asks for"):
        check_class("thing", "toy", object, Named, called="name")


@pytest.mark.parametrize("where", ["toy_nowhere:Thing", "json:Thing", "json"])
def test_what_cannot_be_imported_is_named(where):
    with pytest.raises(UserError, match=f"{where} cannot be imported"):
        imported(where)
