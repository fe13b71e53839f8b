# The two commands to know: `make demo` and `make test`. `make` alone lists them all.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

PYTHON3 ?= python3
TOOLS := tests/tools
CLUSTER := tests/cluster/cluster
IN_VENV := PATH="$(CURDIR)/.venv/bin:$$PATH" ANSIBLE_CONFIG="$(CURDIR)/ansible.cfg"
REPORTS := build/reports

# Which images and components `make cluster` prepares: demo, test or all.
SET ?= test

.PHONY: help demo ask ui venv test test-all format docs changelog lint sanity unit integration matrix netpol proof bench \
        cluster cluster-down package clean

help: ## List the targets
	@echo "Targets (first the two that matter):"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##### a person

demo: ## From nothing to an instance that answers, on the built-in cluster or on that of KUBECONFIG
	@$(PYTHON3) $(TOOLS)/demo.py

test: .venv/.stamp ## All that a change must pass: lint, unit, integration, matrix, network policy
	@$(PYTHON3) $(TOOLS)/suite.py test

ask: .venv/.stamp ## Ask the demo's instance: make ask Q="What can you do?"
	@$(PYTHON3) $(TOOLS)/demo.py ask "$(Q)"

ui: .venv/.stamp ## Let one browser into the demo's instance: a command and a one-time link
	@$(PYTHON3) $(TOOLS)/demo.py ui

test-all: .venv/.stamp ## test, and what takes long: all network policy specs, proof, bench
	@$(PYTHON3) $(TOOLS)/suite.py test-all

##### quality

lint: .venv/.stamp ## ruff, mypy, ansible-lint, changelog, generated pages, ansible-test sanity
	@$(IN_VENV) $(PYTHON3) $(TOOLS)/lint.py

format: .venv/.stamp ## Rewrite what ruff can
	@.venv/bin/ruff check --quiet --fix . && .venv/bin/ruff format .

docs: .venv/.stamp ## Write the role pages and docs/options.md from the argument specs
	@.venv/bin/python $(TOOLS)/role_readmes.py

changelog: .venv/.stamp ## Write CHANGELOG from changelogs/fragments
	@$(IN_VENV) antsibull-changelog release --update-existing --refresh

sanity: .venv/.stamp ## ansible-test sanity [S="--test pep8"]
	@$(PYTHON3) $(TOOLS)/sanity.py $(S)

unit: .venv/.stamp ## Unit tests [T=file or name]
	@mkdir -p $(REPORTS)
	@$(IN_VENV) .venv/bin/python -m pytest -n2 tests/unit $(if $(T),-k "$(T)") --junitxml=$(REPORTS)/unit.xml

integration: .venv/.stamp ## Integration tests on the running cluster [T=file or name]
	@$(PYTHON3) $(TOOLS)/on_cluster.py integration "$(T)"

matrix: .venv/.stamp ## Unit tests and one cluster test on ansible-core 2.18, 2.20, 2.21, 2.22
	@$(PYTHON3) $(TOOLS)/matrix.py

netpol: ## Upstream's NetworkPolicy specs against the built-in cluster [NETPOL=--all]
	@tests/cluster/netpol $(NETPOL)

proof: .venv/.stamp ## Run the project's promises and write docs/proof.md [AREA=foundation] [LAST=1: what make test passed counts]
	@PROOF_LAST=$(LAST) $(PYTHON3) $(TOOLS)/on_cluster.py proof "$(AREA)"

bench: .venv/.stamp ## Measure against raw requests and kubernetes.core
	@$(PYTHON3) $(TOOLS)/on_cluster.py bench

##### machinery

venv: .venv/.stamp ## The Python environment in .venv, and build/activate to use it

.venv/.stamp: tests/requirements.txt meta/ee-requirements.txt $(TOOLS)/environment.py
	@$(PYTHON3) $(TOOLS)/environment.py

cluster: .venv/.stamp ## Start the built-in Kubernetes [SET=demo|test|all]
	@$(CLUSTER) up --set $(SET)

cluster-down: ## Stop it and leave nothing behind
	@$(CLUSTER) down

package: .venv/.stamp ## Build the collection's tarball in build/
	@$(IN_VENV) ansible-galaxy collection build --force --output-path build .

clean: ## Stop the cluster, remove .venv and build; the cache folder stays
	@if [ -x $(CLUSTER) ]; then $(CLUSTER) down; fi
	@rm -rf .venv build .ansible .ruff_cache .mypy_cache .pytest_cache .hypothesis
