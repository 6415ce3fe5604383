# Every target says what it does; `make help` lists them.
STACK ?= dev
# As they were typed, and for recipes to read from the environment: make would read a $ in them as a variable of its
# own, and the shell a quote or a semicolon as its.
override export STACK := $(value STACK)
override export CMD := $(value CMD)
override export RELEASE := $(value RELEASE)
override export STACKS := $(or $(value STACKS),staging prod)
override export TOPIC := $(value TOPIC)
override export WORKLOAD := $(value WORKLOAD)
export LOCALCLOUD_CLUSTER := $(or $(CLUSTER),$(LOCALCLOUD_CLUSTER))
export LOCALCLOUD_API_PORT := $(or $(API_PORT),$(LOCALCLOUD_API_PORT))

PYTHON ?= python3
VENV := .venv
LOCALCLOUD := $(VENV)/bin/python -m localcloud
PACKAGES := __main__.py settings platforms components/web_platform localcloud policy bootstrap ci surface examples tests benchmarks

.DEFAULT_GOAL := help
.PHONY: help up preview down rehearse rehearse-preview rehearse-down bootstrap rehearse-bootstrap rebuild rehearse-rebuild shell releases services certificates mirror-charts google stand-ins stand-ins-down run messages example parity policy rehearse-policy stop status toolchain doctor test test-unit test-engine lint format lock benchmark clean

help:  ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "Settings: STACK=dev|staging|prod, STACKS='…' for parity, CMD='…' for shell, google and run, CLUSTER=embedded|kind, API_PORT=<port>"

# A stamp of its own, written last: an interrupted installation is begun again.
$(VENV)/.installed: requirements.txt components/pyproject.toml
	@echo "Installing the Python packages of requirements.txt into $(VENV) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; PYTHON=… names one.")'
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

up: $(VENV)/.installed  ## Bring a stack up where its file says: on this machine, or on the real Google Cloud
	@$(LOCALCLOUD) up "$$STACK"

preview: $(VENV)/.installed  ## Show what `make up` would change
	@$(LOCALCLOUD) preview "$$STACK"

down: $(VENV)/.installed  ## Destroy a stack where its file says; a local one with its cluster
	@$(LOCALCLOUD) down "$$STACK"

rehearse: $(VENV)/.installed  ## Bring any stack up on this machine, Google Cloud simulated: no account, nothing real
	@$(LOCALCLOUD) rehearse "$$STACK"

rehearse-preview: $(VENV)/.installed  ## Show what `make rehearse` would change
	@$(LOCALCLOUD) rehearse-preview "$$STACK"

rehearse-down: $(VENV)/.installed  ## Destroy a rehearsed stack and say what is kept
	@$(LOCALCLOUD) rehearse-down "$$STACK"

bootstrap: $(VENV)/.installed  ## Make what an organisation has once: Pulumi's state, its keys, and who deploys from GitLab
	@$(LOCALCLOUD) bootstrap

rehearse-bootstrap: $(VENV)/.installed  ## Do what `make bootstrap` does on this machine, Google Cloud simulated
	@$(LOCALCLOUD) rehearse-bootstrap

rebuild: $(VENV)/.installed  ## After a disaster: `make bootstrap` where something of it is missing, then `make up`
	@$(LOCALCLOUD) rebuild "$$STACK"

rehearse-rebuild: $(VENV)/.installed  ## Drill a disaster: destroy a rehearsed stack, rebuild it, and fail where anything was lost
	@$(LOCALCLOUD) rehearse-rebuild "$$STACK"

shell: $(VENV)/.installed  ## Shell with pulumi, kubectl and helm on the local cloud; CMD='…' runs one command
	@$(LOCALCLOUD) shell "$$STACK" $(if $(CMD),--command "$$CMD")

releases: $(VENV)/.installed  ## Show the Helm releases on the local cloud; RELEASE=… shows the history of one
	@$(LOCALCLOUD) releases "$$STACK" $(if $(RELEASE),--history "$$RELEASE")

services: $(VENV)/.installed  ## Show the services, workers and jobs of a stack as they will be
	@$(LOCALCLOUD) services "$$STACK"

certificates: $(VENV)/.installed  ## List the certificates on the local cloud by their expiry
	@$(LOCALCLOUD) certificates "$$STACK"

mirror-charts: $(VENV)/.installed  ## Copy the charts of a stack from their publishers to its own registry
	@$(LOCALCLOUD) mirror-charts "$$STACK"

google: $(VENV)/.installed  ## Look into a simulated Google Cloud, or change it by hand: CMD='list', show, set or delete
	@$(LOCALCLOUD) google make "$$STACK" --command "$$CMD"

stand-ins: $(VENV)/.installed  ## Start stand-ins for Google's services as processes, with all that a stack declares
	@$(LOCALCLOUD) stand-ins up "$$STACK"

stand-ins-down: $(VENV)/.installed  ## End a stack's stand-ins and forget what they stored
	@$(LOCALCLOUD) stand-ins down "$$STACK"

run: $(VENV)/.installed  ## Run a workload's program beside stand-ins: WORKLOAD=…; CMD='…' runs another command as it
	@$(LOCALCLOUD) stand-ins run "$$WORKLOAD" "$$STACK" $(if $(CMD),--command "$$CMD")

messages: $(VENV)/.installed  ## Follow a topic: TOPIC=…
	@$(LOCALCLOUD) stand-ins messages "$$TOPIC" "$$STACK"

example: $(VENV)/.installed  ## Send two orders through the example's services, and say what becomes of them
	@$(VENV)/bin/python -m examples.orders

parity: $(VENV)/.installed  ## Compare staging and prod, which may differ in scale only; STACKS='dev staging' compares others
	@$(LOCALCLOUD) parity $$STACKS

policy: $(VENV)/.installed  ## Put the project's rules to what a stack has where its file says
	@$(LOCALCLOUD) policy "$$STACK"

rehearse-policy: $(VENV)/.installed  ## Put the project's rules to what a rehearsed stack has
	@$(LOCALCLOUD) rehearse-policy "$$STACK"

stop: $(VENV)/.installed  ## Stop what runs of a stack on this machine, and keep what it stored
	@$(LOCALCLOUD) stop "$$STACK"

status: $(VENV)/.installed  ## Show what runs
	@$(LOCALCLOUD) status

toolchain: $(VENV)/.installed  ## Build the toolchain and say where it is
	@$(LOCALCLOUD) toolchain

doctor: $(VENV)/.installed  ## Say what this machine has and lacks for each way to run the project
	@$(LOCALCLOUD) doctor

test: $(VENV)/.installed  ## Run every test, those on the real engine included
	@$(VENV)/bin/python -m pytest

test-unit: $(VENV)/.installed  ## Run the tests that need neither engine nor cluster
	@$(VENV)/bin/python -m pytest --ignore=tests/engine

test-engine: $(VENV)/.installed  ## Run the tests on the real engine and API server
	@$(VENV)/bin/python -m pytest tests/engine

lint: $(VENV)/.installed  ## Check style and types
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy $(PACKAGES)

format: $(VENV)/.installed  ## Format the code
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

lock: $(VENV)/.installed  ## Renew requirements.txt from requirements.in
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links \
		--custom-compile-command 'make lock' --upgrade requirements.in --output-file requirements.txt

benchmark: $(VENV)/.installed  ## Measure, and write benchmarks/README.md; ONLY='…' measures a part
	@$(VENV)/bin/python -m benchmarks $(ONLY)

clean:  ## Stop every cluster; remove .localcloud, the virtual environment and caches
	@if [ -x $(VENV)/bin/python ]; then $(LOCALCLOUD) clean; fi
	@echo "Removing $(VENV) and caches …"
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
