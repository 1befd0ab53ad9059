# The two commands: `make run` serves on one's own machine, `make test` checks everything.
# ARGS goes to the program: make run ARGS="--port 9000 --script-agent"

.PHONY: run build test test-tsan fuzz chaos bench format

run: build
	.build/release/skein serve $(ARGS)

build:
	Scripts/bootstrap run
	swift build -c release --product skein

# The Swift tests under ThreadSanitizer.
test-tsan:
	Scripts/bootstrap test
	Scripts/test-tsan $(ARGS)

test:
	Scripts/bootstrap test
	Scripts/test

# So many seconds for each target, 60 where none are given: make fuzz SECONDS=600
fuzz:
	Scripts/bootstrap run
	Scripts/fuzz --seconds $(or $(SECONDS),60) $(ARGS)

# So many seconds of faults, 600 where none are given; one seed again: make chaos SECONDS=60 SEED=4711
chaos:
	Scripts/bootstrap run
	swift build -c release --product skein
	swift build -c release --product skein-chaos
	.build/release/skein-chaos --seconds $(or $(SECONDS),600) $(if $(SEED),--seed $(SEED)) $(ARGS)

bench:
	Scripts/bootstrap run
	swift build -c release
	.build/release/skein-bench all $(ARGS)
	Scripts/evaluate >>docs/benchmarks.md

format:
	swift format format --in-place --recursive --parallel Package.swift Sources Tests
