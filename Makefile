# The two commands: `make run` serves on one's own machine, `make test` checks everything.
# ARGS goes to the program: make run ARGS="--port 9000 --script-agent"

.PHONY: run build test test-tsan fuzz bench format

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

bench:
	Scripts/bootstrap run
	swift build -c release
	.build/release/skein-bench all $(ARGS)

format:
	swift format format --in-place --recursive --parallel Package.swift Sources Tests
