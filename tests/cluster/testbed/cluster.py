# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster's life: what a set needs, how it starts, whether it is well, how it ends."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from testbed import backup, components, feature_images, images, network, pki, programs, sidecars, traefik, tunnels
from testbed.api import API, condition, dig
from testbed.cgroups import cgroup_version, make_cgroup, remove_cgroup
from testbed.mounts import detach_below, mounts_below, unmount_below
from testbed.objects import cluster_objects
from testbed.oci import push
from testbed.processes import Processes, start_time
from testbed.progress import ClusterError, note, run, step
from testbed.settings import REGISTRY_PASSWORD, REGISTRY_USER, SETS, ControlPlane, Settings
from testbed.tools import RUN_PACKAGES, install_packages, missing_packages

_DEMO_PROGRAMS = (programs.KUBE, programs.DNS, programs.POLICY, programs.VOLUMES, programs.PAUSE, programs.MODEL)
_TEST_PROGRAMS = (
    programs.NETPOL,
    programs.AGNHOST_PROGRAM,
    programs.REGISTRY_PROGRAM,
    feature_images.TERMINAL_PROGRAM,
    tunnels.TUNNEL_PROGRAM,
)
# What takes long to make and few tests need: their images only come with the set `all`.
_SLOW_PROGRAMS = (
    sidecars.OLLAMA_PROGRAM,
    *tunnels.TAILSCALE_PROGRAMS,
    tunnels.TAILNET_PROGRAM,
    traefik.TRAEFIK_PROGRAM,
    backup.VERSITYGW_PROGRAM,
)
_DEMO_IMAGES = (images.PAUSE_IMAGE, images.DNS_IMAGE, images.MODEL_IMAGE, images.OPENCLAW_IMAGE)
_TEST_IMAGES = (
    images.OLDER_IMAGE,
    images.TOOLS_IMAGE,
    images.AGNHOST_IMAGE,
    feature_images.TERMINAL_IMAGE,
    feature_images.NGINX_IMAGE,
    feature_images.UV_IMAGE,
    feature_images.FILES_IMAGE,
    tunnels.CLOUDFLARED_IMAGE,
)
_SLOW_IMAGES = (
    sidecars.CHROMIUM_IMAGE,
    sidecars.OLLAMA_IMAGE,
    tunnels.TAILSCALE_IMAGE,
    tunnels.TAILNET_IMAGE,
    traefik.TRAEFIK_IMAGE,
    backup.RESTIC_IMAGE,
    backup.VERSITYGW_IMAGE,
)


def _up_to(chosen: str) -> int:
    """Return how many of the sets a set holds: itself and the smaller ones."""
    return SETS.index(chosen) + 1


def _programs(chosen: str) -> tuple[programs.Program, ...]:
    return tuple(chain(*(_DEMO_PROGRAMS, _TEST_PROGRAMS, _SLOW_PROGRAMS)[: _up_to(chosen)]))


def _images(chosen: str) -> tuple[images.Image, ...]:
    """Return the images that are loaded into containerd."""
    return tuple(chain(*(_DEMO_IMAGES, _TEST_IMAGES, _SLOW_IMAGES)[: _up_to(chosen)]))


# A socket's path holds at most 107 bytes; the longest of ours is the driver's, below the run folder.
_LONGEST_RUN_PATH = 60


@dataclass(frozen=True)
class Step:
    """Something that is made once and cached."""

    name: str
    title: str
    done: Callable[[], bool]
    make: Callable[[], None]


def steps(settings: Settings, chosen: str) -> list[Step]:
    """Return what the set needs, in the order in which it is made."""

    def program(one: programs.Program) -> Step:
        return Step(
            one.name, one.title, lambda: one.path(settings).is_file(), lambda: programs.build_program(settings, one)
        )

    def image(one: images.Image) -> Step:
        return Step(
            f"image-{one.name}",
            one.title,
            lambda: one.digest(settings) is not None,
            lambda: images.build_image(settings, one),
        )

    packages = Step(
        "packages",
        "system packages",
        lambda: not missing_packages(RUN_PACKAGES),
        lambda: install_packages(settings, missing_packages(RUN_PACKAGES)),
    )
    made = list(map(image, _images(chosen)))
    if chosen != "demo":
        made.append(image(images.PRIVATE_IMAGE))
    if chosen == "all":
        made.append(
            Step(
                "kinds",
                "kinds of Traefik and the Gateway API",
                lambda: traefik.kinds_folder(settings).is_dir(),
                lambda: traefik.make_kinds(settings),
            )
        )
    return [packages, *map(program, _programs(chosen)), *made]


def make(settings: Settings, wanted: list[Step]) -> None:
    """Make what is missing, then drop what only the builds needed."""
    missing = [one for one in wanted if not one.done()]
    for one in missing:
        with step(f"{one.title} (first time only)"):
            one.make()
    if missing:
        programs.drop_build_caches(settings)
        images.prune_images(settings, (*_images("all"), images.PRIVATE_IMAGE))


def build(settings: Settings, one: Step) -> None:
    """Make one thing unless it is there. Build caches stay: more may follow, and `up` drops them at its end."""
    settings.cache.mkdir(parents=True, exist_ok=True)
    if not one.done():
        one.make()


@contextmanager
def exclusive(settings: Settings) -> Iterator[None]:
    """Let one `up`, `down` or build work at a time."""
    settings.cache.mkdir(parents=True, exist_ok=True)
    with (settings.cache / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note("another `cluster` command is at work; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Cluster:
    """One cluster on this machine."""

    def __init__(self, settings: Settings) -> None:
        """Look at the cluster of these settings; nothing is started."""
        self._settings = settings
        self._processes = Processes(settings.run / "processes", settings.logs, network.enter(settings))
        self._snapshotter = "overlayfs"

    # Starting

    def up(self, chosen: str) -> None:
        """Start what is missing for a set and wait until all of it is ready."""
        self._refuse_impossible()
        chosen = max(chosen, self._chosen() or chosen, key=SETS.index)
        make(self._settings, steps(self._settings, chosen))
        if self.well(chosen):
            print(f"cluster ... runs already (set {chosen})", flush=True)
            return
        with step("cluster"):
            self._start(chosen)
            self._wait_ready(chosen)
        (self._settings.run / "set").write_text(f"{chosen} {self._revision(chosen)}")

    def _refuse_impossible(self) -> None:
        if os.geteuid() != 0:
            raise ClusterError(
                "the test cluster needs root (network namespace, mounts, cgroups)",
                advice="run it as root or with sudo -E",
            )
        if len(str(self._settings.run)) > _LONGEST_RUN_PATH:
            raise ClusterError(
                f"{self._settings.run} is too long for the paths of sockets",
                advice="set OPENCLAW_CACHE to a shorter path",
            )

    def _chosen(self) -> str | None:
        """Return the set that runs, if any."""
        found, _space, _rest = self._recorded_set().partition(" ")
        return found if found in SETS and self._processes.recorded() else None

    def _recorded_set(self) -> str:
        try:
            return (self._settings.run / "set").read_text()
        except OSError:
            return ""

    def _revision(self, chosen: str) -> str:
        """Return a hash over all that decides how a set is started: these sources and the built things."""
        digest = hashlib.sha256()
        for path in sorted(Path(__file__).parent.glob("*.py")):
            digest.update(path.read_bytes())
        for program in _programs(chosen):
            digest.update(program.key().encode())
        for image in _images(chosen):
            digest.update((image.digest(self._settings) or "").encode())
        return digest.hexdigest()

    def _planes(self, chosen: str) -> list[ControlPlane]:
        return [self._settings.main] if chosen == "demo" else [self._settings.main, self._settings.other]

    def _start(self, chosen: str) -> None:
        settings, processes = self._settings, self._processes
        kube = programs.KUBE.path(settings)
        settings.run.mkdir(parents=True, exist_ok=True)
        if not processes.recorded():
            self._clear_leftovers()
        fresh = not (settings.run / "node" / "kubelet").exists()
        network.make_network(settings)
        make_cgroup(settings.cgroup)
        for plane in self._planes(chosen):
            clients = {**components.CLIENTS, **(components.NODE_CLIENTS if plane == settings.main else {})}
            pki.make_control_plane_pki(plane, clients)
            components.start_api(processes, kube, plane)
        folder = components.registry_authority(settings).parent
        pki.make_authority(folder, "registry authority")
        if chosen != "demo":
            pki.make_certificate(folder, "registry", "/CN=registry", (f"IP:{settings.node_address}",))
            components.start_registry(processes, programs.REGISTRY_PROGRAM.path(settings), settings)
        components.start_containerd(processes, settings, snapshotter=self._snapshotter)
        with ThreadPoolExecutor() as pool:
            imports = pool.submit(self._import_images, chosen, fresh=fresh)
            for plane in self._planes(chosen):
                ready = partial(API(plane.kubeconfig("cluster")).ok, "/readyz")
                self._wait(f"the apiserver of {plane.context}", 60, ready)
                components.start_controllers(processes, kube, plane)
            api = API(settings.main.kubeconfig("cluster"))
            for wanted in cluster_objects():
                api.apply(wanted)
            for name, definition in traefik.kinds(settings).items() if chosen == "all" else ():
                api.define(name, definition)
            components.start_scheduler(processes, kube, settings.main)
            components.start_volumes(processes, programs.VOLUMES.path(settings), settings)
            components.start_proxy(processes, kube, settings)
            components.start_policy(processes, programs.POLICY.path(settings), settings)
            # The kubelet last: it would try to pull an image that is not there yet, and wait before it looks again.
            imports.result()
            components.start_kubelet(processes, kube, settings, cgroup_version=cgroup_version())
        if chosen != "demo":
            self._fill_registry()

    def _import_images(self, chosen: str, *, fresh: bool) -> None:
        socket = components.containerd_socket(self._settings)
        self._wait("containerd", 30, socket.exists)
        present = self._wait_value("containerd to answer", 30, lambda: images.imported_images(socket))
        if fresh:
            self._forget_pulled_images()
        for image in _images(chosen):
            digest = image.digest(self._settings)
            if digest is None:
                raise ClusterError(f"{image.title} is not built", advice="run `cluster up` again")
            if present.get(image.reference) != digest:
                images.import_image(self._settings, image, digest, socket=socket, snapshotter=self._snapshotter)

    def _fill_registry(self) -> None:
        settings = self._settings
        digest = images.PRIVATE_IMAGE.digest(settings)
        if digest is None:
            raise ClusterError(f"{images.PRIVATE_IMAGE.title} is not built", advice="run `cluster up` again")

        def pushed() -> bool:
            try:
                push(
                    images.store(settings),
                    digest,
                    settings.registry,
                    "tools",
                    "1",
                    user=REGISTRY_USER,
                    password=REGISTRY_PASSWORD,
                    authority=components.registry_authority(settings),
                )
            except OSError:
                return False
            return True

        self._wait("the registry", 20, pushed)

    # Waiting

    def _wait(self, what: str, seconds: float, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            self._processes.check_all()
            if time.monotonic() > deadline:
                raise ClusterError(
                    f"{what} is not ready after {seconds:.0f} s", advice=f"look into {self._settings.logs}"
                )
            time.sleep(0.1)

    def _wait_value(self, what: str, seconds: float, get: Callable[[], dict[str, str]]) -> dict[str, str]:
        found: list[dict[str, str]] = []

        def ready() -> bool:
            try:
                found.append(get())
            except ClusterError:
                return False
            return True

        self._wait(what, seconds, ready)
        return found[0]

    def _wait_ready(self, chosen: str) -> None:
        api = API(self._settings.main.kubeconfig("cluster"))
        for what, ready in self._checks(api, chosen):
            self._wait(what, 90, ready)

    def _checks(self, api: API, chosen: str) -> list[tuple[str, Callable[[], bool]]]:
        """Return what a well cluster shows, as (name, check)."""
        node = components.NODE_NAME
        kubelet = API(self._settings.main.kubeconfig("cluster"), address=f"{self._settings.node_address}:10250")

        def driver_registered() -> bool:
            drivers = dig(api.get("storage.k8s.io/v1/CSINode", node), "spec", "drivers")
            return isinstance(drivers, list) and any(dig(driver, "name") == components.CSI_DRIVER for driver in drivers)

        checks: list[tuple[str, Callable[[], bool]]] = [
            ("the apiserver", lambda: api.ok("/readyz")),
            ("the kubelet", lambda: kubelet.ok("/healthz")),
            ("the node", lambda: condition(api.get("v1/Node", node), "Ready")),
            ("the volume driver", driver_registered),
            ("DNS", lambda: condition(api.get("apps/v1/Deployment", "coredns", "kube-system"), "Available")),
            ("service accounts", lambda: api.get("v1/ServiceAccount", "default", "default") is not None),
        ]
        if chosen != "demo":
            other = API(self._settings.other.kubeconfig("cluster"))
            checks.append(("the other apiserver", lambda: other.ok("/readyz")))
        if chosen == "all":
            checks += [(f"the kinds of {group}", partial(api.ok, f"/apis/{group}")) for group in traefik.GROUPS]
        return checks

    def expected(self, chosen: str) -> list[str]:
        """Return the names of the processes that a set needs."""
        names = [
            "main-etcd",
            "main-apiserver",
            "main-controllers",
            "scheduler",
            "containerd",
            "kubelet",
            "proxy",
            "policy",
            "volumes",
        ]
        return names if chosen == "demo" else [*names, "other-etcd", "other-apiserver", "other-controllers", "registry"]

    def well(self, chosen: str) -> bool:
        """Tell whether a set runs already, started as it would be now."""
        return self._recorded_set() == f"{chosen} {self._revision(chosen)}" and not self.problems(chosen)

    def problems(self, chosen: str) -> list[str]:
        """Return what is wrong with the running cluster, one line each."""
        found = [f"{name} does not run" for name in self.expected(chosen) if not self._processes.alive(name)]
        if found:
            return found
        api = API(self._settings.main.kubeconfig("cluster"))
        for what, ready in self._checks(api, chosen):
            try:
                if not ready():
                    found.append(f"{what} is not ready")
            except (OSError, ClusterError) as error:
                found.append(f"{what}: {error}")
        return found

    def status(self) -> int:
        """Print how the cluster is; return 0 when it is well, 3 when it does not run, 1 otherwise."""
        chosen = self._chosen()
        if chosen is None:
            print(f"{self._settings.name}: not running")
            return 3
        running = self._processes.recorded()
        for name in self.expected(chosen):
            print(f"{name:18} {'pid ' + str(running[name].pid) if name in running else 'not running'}")
        problems = self.problems(chosen)
        for line in problems:
            print(f"problem: {line} (logs: {self._settings.logs})")
        if not problems:
            print(f"{self._settings.name}: ready, set {chosen}, {self._settings.main.url}")
        return 1 if problems else 0

    def environment(self) -> dict[str, str]:
        """Return the variables that tests and people need."""
        settings = self._settings
        if not settings.kubeconfig.exists():
            raise ClusterError("the test cluster does not run", advice="start it: tests/cluster/cluster up")
        return {
            "KUBECONFIG": str(settings.kubeconfig),
            "OPENCLAW_TEST_KUBECONFIG_OTHER": str(settings.other.kubeconfig("admin")),
            "OPENCLAW_TEST_AUDIT_LOG": str(settings.main.audit_log),
            "OPENCLAW_TEST_AUDIT_LOG_OTHER": str(settings.other.audit_log),
            "OPENCLAW_TEST_REGISTRY": settings.registry,
            "OPENCLAW_TEST_REGISTRY_USER": REGISTRY_USER,
            "OPENCLAW_TEST_REGISTRY_PASSWORD": REGISTRY_PASSWORD,
            "OPENCLAW_TEST_NODE_IP": settings.node_address,
            "OPENCLAW_TEST_NETNS": settings.namespace,
            "OPENCLAW_TEST_IMAGES": " ".join(image.name for image in _images(self._chosen() or "demo")),
        }

    # Ending

    def down(self) -> None:
        """End everything and remove every trace but the caches."""
        names = [path.stem for path in (self._settings.run / "processes").glob("*.json")]
        # The kubelet first: it would start again what ends.
        self._processes.stop(["kubelet"])
        self._forget_containers()
        self._processes.stop(names)
        self._clear_leftovers()
        network.remove_network(self._settings)
        for folder in (self._settings.run, self._settings.containerd):
            if mounts_below(folder):
                raise ClusterError(
                    f"something is still mounted below {folder}", advice="unmount it and run `down` again"
                )
        shutil.rmtree(self._settings.run, ignore_errors=True)

    def _forget_containers(self) -> None:
        """Let containerd forget all containers and pulled images, so that its store holds nothing but the built images.

        Without containerd nothing is done: the next kubelet removes containers of pods that it does not know.
        """
        if not self._processes.alive("containerd"):
            return
        remove_cgroup(self._settings.cgroup)
        ctr = images.ctr(components.containerd_socket(self._settings))
        what = "cannot empty containerd"

        def no_tasks() -> bool:
            # containerd sees the ends itself, so a task of the list may be gone before it is deleted here.
            tasks = [line.split()[0] for line in run([*ctr, "tasks", "list"], what=what).splitlines()[1:]]
            if tasks:
                subprocess.run([*ctr, "tasks", "delete", "--force", *tasks], capture_output=True, check=False)
            return not tasks

        self._wait("the end of the containers", 15, no_tasks)
        containers = run([*ctr, "containers", "list", "--quiet"], what=what).split()
        if containers:
            run([*ctr, "containers", "delete", *containers], what=what)
        self._forget_pulled_images()

    def _forget_pulled_images(self) -> None:
        """Remove images that pods pulled: without the kubelet's records they would look preloaded."""
        socket = components.containerd_socket(self._settings)
        loaded = {image.digest(self._settings) for image in _images("all")}
        present = images.imported_images(socket)
        pulled = [reference for reference, digest in present.items() if digest not in loaded]
        if pulled:
            run([*images.ctr(socket), "images", "delete", "--sync", *pulled], what="cannot delete pulled images")

    def _clear_leftovers(self) -> None:
        """Release what the kernel and other folders hold for containers of this cluster."""
        node = self._settings.run / "node"
        self._end_shims()
        for path in node.glob("containerd-state/io.containerd.runtime.v2.task/k8s.io/*/address"):
            Path(path.read_text().removeprefix("unix://")).unlink(missing_ok=True)
        remove_cgroup(self._settings.cgroup)
        for folder in (self._settings.run, self._settings.containerd):
            unmount_below(folder)
        detach_below(self._settings.run)
        # Containers that are gone: their state would only confuse the next containerd and kubelet.
        for name in ("containerd-state", "runc", "addresses"):
            shutil.rmtree(node / name, ignore_errors=True)
        for path in Path("/var/log/containers").glob("*"):
            if path.is_symlink() and node in Path(os.readlink(path)).parents:
                path.unlink()
        # What containerd and its network plugins keep outside of the folders that they are given.
        results = Path("/var/lib/cni/results")
        for path in results.glob(f"{self._settings.namespace}-*"):
            container = path.name.removeprefix(f"{self._settings.namespace}-").partition("-")[0]
            (results / f"cni-loopback-{container}-lo").unlink(missing_ok=True)
            path.unlink()

    def _end_shims(self) -> None:
        """End containerd's shims, which outlive it. Ours are those that were given our containerd's socket."""
        address = str(components.containerd_socket(self._settings)).encode()
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
            except OSError:
                continue
            if b"containerd-shim" in words[0] and address in words:
                pid = int(path.parent.name)
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
                deadline = time.monotonic() + 5
                while start_time(pid) is not None and time.monotonic() < deadline:
                    time.sleep(0.01)


def clean(settings: Settings) -> None:
    """Remove the caches, too."""
    if mounts_below(settings.cache):
        raise ClusterError(
            f"something is still mounted below {settings.cache}", advice="end the other clusters of this cache first"
        )
    for name in ("bin", "images", "kinds", "containerd", "build", "log", "tools"):
        shutil.rmtree(settings.cache / name, ignore_errors=True)
