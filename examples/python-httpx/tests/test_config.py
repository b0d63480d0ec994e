"""Settings."""

import dataclasses
import json
import pickle
from functools import partial

import pytest
from support import SECRET, VECTORS, printed

from ssojet_m2m import Config, ConfigurationError, Secret

ENVIRON = {
    "SSOJET_CLIENT_ID": "cli_example",
    "SSOJET_CLIENT_SECRET": SECRET,
    "SSOJET_API_URL": "https://api.example.com",
}
CONFIG = Config("cli_example", Secret(SECRET), "https://api.example.com")


@pytest.fixture
def from_env(monkeypatch):
    """Reads the settings from an environment that a test changes."""

    def read(**changes):
        for name in ("SSOJET_AUDIENCE", "SSOJET_AUTH_METHOD"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {**ENVIRON, **changes}.items():
            monkeypatch.setenv(name, value)
        return Config.from_env()

    return read


def refusal(config):
    """Gives the message of the error that a check ends with, and looks at its forms."""
    with pytest.raises(ConfigurationError) as caught:
        config.check()
    assert SECRET not in printed(caught.value)
    return str(caught.value)


def test_the_rest_has_defaults(from_env):
    config = from_env(SSOJET_TOKEN_URL="", SSOJET_SCOPE="")
    assert config == CONFIG
    assert config.token_url == "https://api.ssojet.com/oauth/token"
    assert config.auth_method == "client_secret_post"
    assert config.read_secret().reveal() == SECRET


def test_one_error_names_every_missing_variable(from_env, monkeypatch):
    monkeypatch.setenv("ANOTHER_SECRET", "something else")
    with pytest.raises(ConfigurationError) as caught:
        from_env(SSOJET_CLIENT_ID="", SSOJET_API_URL="")
    names = "SSOJET_CLIENT_ID (client_id), SSOJET_API_URL (api_url)"
    assert str(caught.value) == f"missing: {names}"
    assert SECRET not in printed(caught.value)
    assert "something else" not in printed(caught.value)


def test_an_unknown_auth_method_is_answered_with_the_known_ones(from_env):
    with pytest.raises(
        ConfigurationError, match=r"client_secret_post.*_basic"
    ) as caught:
        from_env(SSOJET_AUTH_METHOD="private_key_jwt")
    assert SECRET not in printed(caught.value)


@pytest.mark.parametrize("row", VECTORS["urls"], ids=lambda row: row["name"])
def test_urls(row):
    for variable in row["variables"]:
        field = variable.removeprefix("SSOJET_").lower()
        config = dataclasses.replace(CONFIG, **{field: row["url"]})
        if row["accepted"]:
            config.check()
            continue
        message = refusal(config)
        assert f"{variable} ({field})" in message
        assert row["url"] not in message


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\n", "a line end ('\\n')"),
        ("\x85", "a control character"),
        ("\udcff", "Unicode"),
    ],
)
def test_what_would_be_refused_by_the_endpoint_is_named(text, found):
    secret = Secret(f"{SECRET}{text}")
    changed = dataclasses.replace(CONFIG, client_secret=secret)
    assert "SSOJET_CLIENT_SECRET" in refusal(changed)
    assert found in refusal(changed)
    assert found in refusal(dataclasses.replace(CONFIG, client_id=f"cli{text}"))


def test_a_secret_as_plain_text_is_refused_and_not_shown():
    plain = dataclasses.replace(CONFIG, client_secret=SECRET)  # type: ignore[arg-type]
    assert "is not Secret" in refusal(plain)


def test_the_secret_may_be_a_function():
    secrets = iter(["first", "second"])
    config = dataclasses.replace(CONFIG, client_secret=lambda: next(secrets))
    config.check()
    assert [config.read_secret(), config.read_secret()] == [
        Secret("first"),
        Secret("second"),
    ]
    with pytest.raises(ConfigurationError, match="StopIteration") as caught:
        config.read_secret()
    assert isinstance(caught.value.__cause__, StopIteration)
    for bad, problem in (("", "missing"), (f"{SECRET}\n", "line end")):
        config = dataclasses.replace(CONFIG, client_secret=partial(str, bad))
        with pytest.raises(ConfigurationError, match=problem) as caught:
            config.read_secret()
        assert caught.value.__cause__ is None


def test_settings_are_ordinary_values():
    assert pickle.loads(pickle.dumps(CONFIG)) == CONFIG
    assert hash(dataclasses.replace(CONFIG, scope="")) == hash(CONFIG)
    assert dataclasses.replace(CONFIG, client_secret=Secret("other")) != CONFIG


def test_no_form_of_the_settings_shows_the_secret():
    logged = [repr(CONFIG), str(vars(CONFIG)), str(dataclasses.asdict(CONFIG))]
    logged.append(json.dumps(vars(CONFIG), default=str))
    assert SECRET not in " ".join(logged)
