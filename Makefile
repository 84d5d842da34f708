# Two commands matter: make run, make test. Each installs what it needs (see bin/setup).
.DEFAULT_GOAL := help
.PHONY: help run build assets generate test race lint bench screenshots clean

GO ?= go
ASSETS := internal/surface/web/assets
DIST := $(ASSETS)/dist/manifest.json

help: ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: build ## start Muster with a demo organisation on its own PostgreSQL
	@MUSTER_DEV=$${MUSTER_DEV:-true} exec bin/muster serve --demo

build: setup-run assets ## build bin/muster
	@$(GO) build -o bin/muster ./cmd/muster

.PHONY: setup-run setup-test
setup-run:
	@bin/setup run
setup-test:
	@bin/setup test

assets: $(DIST) ## bundle styles, scripts, icons and fonts

$(DIST): package-lock.json tools/go.sum $(shell find $(ASSETS) tools/assets -type f -not -path '*/dist/*' 2>/dev/null) | setup-run
	@npm ci --ignore-scripts --no-audit --no-fund --silent
	@$(GO) run -C tools ./assets

generate: ## write the generated code again (sqlc, templ)
	@bin/generate

test: setup-test assets ## every test, browser journeys included
	@$(GO) test ./...

race: setup-test assets ## every test with the race detector
	@$(GO) test -race ./...

lint: ## formatting, vet and static analysis
	@bin/lint

bench: build ## measure; prints a line a figure and writes bench/results.jsonl
	@$(GO) run ./bench

screenshots: setup-test build ## write the pictures that README and docs show
	@$(GO) run ./bench/screenshots

clean: ## remove what was built
	@rm -rf bin/muster bin/tools node_modules $(ASSETS)/dist/*.*.* $(DIST)
