"""Calls the API and prints its answer: `python -m ssojet_m2m [/orders]`."""

import sys

from httpx2 import HTTPError, InvalidURL

from . import ApiClient, Config, ConfigurationError, SsojetError


def main() -> int:
    """Gives the exit code: 1 for an answer that is no success or none, 2 for usage."""
    try:
        path = sys.argv[1] if len(sys.argv) > 1 else "/orders"
        with ApiClient(Config.from_env()) as api:
            response = api.get(path)
    except ConfigurationError as error:
        print(f"configuration: {error} (see .env.example)", file=sys.stderr)
        return 2
    except SsojetError as error:
        print(f"no access token: {error}", file=sys.stderr)
        return 1
    except (HTTPError, InvalidURL) as error:
        print(f"no answer from the API: {error}", file=sys.stderr)
        return 1
    print(response.status_code, response.reason_phrase)
    print(response.text)
    return 0 if response.is_success else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
