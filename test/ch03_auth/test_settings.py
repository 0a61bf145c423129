"""Settings with a number that would make them useless are refused at the start."""

import pytest

from apps import create_app
from apps.settings.configuration import ConfigurationError


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PASSWORD_MEMORY", 7),
        ("PASSWORD_MEMORY", 2**22),
        ("PASSWORD_TIME", 0),
        ("PASSWORD_TIME", 101),
        ("PASSWORD_PARALLEL", 0),
        ("PASSWORD_PARALLEL", 17),
        ("PROXIES", -1),
        ("PROXIES", 10),
        ("PERMANENT_SESSION_LIFETIME", 0),
    ],
)
@pytest.mark.parametrize("config", ["testing", "production"])
def test_a_number_out_of_its_range_is_refused_by_name(
    settings: dict[str, object], config: str, name: str, value: int
) -> None:
    with pytest.raises(ConfigurationError, match=name):
        create_app({**settings, "APP_CONFIG": config, name: value})
