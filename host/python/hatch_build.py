"""Puts the components and the types of their JSON into the package.

`CLIO_COMPONENTS` names the folder that `clio export` wrote. A build from the source
distribution, which brings them, needs none.
"""

import importlib.util
import json
import os
import shutil
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        root = Path(self.root)
        package = root / "clio_actions"
        licence = next(it / "LICENSE" for it in (root.parent.parent, package) if (it / "LICENSE").exists())
        build_data["force_include"][str(licence)] = "clio_actions/LICENSE"
        components = package / "components"
        given = os.environ.get("CLIO_COMPONENTS")
        if given:
            source = Path(given).resolve()
            if not (source / "actions.json").exists():
                raise RuntimeError(f"{source} holds no actions.json; name the folder that `clio export` wrote by its whole path")
            actions = json.loads((source / "actions.json").read_text("utf-8"))
            shutil.rmtree(components, ignore_errors=True)
            components.mkdir()
            for name in ("actions.json", *(f"{action['name']}.wasm" for action in actions)):
                shutil.copyfile(source / name, components / name)
        elif not (components / "actions.json").exists():
            raise RuntimeError("there are no components; name the folder that `clio export` wrote in CLIO_COMPONENTS")
        actions = json.loads((components / "actions.json").read_text("utf-8"))
        (package / "actions.pyi").write_text(_types_of(root).stub(actions), "utf-8")


def _types_of(root):
    """The module beside this one, which a build does not find by its name."""
    spec = importlib.util.spec_from_file_location("types_of", root / "types_of.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
