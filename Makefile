# Thin names for ./run, and the lock files. `make lock` upgrades every pin to the newest version that fits pyproject.toml.
COMPILE = .venv/bin/uv pip compile pyproject.toml --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet --extra portal --extra demo

.PHONY: demo test bench lint lock
demo test bench lint:
	./run $@

lock:
	$(COMPILE) --output-file requirements/demo.lock
	$(COMPILE) --output-file requirements/dev.lock --group dev --constraint requirements/demo.lock
