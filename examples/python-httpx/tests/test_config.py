"""Settings."""

import dataclasses
import json
from typing import Any

import pytest
from conftest import SECRET, VECTORS

from ssojet_m2m import Config
from ssojet_m2m.errors import ConfigurationError

ENVIRON = {
    "SSOJET_CLIENT_ID": "cli_example",
    "SSOJET_CLIENT_SECRET": SECRET,
    "SSOJET_API_URL": "https://api.example.com",
}


def test_the_rest_has_defaults() -> None:
    config = Config.from_env({**ENVIRON, "SSOJET_TOKEN_URL": "", "SSOJET_SCOPE": ""})
    assert config == Config("cli_example", SECRET, "https://api.example.com")
    assert config.token_url == "https://api.ssojet.com/oauth/token"
    assert config.auth_method == "client_secret_post"
    assert config.secret() == SECRET


def test_one_error_names_every_missing_variable() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Config.from_env({"SSOJET_CLIENT_ID": "cli_example", "SSOJET_API_URL": ""})
    assert str(caught.value) == "missing or empty: SSOJET_CLIENT_SECRET, SSOJET_API_URL"


def test_an_unknown_auth_method_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"client_secret_post.*_basic"):
        Config.from_env({**ENVIRON, "SSOJET_AUTH_METHOD": "private_key_jwt"})


@pytest.mark.parametrize("row", VECTORS["urls"], ids=lambda row: row["name"])
def test_urls(row: dict[str, Any]) -> None:
    for variable in row["variables"]:
        environ = {**ENVIRON, variable: row["url"]}
        if row["accepted"]:
            Config.from_env(environ)
            continue
        with pytest.raises(ConfigurationError, match=variable) as caught:
            Config.from_env(environ)
        assert row["url"] not in str(caught.value)


def test_no_form_of_the_settings_shows_the_secret() -> None:
    config = Config.from_env(ENVIRON)
    logged = [repr(config), str(vars(config)), str(dataclasses.asdict(config))]
    logged.append(json.dumps(vars(config), default=str))
    assert SECRET not in " ".join(logged)
