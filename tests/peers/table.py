"""The table of docs/peers.md, from the JSON reports of `ssojet-gen verify --driver`.

python3 table.py authlib.json openid-client.json oauth2-go.json
"""

import json
import re
import sys
from collections import Counter
from typing import Any

ERROR = re.compile(
    r"an error of kind (?P<kind>\w+)(, code `(?P<code>[^`]*)`)?(, status (?P<status>\d+))?"
)
# Rules that no scenario can look at.
LEFT_OUT = ("own_tests", "catalog_check")


def is_near(failure: dict[str, Any]) -> bool:
    """Whether the error was the right one, and lacks but the status or words of ours."""
    if "comes to an error" not in failure["expected"]:
        return False
    expected = ERROR.search(failure["expected"])
    found = ERROR.search(failure["found"])
    if not expected or not found or expected["kind"] != found["kind"]:
        return False
    has_code = expected["code"] in (None, found["code"])
    return has_code and found["status"] in (None, expected["status"])


def near_cases(target: dict[str, Any]) -> Counter[str]:
    """How many cases of each rule failed for nothing else."""
    near: Counter[str] = Counter()
    for case in target["cases"]:
        failures = case.get("failures", [])
        if all(is_near(failure) for failure in failures):
            near.update({rule for failure in failures for rule in failure["rules"]})
    return near


def cell(rule: dict[str, Any], near: Counter[str]) -> str:
    if rule["verdict"] == "not_applicable":
        return "n/a"
    if rule["verdict"] == "passed":
        return "**holds**"
    tried = rule["passed"] + rule["failed"]
    others = near[rule["id"]]
    return f"{rule['passed']} of {tried}" + (f" (+{others})" if others else "")


def main() -> None:
    targets, titles = [], {}
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        targets += report["targets"]
        titles = {rule["id"]: rule["title"] for rule in report["rules"]}
    clients = [target["driver"]["client"] for target in targets]
    print("| rule | |", " | ".join(clients), "|")
    print("|---|---|" + "---|" * len(clients))
    near = [near_cases(target) for target in targets]
    for rules in zip(*(target["rules"] for target in targets), strict=True):
        name = rules[0]["id"]
        if rules[0]["verdict"] not in LEFT_OUT:
            cells = map(cell, rules, near)
            print(f"| {name} | {titles[name]} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
