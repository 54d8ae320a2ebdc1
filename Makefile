# Thin names for ./run, and the lock files. `make lock` upgrades every pin to the newest version that fits pyproject.toml
# and tests/clients/package.json.
LOCK = .venv/bin/uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet
COMPILE = $(LOCK) pyproject.toml --extra portal --extra demo
# npm's lock names no registry (tests/clients/.npmrc), but in `funding` it names other hosts.
WITHOUT_FUNDING = const fs = require("fs"), file = "package-lock.json", lock = JSON.parse(fs.readFileSync(file)); \
	fs.writeFileSync(file, JSON.stringify(lock, (name, value) => name === "funding" ? undefined : value, 2) + "\n")

.PHONY: demo test bench lint lock
demo test bench lint:
	./run $@

lock:
	$(COMPILE) --output-file requirements/demo.lock
	$(COMPILE) --extra otel --output-file requirements/dev.lock --group dev --constraint requirements/demo.lock
	$(LOCK) --group clients --output-file requirements/clients.lock
	cd tests/clients && npm update --package-lock-only --save=false && node -e '$(WITHOUT_FUNDING)'
