"""Requirements: a checkpoint has the pins that it asks for, and no others."""

import pytest

from course.errors import SourceError
from course.source.requirements import closure, names

PINS = b"""\
# a remark
blinker==1.9.0
    # via flask
click==8.3.1
    # via
    #   -r requirements.txt
    #   flask
    #   uv
colorama==0.4.6 ; sys_platform == 'win32'
    # via
    #   click
    #   pytest
flask==3.1.2
    # via
    #   -r requirements.txt
    #   flask-login
flask-login==0.6.3
    # via -r requirements.txt
iniconfig==2.3.0
    # via pytest
pytest==9.0.1 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via -r test/requirements.txt
rich==14.2.0
    # via
    #   -r course/requirements.txt
    #   -r requirements.txt
uv==0.9.0
    # via -r course/requirements.txt
"""


def test_pins_that_nothing_asks_for_go_with_their_own() -> None:
    kept = closure(PINS, {"requirements.txt": b"-c constraints.txt\nclick>=8\n"})
    assert kept.decode() == (
        "# a remark\n"
        "click==8.3.1\n"
        "    # via -r requirements.txt\n"
        "colorama==0.4.6 ; sys_platform == 'win32'\n"
        "    # via click\n"
    )


def test_what_is_pulled_in_stays_with_those_who_need_it() -> None:
    asked = {
        "requirements.txt": b"-c constraints.txt\nFlask_Login>=0.6 # to log in\n\n",
        "test/requirements.txt": b"-c ../constraints.txt\npytest[x]>=9 ; python>'3'\n",
    }
    assert closure(PINS, asked).decode() == (
        "# a remark\n"
        "blinker==1.9.0\n"
        "    # via flask\n"
        "click==8.3.1\n"
        "    # via flask\n"
        "colorama==0.4.6 ; sys_platform == 'win32'\n"
        "    # via\n"
        "    #   click\n"
        "    #   pytest\n"
        "flask==3.1.2\n"
        "    # via flask-login\n"
        "flask-login==0.6.3\n"
        "    # via -r requirements.txt\n"
        "iniconfig==2.3.0\n"
        "    # via pytest\n"
        "pytest==9.0.1 \\\n"
        "    --hash=sha256:aa \\\n"
        "    --hash=sha256:bb\n"
        "    # via -r test/requirements.txt\n"
    )


def test_asking_for_everything_leaves_all_but_the_tool() -> None:
    asked = {"requirements.txt": b"flask\nflask-login\nrich\nclick\n"}
    kept = closure(PINS, asked)
    assert b"    #   -r requirements.txt\n    #   flask-login\n" in kept
    assert b"rich==14.2.0\n    # via -r requirements.txt\n" in kept
    assert b"uv" not in kept
    assert b"course" not in kept


def test_unpinned_requirement_is_told_with_its_line() -> None:
    asked = {"requirements.txt": b"-c constraints.txt\nrich\nredis>=5\n"}
    with pytest.raises(SourceError) as caught:
        closure(PINS, asked)
    assert str(caught.value) == (
        "requirements.txt:3: `redis` is not in constraints.txt: run `make lock`"
    )


def test_a_package_keeps_the_pins_of_all_pythons() -> None:
    pins = (
        b"limits==5.8.0\n    # via -r requirements.txt\n"
        b"old==1.3.1 ; python_full_version < '3.12'\n    # via limits\n"
        b"old==3.0.1 ; python_full_version >= '3.12'\n    # via limits\n"
    )
    assert closure(pins, {"requirements.txt": b"limits\n"}) == pins


def test_a_circle_of_needs_ends() -> None:
    pins = (
        b"a==1\n    # via\n    #   -r requirements.txt\n    #   b\nb==1\n    # via a\n"
    )
    assert closure(pins, {"requirements.txt": b"a\n"}) == pins


def test_line_endings_stay() -> None:
    pins = b"a==1\r\n    # via\r\n    #   -r requirements.txt\r\n    #   z\r\n"
    kept = closure(pins, {"requirements.txt": b"a\r\n"})
    assert kept == b"a==1\r\n    # via -r requirements.txt\r\n"


def test_nothing_asked_leaves_no_pin() -> None:
    assert closure(PINS, {}) == b"# a remark\n"


def test_names_are_read_as_indexes_compare_them() -> None:
    text = b"-c x\n# one\nFlask_Login[a,b]>=1\n  zope.interface==2 # why\n--pre\n\n"
    assert names(text) == [(3, "flask-login"), (4, "zope-interface")]
