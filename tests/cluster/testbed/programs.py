# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs built from Go modules, cached by version and by the hash of what they are made of."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from testbed.progress import ClusterError, run
from testbed.settings import AGNHOST, COREDNS, GO, GO_SOURCES, KUBERNETES, REGISTRY, Settings
from testbed.tools import go_command

_VERSION_PACKAGES = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")


@dataclass(frozen=True)
class Program:
    """One program: what to build, and what a person calls it."""

    name: str
    version: str
    title: str
    package: str
    """A folder of the module (`./cmd/x`), a package of one of its dependencies, or `module@version` elsewhere."""
    headers: Callable[[Settings], Path] | None = field(default=None, compare=False)
    """Makes the folder of headers for a program that is partly C++."""
    module: Callable[[Settings], Path] | None = field(default=None, compare=False)
    """Makes the folder of the module that the program is built in, when that is not ours."""
    tags: tuple[str, ...] = ()
    go: str = GO

    def key(self) -> str:
        """Return a hash over the sources that make this program different."""
        digest = hashlib.sha256(self.package.encode())
        if "@" not in self.package:
            files = [] if self.module else [GO_SOURCES / "go.mod"]
            if self.package.startswith("./"):
                files += [
                    path
                    for path in sorted((GO_SOURCES / self.package).glob("*.go"))
                    if not path.name.endswith("_test.go")
                ]
            for path in files:
                digest.update(path.read_bytes())
        return digest.hexdigest()[:8]

    def path(self, settings: Settings) -> Path:
        """Return where the built program is, or will be."""
        return settings.binaries / f"{self.name}-{self.version}-{self.key()}"


KUBE = Program("kube", KUBERNETES, f"Kubernetes {KUBERNETES}", "./cmd/kube")
DNS = Program("dns", COREDNS, f"CoreDNS {COREDNS}", "./cmd/dns")
POLICY = Program("policy", "1", "NetworkPolicy enforcer", "./cmd/policy")
VOLUMES = Program("volumes", "1", "volume driver", "./cmd/volumes")
PAUSE = Program("pause", "1", "pause", "./cmd/pause")
MODEL = Program("model", "1", "stand-in model", "./cmd/model")
NETPOL = Program("netpol", KUBERNETES, f"NetworkPolicy specs of Kubernetes {KUBERNETES}", "./cmd/netpol")
AGNHOST_PROGRAM = Program("agnhost", AGNHOST, f"agnhost {AGNHOST}", "k8s.io/kubernetes/test/images/agnhost")
REGISTRY_PROGRAM = Program(
    "registry",
    REGISTRY,
    f"image registry {REGISTRY}",
    f"github.com/distribution/distribution/v3/cmd/registry@v{REGISTRY}",
)
PROGRAMS = (KUBE, DNS, POLICY, VOLUMES, PAUSE, MODEL, NETPOL, AGNHOST_PROGRAM, REGISTRY_PROGRAM)


def build_program(settings: Settings, program: Program) -> None:
    """Build a program into the cache."""
    target = program.path(settings)
    log = settings.build_logs / f"{program.name}.log"
    log.unlink(missing_ok=True)
    settings.binaries.mkdir(parents=True, exist_ok=True)
    output = settings.build / "out"
    output.mkdir(parents=True, exist_ok=True)
    environment = {**go_environment(settings), "GOBIN": str(output)}
    if program.module is not None:
        # Of a module that was changed the sums are not all there.
        environment["GOFLAGS"] += " -mod=mod"
    if program.tags:
        environment["GOFLAGS"] += f" -tags={','.join(program.tags)}"
    major, minor, _patch = KUBERNETES.split(".")
    flags = ["-s", "-w"]
    for package in _VERSION_PACKAGES:
        flags += [
            f"-X {package}.gitVersion=v{KUBERNETES}",
            f"-X {package}.gitMajor={major}",
            f"-X {package}.gitMinor={minor}",
        ]
    if program.headers is not None:
        include = f"-O2 -I{program.headers(settings)}"
        environment |= {"CGO_ENABLED": "1", "CGO_CFLAGS": include, "CGO_CXXFLAGS": include}
        environment["GOFLAGS"] += " -tags=netgo,osusergo"
        # Its image holds nothing else, and the machine's libraries may be newer than an image's.
        flags += ["-linkmode external", "-extldflags -static"]
    command: list[str | Path] = [go_command(settings, program.go)]
    if "@" in program.package:
        command += ["install", f"-ldflags={' '.join(flags)}", program.package]
    else:
        command += ["build", f"-ldflags={' '.join(flags)}", "-o", output / program.name, program.package]
    run(
        command,
        what=f"cannot build {program.title}",
        log=log,
        cwd=program.module(settings) if program.module else GO_SOURCES,
        environment=environment,
        advice="if a download failed, check GOPROXY and try again; what was compiled so far is kept for the next try",
    )
    built = output / program.name
    if not built.is_file():
        raise ClusterError(f"the build of {program.title} left no program", log=log)
    for old in settings.binaries.glob(f"{program.name}-*"):
        old.unlink()
    shutil.move(built, target)


def go_environment(settings: Settings) -> dict[str, str]:
    """Return the environment of a build with caches of its own: they are gigabytes, and go when the builds are done."""
    return {
        **os.environ,
        "GOCACHE": str(settings.build / "go-cache"),
        "GOMODCACHE": str(settings.build / "go-modules"),
        "GOFLAGS": "-buildvcs=false -trimpath -modcacherw",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
    }


def drop_build_caches(settings: Settings) -> None:
    """Remove everything that only builds need."""
    shutil.rmtree(settings.build, ignore_errors=True)
