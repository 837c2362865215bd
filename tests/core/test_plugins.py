"""Packages that are installed add to the registries; one that is broken is named, and stops nothing."""

import logging

from seqpipe.core.plugins import Registry, entry_points

GROUP = "seqpipe.things"


def test_what_packages_add_is_there_by_name(install):
    install("toy_zebra", "first, second = 1, 2\n", {GROUP: {"z": "toy_zebra:first", "a": "toy_zebra:second"}})
    install("toy_other", "third = 3\n", {GROUP: {"m": "toy_other:third"}, "seqpipe.others": {"o": "toy_other:third"}})
    assert list(entry_points(GROUP).items()) == [("a", 2), ("m", 3), ("z", 1)]


def test_of_a_group_that_nobody_adds_to_there_is_nothing():
    assert entry_points("seqpipe.nothing") == {}


def test_one_that_cannot_be_imported_is_named_and_the_others_stay(install, caplog):
    install("toy_broken", "import toy_that_is_not_there\n", {GROUP: {"broken": "toy_broken:thing"}})
    install("toy_empty", "", {GROUP: {"missing": "toy_empty:thing"}})
    install("toy_whole", "thing = 1\n", {GROUP: {"whole": "toy_whole:thing"}})
    with caplog.at_level(logging.WARNING):
        assert entry_points(GROUP) == {"whole": 1}
    for said in ("'broken' of the package toy_broken", "toy_that_is_not_there", "'missing' of the package toy_empty"):
        assert said in caplog.text


def test_of_two_of_one_name_one_is_kept_and_the_other_named(install, caplog):
    install("toy_second", "thing = 2\n", {GROUP: {"same": "toy_second:thing"}})
    install("toy_first", "thing = 1\n", {GROUP: {"same": "toy_first:thing"}})
    with caplog.at_level(logging.WARNING):
        assert entry_points(GROUP) == {"same": 1}
    assert "'same' of the package toy_second is left out (another package adds one of that name)" in caplog.text


def test_an_entry_that_is_refused_is_left_out_and_named(install, caplog):
    install("toy_refused", "thing = 1\n", {GROUP: {"refused": "toy_refused:thing"}})
    with caplog.at_level(logging.WARNING):
        assert dict(Registry(GROUP, int, {"mine": 0}, lambda name, entry: "it is too old")) == {"mine": 0}
    assert "'refused' of another package is left out of seqpipe.things: it is too old." in caplog.text
