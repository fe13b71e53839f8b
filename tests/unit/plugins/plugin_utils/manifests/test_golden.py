# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifests of each role, written out in tests/unit/golden. `pytest --update-golden` rewrites them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS

Manifest = dict[str, object]


def models(**urls: str) -> Manifest:
    return {"models": {"providers": {name: {"baseUrl": url} for name, url in urls.items()}}}


EXPOSED: dict[str, object] = {
    "hostname": "claw.example.com",
    "entry_points": {"front": {"cidr": ["192.0.2.7/32"]}},
}

BEHIND_PODS: Manifest = {
    "gateway_proxy_enabled": True,
    "entry_points": {"traefik": {"namespace": "traefik", "pods": {"app.kubernetes.io/name": "traefik"}}},
}


TAILNET: Manifest = {
    "tailscale_enabled": True,
    "tailscale_auth_secret": "tailnet-key",
    "tailscale_apiserver": ["10.0.0.5:6443"],
}

FILES: Manifest = {
    "workspace_files": {
        "BOOT.md": "Say hello.\n",
        "notes/plan.md": {"content": "The plan.\n", "policy": "managed"},
        "logo.png": {"base64": "iVBORw0KGgo=", "policy": "managed"},
        "run.sh": {"content": "#!/bin/sh\n", "mode": "0755"},
        "RULES.md": {"content": "Ask first.\n", "policy": "readonly"},
        "theirs": {"config_map": "shared-notes"},
    },
}
HOOKS: Manifest = {
    "hooks_enabled": True,
    "hooks_mappings": {"alerts": {"transform": {"module": "alerts.mjs"}, "deliver": False}},
    "hooks_transforms": {"alerts.mjs": "export default () => null;\n"},
}

PLUGINS: Manifest = {
    "plugins": {
        "greeter": {
            "package": "@house/greeter",
            "version": "1.0.0",
            "integrity": f"sha512-{'A' * 86}==",
            "config": {"greeting": "Moin"},
        }
    }
}

CASES: dict[str, dict[str, object]] = {
    "namespace-default": {},
    "namespace-limited": {
        "namespace": "team-a",
        "namespace_pod_security": "baseline",
        "namespace_quota": {"requests.memory": "8Gi", "pods": 10},
        "namespace_limit_range": {"default": {"memory": "1Gi"}, "max": {"cpu": 2, "memory": "4Gi"}},
    },
    "rbac-default": {},
    "rbac-annotated": {"service_account_annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/claw"}},
    "rbac-tailscale": {**TAILNET, "service_account_name": "agents"},
    "networkpolicy-tunnels": {
        **TAILNET,
        "cloudflared_enabled": True,
        "cloudflared_secret": "tunnel",
        "hostname": "claw.example.com",
    },
    "secrets-tailscale": {**TAILNET, "gateway_token_secret": "my-token"},
    "secrets-default": {},
    "skills-default": {},
    "secrets-given": {
        "secrets": {"API_KEY": {"value": "s3cr3t"}, "OTHER_KEY": {"secret": "my-keys", "key": "other"}},
        "gateway_token_secret": "my-token",
    },
    "secrets-password": {"gateway_auth": "password", "gateway_password_key": "passphrase"},
    "storage-default": {},
    "storage-described": {
        "storage_labels": {"team": "sales", "app.kubernetes.io/name": "not-this"},
        "storage_annotations": {"example.com/backup": "daily"},
        "workspace_storage_enabled": True,
        "workspace_storage_size": "40Gi",
        "workspace_storage_class": "slow",
    },
    "storage-shared": {"storage_class": "fast", "storage_size": "50Gi", "storage_access_modes": ["ReadWriteMany"]},
    "backup-default": {
        "backup_enabled": True,
        "backup_repository": {"endpoint": "https://s3.example.com", "bucket": "claws", "secret": "s3-keys"},
    },
    "backup-volume": {
        "backup_enabled": True,
        "backup_target": "volume",
        "backup_password_secret": "shared",
        "backup_source": "volume",
        "backup_schedule": "",
        "backup_drill_schedule": "",
        "backup_timezone": "Europe/Berlin",
    },
    "config-default": {},
    "config-replicas": {
        "replicas": 3,
        "config": {"agents": {"defaults": {"maxConcurrent": 2, "userTimezone": "UTC"}}},
        "replica_overrides": {
            "1": {"config": {"agents": {"defaults": {"maxConcurrent": 5}}}},
            "2": {"env": {"ROLE": "third"}},
        },
    },
    "config-unvalidated": {
        "config_validate_enabled": False,
        "config": {"gateway": {"controlUi": {"enabled": False}}, "agents": {"defaults": {"workspace": "~/ü"}}},
    },
    "networkpolicy-default": {},
    "networkpolicy-closed": {
        "networkpolicy_egress": "none",
        "networkpolicy_ingress_namespaces": ["ingress-nginx", "monitoring"],
        "config": models(stub="http://stub:4010/v1", public="https://api.example.com/v1"),
    },
    "networkpolicy-models": {
        "config": models(
            a="http://ollama.models.svc:11434",
            b="http://vllm.models.svc.cluster.local:8000",
            c="http://10.0.0.5:11434",
            d="http://[fd00::5]:8000",
            e="https://api.example.com:8443/v1",
            f="http://127.0.0.1:4010",
        ),
    },
    "networkpolicy-proxied": {
        "networkpolicy_egress": "none",
        "proxy_url": "http://squid.proxies.svc:3128",
        "dns_config": {"nameservers": ["10.0.0.2", "fd00::2"]},
    },
    "networkpolicy-proxied-by-address": {"proxy_url": "http://10.0.0.3:3128"},
    "networkpolicy-entered": {
        "gateway_proxy_enabled": True,
        "terminal_enabled": True,
        "terminal_secret": "web-login",
        "service_ports": {"voice": {"port": 3334, "target_port": 13334, "protocol": "UDP"}, "hooks": {"port": 8788}},
        "entry_points": {
            "traefik": {"namespace": "traefik", "pods": {"app.kubernetes.io/name": "traefik"}},
            "balancer": {"cidr": ["192.0.2.7", "2001:db8::/64"], "ports": ["gateway", "voice"]},
            "desk": {"namespace": "desk", "pods": {"app": "desk"}, "ports": ["terminal", "hooks"], "proxy": False},
        },
        "networkpolicy_ingress_namespaces": ["tools"],
        "networkpolicy_same_namespace_enabled": True,
        "networkpolicy_ingress_rules": [
            {"from": [{"ipBlock": {"cidr": "198.51.100.0/24"}}], "ports": [{"port": 9000}]}
        ],
    },
    "networkpolicy-internet": {
        "networkpolicy_cluster_ranges": ["203.0.113.0/24", "10.0.0.0/8", "2001:db8:1::/48", "2600:1f00::/40"],
        "networkpolicy_node_dns_enabled": True,
        "networkpolicy_egress_to": {"nas": {"cidr": ["192.168.1.5"], "ports": [2049]}},
        "networkpolicy_egress_rules": [{"to": [{"podSelector": {"matchLabels": {"app": "cache"}}}]}],
    },
    "networkpolicy-internal": {
        "networkpolicy_egress": "internal",
        "networkpolicy_egress_to": {
            "vault": {"namespace": "vault", "pods": {"app.kubernetes.io/name": "vault"}, "ports": [8200]},
            "ollama": {"namespace": "ollama"},
            "cache": {"pods": {"app": "cache"}, "ports": [6379, 6380]},
            "office": {"cidr": ["10.8.0.0/16", "fd12::/64"], "ports": [3478], "protocol": "UDP"},
            "everything": {"cidr": ["0.0.0.0/0", "::/0"], "protocol": "TCP"},
        },
        "config": models(stub="http://stub:4010/v1"),
    },
    "networkpolicy-cilium": {
        "networkpolicy_egress": "providers-only",
        "networkpolicy_flavor": "cilium",
        "networkpolicy_egress_names": ["*.slack.com", "clawhub.ai"],
        "networkpolicy_node_dns_enabled": True,
        "networkpolicy_cilium_ingress_rules": [
            {"fromEntities": ["ingress"], "toPorts": [{"ports": [{"port": "gateway", "protocol": "TCP"}]}]}
        ],
        "networkpolicy_cilium_egress_rules": [{"toEntities": ["kube-apiserver"]}],
        "config": {
            "agents": {"defaults": {"model": {"primary": "anthropic/claude-opus-4-6", "fallbacks": ["openai/gpt-5"]}}},
            **models(local="http://ollama.models.svc:11434", own="https://llm.example.com:8443/v1"),
        },
    },
    "networkpolicy-gke": {
        "networkpolicy_egress": "providers-only",
        "networkpolicy_flavor": "gke",
        "networkpolicy_egress_names": ["*.slack.com", "clawhub.ai"],
        "networkpolicy_node_dns_enabled": True,
        "config": models(own="https://llm.example.com:8443/v1"),
    },
    "networkpolicy-by-proxy": {
        "networkpolicy_egress": "providers-only",
        "proxy_url": "http://squid.proxies.svc:3128",
        "config": models(public="https://api.example.com/v1"),
    },
    "config-scheduled": {
        "runtime_class": "gvisor",
        "node_selector": {"kubernetes.io/arch": "arm64"},
        "tolerations": [{"key": "agents", "operator": "Exists"}],
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        {"matchExpressions": [{"key": "pool", "operator": "In", "values": ["agents"]}]}
                    ]
                }
            },
            "podAntiAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname"}]
            },
        },
        "topology_spread": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}],
    },
    "config-proxied": {"config_validate_enabled": False, "proxy_url": "http://10.0.0.3:3128"},
    "workload-default": {},
    "workload-suspended": {
        "state": "suspended",
        "autoscaling_enabled": True,
        "disruption_budget_enabled": True,
        "disruption_budget_max_unavailable": 0,
    },
    "workload-replicas": {
        "replicas": 3,
        "disruption_budget_enabled": True,
        "workspace_storage_enabled": True,
        "storage_annotations": {"example.com/backup": "daily"},
        "replica_overrides": {
            "0": {"env": {"ROLE": "first", "BOT_TOKEN": {"secret": "bots", "key": "one"}}},
            "2": {"env": {"ROLE": 'it\'s "$(third)"'}, "config": {"agents": {"defaults": {"maxConcurrent": 5}}}},
        },
    },
    "workload-autoscaled": {
        "autoscaling_enabled": True,
        "autoscaling_min_replicas": 2,
        "autoscaling_max_replicas": 5,
        "autoscaling_memory": 75,
    },
    "workload-workspace": {"workspace_storage_enabled": True, "workspace_existing_claim": "old-work"},
    "workload-scheduled": {
        "service_account_name": "agents",
        "service_account_token_enabled": True,
        "pod_labels": {"example.com/tier": "gold"},
        "pod_annotations": {"example.com/owner": "team a"},
        "priority_class": "high",
        "runtime_class": "gvisor",
        "node_selector": {"kubernetes.io/arch": "arm64"},
        "tolerations": [{"key": "agents", "operator": "Exists", "effect": "NoSchedule"}],
        "affinity": {
            "podAntiAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    {"topologyKey": "kubernetes.io/hostname", "namespaceSelector": {}, "namespaces": []}
                ]
            }
        },
        "topology_spread": [
            {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"},
            {
                "maxSkew": 1,
                "topologyKey": "topology.kubernetes.io/zone",
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": {"example.com/tier": "gold"}},
            },
        ],
        "host_aliases": {"fd00::9": ["nas6"], "10.0.0.10": ["printer"], "10.0.0.9": ["nas", "nas.lan"]},
        "dns_policy": "None",
        "dns_config": {"nameservers": ["10.0.0.2"], "searches": ["lan"], "options": [{"name": "ndots", "value": "2"}]},
        "share_process_namespace_enabled": True,
    },
    "workload-extended": {
        "image_registry": "registry.example.com/mirror",
        "volumes": {
            "scratch": {"emptyDir": {}, "mounts": {"logs": {"path": "/tmp"}, "warm-up": {"path": "/tmp"}}},
            "media": {
                "persistentVolumeClaim": {"claimName": "media"},
                "mounts": {
                    "openclaw": {"path": "/media", "sub_path": "agents", "read_only": True},
                    "prepare-state": {"path": "/media"},
                },
            },
        },
        "init_containers": {
            "warm-up": {"image": "docker.io/library/busybox:1.36", "command": ["true"], "args": []},
            "advance": {"image": "busybox", "restartPolicy": "Always"},
        },
        "sidecars": {
            "logs": {
                "image": "quay.io/example/logs:2@sha256:" + "0a" * 32,
                "imagePullPolicy": "Always",
                "env": [{"name": "LEVEL", "value": "info"}],
                "securityContext": {"readOnlyRootFilesystem": False, "capabilities": {"add": ["NET_BIND_SERVICE"]}},
                "volumeMounts": [{"name": "data", "mountPath": "/data", "readOnly": True}],
            },
        },
    },
    "workload-certificates": {
        "ca_bundle_config_map": "company-ca",
        "env": {"SSL_CERT_FILE": "/etc/ssl/other.crt"},
        "sidecars": {"logs": {"image": "busybox:1"}},
    },
    "workload-proxied": {
        "proxy_url": "http://10.0.0.3:3128",
        "proxy_bypass": ["registry.example.com", "203.0.113.0/24"],
        "ca_bundle_secret": "company-ca",
        "ca_bundle_key": "company.pem",
        "secrets": {"HTTPS_PROXY": {"secret": "proxy", "key": "url"}},
        "config": models(stub="http://stub:4010/v1", private="http://[fd00::5]:8000", public="https://api.example.com"),
    },
    "workload-overwrite": {"config_mode": "overwrite"},
    "workload-merged": {"config_mode": "merge", "config": {"agents": {"defaults": {"maxConcurrent": 2}}}},
    "workload-tailored": {
        "name": "sales",
        "namespace": "team-a",
        "image_repository": "registry.example.com/openclaw",
        "image_digest": "sha256:" + "0a" * 32,
        "image_pull_policy": "Always",
        "image_pull_secrets": ["registry"],
        "env": {"TZ": "UTC", "DEBUG": True, "RETRIES": 3},
        "secrets": {"API_KEY": {"value": "s3cr3t"}, "OTHER_KEY": {"secret": "my-keys", "key": "other"}},
        "gateway_token_secret": "my-token",
        "gateway_token_key": "gateway",
        "storage_existing_claim": "old-data",
        "cpu_limit": "2",
        "memory_limit": "4Gi",
        "termination_timeout": "10m",
    },
    "workload-environment": {
        "env": {
            "REGION": {"config_map": "my-settings", "key": "region"},
            "OTHER_KEY": {"secret": "my-keys", "key": "other"},
            "POD_IP": {"field": "status.podIP"},
            "CPUS": {"resource": "limits.cpu"},
            "URL": "http://$(POD_IP):8080",
        },
        "env_from": {"20-keys": {"secret": "my-keys", "prefix": "MY_"}, "10-settings": {"config_map": "my-settings"}},
        "secrets": {"API_KEY": {"value": "s3cr3t"}},
    },
    "workload-container": {
        "image_registry": "registry.example.com/mirror",
        "command": ["tini", "--", "node", "/app/openclaw.mjs"],
        "args": ["gateway", "run", "--verbose"],
        "timezone": "Europe/Berlin",
        "node_options": "--dns-result-order=ipv4first",
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
        "cpu_limit": "2",
        "resources": {"limits": {"memory": "4Gi", "nvidia.com/gpu": 1}, "requests": {"ephemeral-storage": "1Gi"}},
    },
    "workload-probes": {
        "liveness_enabled": False,
        "readiness_period": "30s",
        "readiness_timeout": "10s",
        "readiness_failures": 2,
        "readiness_min_free": "256Mi",
        "startup_period": "1s",
        "startup_timeout": "1s",
        "startup_failures": 600,
    },
    "workload-security": {
        "namespace_pod_security": "baseline",
        "run_as_user": 2000,
        "run_as_group": 3000,
        "fs_group": 4000,
        "pod_security_context": {"fsGroupChangePolicy": "Always", "supplementalGroups": [5000]},
        "container_security_context": {"readOnlyRootFilesystem": False, "capabilities": {"add": ["NET_BIND_SERVICE"]}},
        "user_namespace_enabled": True,
        "apparmor_profile": "openclaw-agent",
    },
    "config-secured": {
        "image_registry": "registry.example.com/mirror",
        "run_as_user": 2000,
        "user_namespace_enabled": True,
        "apparmor_profile": "RuntimeDefault",
    },
    "workload-terminal": {"terminal_enabled": True, "terminal_secret": "web-login"},
    "workload-fronted": {"gateway_proxy_enabled": True},
    "workload-programs": {
        "runtime_pnpm": "11.1.0",
        "runtime_pnpm_integrity": f"sha512-{'A' * 86}==",
        "runtime_python": "3.13",
        "env": {"NPM_CONFIG_REGISTRY": "https://npm.example.com"},
        "tools": {
            "kubectl": {"url": "https://dl.example.com/kubectl", "sha256": "0a" * 32},
            "jq": {"image": "ghcr.io/example/tools:1", "path": "/usr/bin/jq"},
        },
    },
    "config-fronted": {
        "config_validate_enabled": False,
        "gateway_proxy_enabled": True,
        "trusted_proxies": ["10.1.0.0/16", "fd00::1"],
    },
    "config-exposed": {
        "config_validate_enabled": False,
        "hostname": "claw.example.com",
        "hostname_aliases": ["agent.example.org"],
        "ingress_enabled": True,
        "ingress_path": "/claw",
        "allowed_origins": ["tauri://localhost"],
        "trusted_proxies": ["192.0.2.7"],
        "entry_points": {"edge": {"cidr": ["198.51.100.0/28"]}},
        "gateway_auth": "password",
        "config": {
            "gateway": {
                "controlUi": {"allowedOrigins": ["https://other.example.com"]},
                "trustedProxies": ["2001:db8::7"],
            }
        },
    },
    "config-entered": {
        "config_validate_enabled": False,
        "gateway_proxy_enabled": True,
        "trusted_proxies": ["192.0.2.7"],
        "entry_points": {"sso": {"namespace": "sso", "pods": {"app": "oauth2-proxy"}}},
        "gateway_auth": "trusted-proxy",
        "gateway_user_header": "X-Auth-Request-Email",
        "gateway_users": ["ann@example.com"],
        "gateway_user_devices_enabled": True,
    },
    "networkpolicy-features": {
        "gateway_proxy_enabled": True,
        "terminal_enabled": True,
        "terminal_secret": "web-login",
        "networkpolicy_ingress_namespaces": ["ingress-nginx"],
        "tools": {"some-tool": {"url": "http://files.mirror.svc:8080/some-tool", "sha256": "0a" * 32}},
    },
    "service-default": {},
    "service-features": {
        "gateway_proxy_enabled": True,
        "terminal_enabled": True,
        "terminal_secret": "web-login",
    },
    "service-annotated": {"service_annotations": {"prometheus.io/scrape": "true"}},
    "service-on-nodes": {
        "service_type": "NodePort",
        "service_port": 80,
        "service_node_port": 30080,
        "service_external_traffic_policy": "Local",
        "service_ports": {"voice": {"port": 3334, "node_port": 30334}, "dns": {"port": 53, "protocol": "UDP"}},
    },
    "service-balanced": {
        "service_type": "LoadBalancer",
        "service_labels": {"team": "sales", "app.kubernetes.io/name": "not-this"},
        "service_annotations": {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"},
        "service_load_balancer_class": "service.k8s.aws/nlb",
        "service_load_balancer_source_ranges": ["192.0.2.0/24", "2001:db8::7"],
        "service_ip_family_policy": "RequireDualStack",
        "service_ip_families": ["IPv6", "IPv4"],
        "service_session_affinity_timeout": "3h",
    },
    "service-behind-pods": BEHIND_PODS,
    "route-default": {
        "hostname": "claw.example.com",
        "trusted_proxies": ["192.0.2.10"],
        "route_parent": {"name": "main"},
    },
    "route-described": {
        **BEHIND_PODS,
        "hostname": "claw.example.com",
        "hostname_aliases": ["claw.example.org"],
        "route_parent": {"name": "main", "namespace": "gateways", "section": "https", "port": 443},
        "route_path": "/claw",
        "route_filters": [
            {"type": "ResponseHeaderModifier", "responseHeaderModifier": {"remove": ["Server"], "add": []}},
            {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "mirror", "port": 80}}},
        ],
        "route_timeout": "1h30m",
        "route_https_redirect_section": "http",
        "route_annotations": {"example.com/owner": "team a"},
        "route_labels": {"exposed": "true"},
        "route_grants": ["edge", "lab"],
    },
    "route-openshift": {
        "hostname": "claw.example.com",
        "trusted_proxies": ["192.0.2.10"],
        "hostname_aliases": ["claw.example.org"],
        "openshift_route_enabled": True,
        "openshift_route_annotations": {"haproxy.router.openshift.io/ip_allowlist": "192.0.2.0/24"},
    },
    "ingress-default": {},
    "ingress-generic": {"ingress_enabled": True, **EXPOSED},
    "ingress-traefik": {
        **EXPOSED,
        "ingress_enabled": True,
        "ingress_class": "traefik",
        "ingress_tls_issuer": {"name": "letsencrypt"},
        "ingress_hsts_max_age": "8760h",
        "ingress_rate_limit": 20,
        "ingress_basic_auth_enabled": True,
    },
    "ingress-traefik-plain": {
        **EXPOSED,
        "ingress_enabled": True,
        "ingress_class": "traefik-internal",
        "ingress_tls_enabled": False,
    },
    "ingress-nginx": {
        **EXPOSED,
        "hostname_aliases": ["claw.example.org"],
        "ingress_enabled": True,
        "ingress_class": "nginx",
        "ingress_annotations": {"external-dns.alpha.kubernetes.io/ttl": "60"},
        "ingress_rate_limit": 20,
        "ingress_timeout": "90m",
        "ingress_basic_auth_enabled": True,
        "ingress_basic_auth_realm": "Agents only",
    },
    "ingress-haproxy": {
        **EXPOSED,
        "entry_points": {"haproxy": {"namespace": "front", "pods": {"app.kubernetes.io/name": "kubernetes-ingress"}}},
        "gateway_proxy_enabled": True,
        "ingress_enabled": True,
        "ingress_class": "haproxy",
        "ingress_hsts_max_age": "8760h",
        "ingress_rate_limit": 20,
        "ingress_basic_auth_enabled": True,
        "ingress_basic_auth_user": "guest",
    },
    "ingress-contour": {
        **EXPOSED,
        "ingress_enabled": True,
        "ingress_controller": "contour",
        "ingress_path": "/claw",
        "ingress_tls_secret": "wildcard",
        "ingress_tls_issuer": {"name": "company", "kind": "Issuer"},
    },
    "plugins-default": {},
    "config-plugins": {**PLUGINS, "config_validate_enabled": False},
    "workload-plugins": {**PLUGINS, "plugins_image": "ghcr.io/house/plugins:1"},
    "workspace-default": {},
    "workspace-declared": FILES,
    "workload-content": {**FILES, "workspace_storage_enabled": True},
    "config-content": {**FILES, **HOOKS, "config_validate_enabled": False, "workspace_bootstrap_enabled": False},
    "hooks-default": {},
    "hooks-overwrite": {**HOOKS, "config_mode": "overwrite"},
    "workload-hooks": HOOKS,
    "secrets-hooks": {"hooks_enabled": True},
    "cron-default": {},
    "cron-declared": {
        "timezone": "Europe/Berlin",
        "heartbeat_notes": "Look at the backups.",
        "cron_jobs": {
            "brief": {"cron": "0 7 * * *", "message": "Summarize.", "announce": {"channel": "telegram", "to": "1"}},
            "disk": {"every": "90m", "command": ["df", "-h"], "enabled": False},
        },
    },
}


@pytest.mark.parametrize("case", CASES)
def test_manifests(
    case: str, make_instance: Callable[..., Manifest], golden: Callable[[str, list[Manifest]], None]
) -> None:
    role = case.partition("-")[0]
    golden(case, BUILDERS[role](make_instance(**CASES[case])))


@pytest.mark.parametrize("role", BUILDERS)
def test_every_role_has_a_golden_file(role: str) -> None:
    assert f"{role}-default" in CASES


@pytest.mark.parametrize(
    "role, options",
    [
        ("storage", {"storage_existing_claim": "old-data"}),
        ("networkpolicy", {"networkpolicy_enabled": False}),
        ("ingress", {"hostname": "claw.example.com"}),
        ("secrets", {"gateway_token_secret": "my-token"}),
        ("secrets", {"gateway_auth": "password", "gateway_password_secret": "my-password"}),
        ("rbac", {"service_account_name": "agents"}),
        ("route", {}),
        ("route", {"hostname": "claw.example.com"}),
    ],
)
def test_a_role_that_has_nothing_to_make_makes_nothing(
    role: str, options: Manifest, make_instance: Callable[..., Manifest]
) -> None:
    assert BUILDERS[role](make_instance(**options)) == []
