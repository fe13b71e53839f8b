# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How to reach the cluster."""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of a kubeconfig file, or several separated like E(PATH).
      - If not set, E(K8S_AUTH_KUBECONFIG), then E(KUBECONFIG), then C(~/.kube/config) is used; without any of them,
        the service account of the pod the task runs in.
    type: path
  context:
    description: Context of the kubeconfig. If not set, E(K8S_AUTH_CONTEXT), then the current context is used.
    type: str
  host:
    description:
      - Address of the API server. If not set, E(K8S_AUTH_HOST), then the kubeconfig is used.
      - Together with O(api_key) or O(client_cert), and without O(kubeconfig) or O(context), no kubeconfig is read.
    type: str
  api_key:
    description: Bearer token. If not set, E(K8S_AUTH_API_KEY), then the kubeconfig is used.
    type: str
  ca_cert:
    description: File with the CA certificates of the API server. If not set, E(K8S_AUTH_SSL_CA_CERT) is used.
    type: path
    aliases: [ssl_ca_cert]
  validate_certs:
    description: Whether to verify the certificate of the API server. If not set, E(K8S_AUTH_VERIFY_SSL) is used.
    type: bool
    aliases: [verify_ssl]
  client_cert:
    description: File with the client certificate. If not set, E(K8S_AUTH_CERT_FILE) is used.
    type: path
    aliases: [cert_file]
  client_key:
    description: File with the key of the client certificate. If not set, E(K8S_AUTH_KEY_FILE) is used.
    type: path
    aliases: [key_file]
  proxy:
    description: Address of an HTTP proxy. If not set, E(K8S_AUTH_PROXY), then the kubeconfig is used.
    type: str
  impersonate_user:
    description: User to act as. If not set, E(K8S_AUTH_IMPERSONATE_USER) is used.
    type: str
  request_timeout:
    description: Seconds to wait for the next bytes of an answer before the request is given up, and sent again.
    type: int
    default: 30
  retry_budget:
    description:
      - Seconds to keep repeating a request that fails for a passing reason, such as an overloaded API server.
      - A server that cannot be connected to is given up after 10 seconds.
    type: int
    default: 60
requirements:
  - kubernetes (Python client)
  - PyYAML
notes:
  - Task options win over the C(K8S_AUTH_*) variables of the task's environment, those over the ones of the process,
    and those over the kubeconfig.
"""
