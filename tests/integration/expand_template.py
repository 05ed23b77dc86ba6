"""Prints template.yaml as SAM expands it, for tests; runs in .venv-sam, where SAM's translator is.

`python expand_template.py TEMPLATE` writes plain CloudFormation as JSON. No account and no network are asked.
"""

import json
import sys
from pathlib import Path

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

# `sam deploy` puts addresses where the folders were; the translator refuses folders.
UPLOADED = {"CodeUri": "s3://bucket/code", "ContentUri": "s3://bucket/layer"}


class NoManagedPolicies:
    """Stands for the list of AWS's own policies, which the template uses none of."""

    def load(self) -> dict[str, str]:
        return {}


def main() -> None:
    template = yaml_parse(Path(sys.argv[1]).read_text())
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        properties.update({key: address for key, address in UPLOADED.items() if key in properties})
    given = {name: own.get("Default", "arn:aws:given") for name, own in template["Parameters"].items()}
    json.dump(transform(template, given, NoManagedPolicies()), sys.stdout)


if __name__ == "__main__":
    main()
