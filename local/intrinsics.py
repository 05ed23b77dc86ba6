"""Reads CloudFormation's YAML and resolves its functions with local values, so that template.yaml is the only truth."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from local.errors import StackError

_NO_VALUE = object()
_SECRET = re.compile(r"\{\{resolve:secretsmanager:([^{}]+?):SecretString:[^{}]*\}\}")


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms (`!Ref x`), which it turns into the long ones (`{"Ref": x}`)."""


def _long_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, object]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {name: loader.construct_mapping(node, deep=True)}
    value: object = loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None
    return {name: str(value).split(".", 1) if suffix == "GetAtt" else value}


_Loader.add_multi_constructor("!", _long_form)


@dataclass(frozen=True, slots=True)
class World:
    """What the template's names stand for here.

    `references` are what Ref gives per resource, `attributes` what GetAtt gives for `Resource.Attribute`, `secrets`
    the strings that dynamic references to Secrets Manager become, by the secret's ARN.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    region: str = "us-east-1"
    account: str = "123456789012"


def load(path: Path) -> dict[str, object]:
    """The template as a tree of plain values with functions in their long form."""
    try:
        tree = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506  a SafeLoader
    except FileNotFoundError:
        raise StackError(f"{path} is missing: run this from a complete checkout.") from None
    except yaml.YAMLError as error:
        raise StackError(f"{path} is not valid YAML: {error}") from None
    return mapping(tree, str(path))


def mapping(value: object, where: str) -> dict[str, object]:
    """The value, which must be a mapping."""
    if not isinstance(value, dict):
        raise StackError(f"template: {where} should be a mapping")
    return value


def sequence(value: object, where: str) -> list[object]:
    """The value, which must be a list."""
    if not isinstance(value, list):
        raise StackError(f"template: {where} should be a list")
    return value


class Resolver:
    """Replaces every function in a piece of the template by its value in one world."""

    def __init__(self, tree: Mapping[str, object], world: World) -> None:
        self._tree = tree
        self._world = world
        self._functions: dict[str, Callable[[object], object]] = {
            "Ref": lambda name: self._ref(str(name)),
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::If": self._if,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::FindInMap": self._find_in_map,
        }

    def resolve(self, node: object) -> object:
        """The node with all functions resolved; raises StackError on one this stack does not know."""
        if isinstance(node, dict):
            return self._resolve_mapping(node)
        if isinstance(node, list):
            return [value for item in node if (value := self.resolve(item)) is not _NO_VALUE]
        return self._with_secrets(node) if isinstance(node, str) else node

    def exists(self, resource: Mapping[str, object]) -> bool:
        """Whether the resource's own condition holds."""
        name = resource.get("Condition")
        return name is None or self.condition(str(name))

    def condition(self, name: str) -> bool:
        """The value of a named condition."""
        return self._holds(self._section("Conditions")[name])

    def _resolve_mapping(self, node: dict[str, object]) -> object:
        if len(node) == 1:
            name, argument = next(iter(node.items()))
            if name in self._functions:
                return self._functions[name](argument)
            if name.startswith("Fn::"):
                raise StackError(f"template: {name} is not known to the local stack: add it to local/intrinsics.py")
        resolved = {key: self.resolve(value) for key, value in node.items()}
        return {key: value for key, value in resolved.items() if value is not _NO_VALUE}

    def _section(self, name: str) -> dict[str, object]:
        return mapping(self._tree.get(name, {}), name)

    def _ref(self, name: str) -> object:
        pseudo = {
            "AWS::Region": self._world.region,
            "AWS::AccountId": self._world.account,
            "AWS::Partition": "aws",
            "AWS::StackName": "sambung",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NoValue": _NO_VALUE,
        }
        if name in pseudo:
            return pseudo[name]
        if name in self._section("Parameters"):
            return self._parameter(name)
        self._check_resource(name)
        return self._world.references.get(name, name)

    def _parameter(self, name: str) -> object:
        declared = mapping(self._section("Parameters")[name], name)
        value = self._world.parameters.get(name, declared.get("Default", ""))
        is_list = "List" in str(declared.get("Type"))
        return [part.strip() for part in str(value).split(",")] if is_list else value

    def _check_resource(self, name: str) -> None:
        if name not in self._section("Resources"):
            raise StackError(f"template: nothing is called {name}")

    def _get_att(self, argument: object) -> object:
        name, attribute = map(str, sequence(argument, "Fn::GetAtt"))
        self._check_resource(name)
        default = f"arn:aws:local:{self._world.region}:{self._world.account}:{name}" if attribute == "Arn" else name
        return self._world.attributes.get(f"{name}.{attribute}", default)

    def _sub(self, argument: object) -> object:
        text, own = argument, dict[str, object]()
        if isinstance(argument, list):
            text, own = argument[0], mapping(self.resolve(argument[1]), "Fn::Sub")
        return self._with_secrets(re.sub(r"\$\{(!?)([^}]+)\}", lambda found: self._substitute(found, own), str(text)))

    def _substitute(self, found: re.Match[str], own: Mapping[str, object]) -> str:
        name = found[2].strip()
        if found[1]:
            return f"${{{name}}}"
        if name in own:
            return str(own[name])
        return str(self._get_att(name.split(".", 1)) if "." in name else self._ref(name))

    def _with_secrets(self, text: str) -> str:
        return _SECRET.sub(lambda found: self._secret(found[1]), text)

    def _secret(self, arn: str) -> str:
        if arn not in self._world.secrets:
            raise StackError(f"template: the secret {arn} has no local value")
        return self._world.secrets[arn]

    def _if(self, argument: object) -> object:
        name, yes, no = sequence(argument, "Fn::If")
        return self.resolve(yes if self.condition(str(name)) else no)

    def _holds(self, node: object) -> bool:
        name, argument = next(iter(mapping(node, "a condition").items()))
        if name == "Condition":
            return self.condition(str(argument))
        parts = sequence(argument, name)
        if name == "Fn::Equals":
            return str(self.resolve(parts[0])) == str(self.resolve(parts[1]))
        held = [self._holds(part) for part in parts]
        known = {"Fn::Not": not held[0], "Fn::And": all(held), "Fn::Or": any(held)}
        if name not in known:
            raise StackError(f"template: the condition {name} is not known to the local stack")
        return known[name]

    def _join(self, argument: object) -> object:
        between, parts = sequence(argument, "Fn::Join")
        return str(between).join(str(part) for part in sequence(self.resolve(parts), "Fn::Join"))

    def _select(self, argument: object) -> object:
        index, parts = sequence(argument, "Fn::Select")
        return sequence(self.resolve(parts), "Fn::Select")[int(str(index))]

    def _split(self, argument: object) -> object:
        between, text = sequence(argument, "Fn::Split")
        return str(self.resolve(text)).split(str(between))

    def _find_in_map(self, argument: object) -> object:
        name, *keys = (str(self.resolve(part)) for part in sequence(argument, "Fn::FindInMap"))
        found: object = self._section("Mappings")[name]
        for key in keys:
            found = mapping(found, name)[key]
        return self.resolve(found)
