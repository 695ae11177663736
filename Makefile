# Sandglass.  `make help` lists the targets; `make demo` and `make test` need nothing else.

VERSION = 0.1.0
PREFIX ?= /usr/local
CC = mpicc
WARNINGS = -Wall -Wextra -Werror
OPTIMISE ?= -O2 -fno-math-errno
CFLAGS ?= -g
MPIEXEC ?= mpiexec
# The solver is what takes the time.  make NATIVE=1 builds it for this machine's processor alone.
SOLVER_OPTIMISE ?= -O3 $(if $(NATIVE),-march=native)
# make V=1 shows the commands whole.
Q = $(if $(V),,@)

# Open MPI refuses more ranks than cores, and root, unless told.
export OMPI_MCA_rmaps_base_oversubscribe = 1
ifeq ($(shell id -u),0)
export OMPI_ALLOW_RUN_AS_ROOT = 1
export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM = 1
endif

MODULES = io solver bc mesh
BUILD = build
PACKAGES = gcc make pkg-config petsc-dev libpetsc-real-dev libhdf5-openmpi-dev libopenmpi-dev \
  openmpi-bin libfyaml-dev libudunits2-dev libmuparser-dev libcmocka-dev gnuplot-nox
CI_PACKAGES = clang clang-format python3-h5py netcdf-bin paraview python3-paraview valgrind xvfb \
  xauth libgl1-mesa-dri
BENCH_PACKAGES = libsundials-dev python3 valgrind
RANDOM_PACKAGES = python3 python3-h5py
FUZZ_PACKAGES = clang libclang-rt-14-dev

PKGS = petsc hdf5-openmpi libfyaml muparser
# Empty before set-up, which starts a make of its own for what needs them.
DEPS_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
DEPS_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lhdf5_hl -ludunits2 -lm
COMPILE = $(CC) -std=c11 -D_POSIX_C_SOURCE=200809L $(WARNINGS) $(OPTIMISE) $(CFLAGS) -I. \
  $(DEPS_CFLAGS) -DSANDGLASS_VERSION='"$(VERSION)"' -MMD -MP

MAIN = io/sandglass.c
LIBRARIES = $(MODULES:%=$(BUILD)/lib%.a)
TESTS = $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
TEST_SUPPORT = $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(wildcard tests/test_*.c),$(wildcard tests/*.c)))
BENCH = $(patsubst %.c,$(BUILD)/%.o,$(wildcard benchmarks/bench*.c))
VALIDATION = $(patsubst %.c,$(BUILD)/%.o,$(wildcard benchmarks/validate*.c))
BENCHMARKS = $(patsubst benchmarks/%.c,$(BUILD)/benchmarks/%, \
  $(filter-out benchmarks/bench% benchmarks/validate%,$(wildcard benchmarks/*.c)))
FUZZERS = $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
SOURCES = $(wildcard *.[ch] $(foreach d,$(MODULES) tests tests/fuzz benchmarks,$(d)/*.[ch]))

# Of `make random`: which cases, how many at a time, processor time of a run [s], and of how many
# seeds one is compared with its mirror image, with two ranks and with a finer run.
SEEDS ?= 1..100
JOBS ?= $(shell nproc)
TIME_LIMIT ?= 30
EVERY ?= 10

.PHONY: all demo test test-programs test-files test-sweeps test-field edges random benchmarks bench \
  validate setup setup-ci install format check-format clean help
.SECONDARY:

all: setup ## Set up what is missing and build the program
	@$(MAKE) --no-print-directory sandglass

demo: all ## Set up, build and find Sand's time of a real lithium cell
	./sandglass run configs/sand.yaml -o sand.h5

test: setup ## Set up, build and pass every test on 1, 2 and 3 ranks
	@$(MAKE) --no-print-directory sandglass test-programs
	@for t in $(TESTS); do for n in 1 2 3; do echo "== $$t on $$n rank(s)"; \
	  timeout 600 $(MPIEXEC) -n $$n $$t || exit 1; done; done
	@echo "every test passed on 1, 2 and 3 ranks"

test-programs: $(TESTS)

# Without -noreset Xvfb starts anew when pvbatch has tried the display, and pvbatch may miss it.
test-files: setup-ci ## Open a run's files with h5py, ncdump and ParaView
	@$(MAKE) --no-print-directory sandglass
	@mkdir -p $(BUILD)/files
	./sandglass run configs/sand.yaml --quiet -o $(BUILD)/files/sand.h5
	/usr/bin/python3 tests/open_results.py $(BUILD)/files/sand.h5
	xvfb-run -a -s '-noreset -screen 0 1024x768x24' pvbatch tests/open_in_paraview.py $(BUILD)/files/sand.h5

test-sweeps: setup-ci ## Kill runs and sweeps and go on, try the job scripts, open 10^5 cases with h5py
	@$(MAKE) --no-print-directory sandglass
	@mkdir -p $(BUILD)/files
	./sandglass sweep configs/sand-sweep.yaml --dry --quiet -o $(BUILD)/files/sweep.h5 \
	  --set sweep.protocol.0.current_ratio.count=25000
	/usr/bin/python3 tests/open_sweep.py $(BUILD)/files/sweep.h5 1
	/usr/bin/python3 tests/kill_run.py ./sandglass 20
	/usr/bin/python3 tests/kill_sweep.py ./sandglass 20
	tests/slurm_jobs.sh ./sandglass

# The program as it is met outside: many at once, damaged files, full disks.
test-field: setup-ci ## Run many at once, damage result files, fill disks, close streams, bomb the reader
	@$(MAKE) --no-print-directory sandglass
	/usr/bin/python3 tests/hard_places.py ./sandglass
	/usr/bin/python3 tests/many_runs.py ./sandglass 200
	/usr/bin/python3 tests/damage_results.py ./sandglass 60

edges: setup ## Run the smallest cases of what once was wrong and compare with the right values
	@$(call INSTALL_MISSING,$(RANDOM_PACKAGES))
	@$(MAKE) --no-print-directory sandglass
	/usr/bin/python3 tests/edges.py ./sandglass $(ROWS) $(if $(TABLE),--markdown $(TABLE))

random: setup ## Run random valid cases and judge them: make random SEEDS=1..300 JOBS=2 TIME_LIMIT=30
	@$(call INSTALL_MISSING,$(RANDOM_PACKAGES))
	@$(MAKE) --no-print-directory sandglass
	/usr/bin/python3 tests/random_cases/self_test.py ./sandglass
	/usr/bin/python3 tests/random_cases --seeds $(SEEDS) --jobs $(JOBS) --time-limit $(TIME_LIMIT) \
	  --every $(EVERY) --folder $(BUILD)/random $(RANDOM_OPTIONS)

benchmarks: setup ## Build the benchmark programs and run them (benchmarks/README.md)
	@$(MAKE) --no-print-directory sandglass $(BENCHMARKS)
	@for b in $(filter-out %/scheduler,$(BENCHMARKS)); do $$b || exit 1; done
	@$(MPIEXEC) -n 2 $(BUILD)/benchmarks/scheduler
	@/usr/bin/python3 benchmarks/sweeps.py ./sandglass

validate: setup ## Run the whole validation on 2 ranks and write benchmarks/validation.md
	@$(MAKE) --no-print-directory $(BUILD)/benchmarks/validate
	$(MPIEXEC) -n 2 $(BUILD)/benchmarks/validate

bench: setup ## Race the solver against IDA of SUNDIALS and against its floor, into benchmarks/results
	@$(call INSTALL_MISSING,$(BENCH_PACKAGES))
	@$(MAKE) --no-print-directory sandglass $(BUILD)/benchmarks/bench
	/usr/bin/python3 benchmarks/bench.py

# The program's own sources with clang's sanitizers, in a build folder of their own.
FUZZ_BUILD = build/fuzz
FUZZ_MAKE = OMPI_CC=clang $(MAKE) --no-print-directory BUILD=$(FUZZ_BUILD) SOLVER_OPTIMISE= \
  OPTIMISE="-O2 -fno-math-errno" CFLAGS="-g -fno-omit-frame-pointer $(SANITIZE)"
SANITIZE = -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined \
  -fsanitize-coverage-ignorelist=tests/fuzz/uncounted.txt
FUZZ_SECONDS ?= 60

.PHONY: fuzz fuzz-regressions fuzzers
fuzz: setup ## Fuzz each reader for FUZZ_SECONDS (default 60), or RUNS= inputs; READERS= some of them
	@$(call INSTALL_MISSING,$(FUZZ_PACKAGES))
	@$(MAKE) --no-print-directory sandglass
	@$(FUZZ_MAKE) fuzzers
	@SECONDS_EACH=$(FUZZ_SECONDS) RUNS=$(RUNS) tests/fuzz/fuzz.sh $(FUZZ_BUILD) fuzz $(READERS)

fuzz-regressions: setup ## Give every reader what it was once broken by
	@$(call INSTALL_MISSING,$(FUZZ_PACKAGES))
	@$(MAKE) --no-print-directory sandglass
	@$(FUZZ_MAKE) fuzzers
	@tests/fuzz/fuzz.sh $(FUZZ_BUILD) regressions

fuzzers: $(FUZZERS)

sandglass: $(BUILD)/$(MAIN:.c=.o) $(LIBRARIES)
	@echo "  $(CC) $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(DEPS_LIBS)

define LIBRARY
$(BUILD)/lib$(1).a: $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(MAIN),$(wildcard $(1)/*.c)))
	@rm -f $$@
	@ar rcs $$@ $$^
endef
$(foreach m,$(MODULES),$(eval $(call LIBRARY,$(m))))

$(BUILD)/solver/%.o $(BUILD)/bc/%.o: OPTIMISE += $(SOLVER_OPTIMISE)

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  $(CC) $<"
	$(Q)$(COMPILE) -c -o $@ $<

$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(TEST_SUPPORT) $(LIBRARIES)
	@echo "  $(CC) $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(DEPS_LIBS) -lcmocka

FUZZ_SUPPORT = $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(wildcard tests/fuzz/fuzz_*.c), \
  $(wildcard tests/fuzz/*.c)) tests/scratch_folder.c)

# Its pictures go nowhere.
$(BUILD)/tests/fuzz/fuzz_results: FUZZ_LINK = -Wl,--wrap=popen,--wrap=pclose,--wrap=system
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_SUPPORT) $(LIBRARIES)
	@echo "  $(CC) $@"
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer $(FUZZ_LINK) -o $@ $^ $(DEPS_LIBS)

$(BUILD)/benchmarks/validate: $(VALIDATION) $(LIBRARIES)
	@echo "  $(CC) $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(DEPS_LIBS)

$(BUILD)/benchmarks/bench: $(BENCH) $(LIBRARIES)
	@echo "  $(CC) $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(DEPS_LIBS) -lsundials_ida -lsundials_nvecserial \
	  -lsundials_sunmatrixband -lsundials_sunlinsolband

$(BUILD)/benchmarks/%: $(BUILD)/benchmarks/%.o $(LIBRARIES)
	@echo "  $(CC) $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(DEPS_LIBS)

# Nothing is asked of the network when everything is there.
define INSTALL_MISSING
missing=""; for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null \
  | grep -q 'install ok installed' || missing="$$missing $$p"; done; \
if [ -z "$$missing" ]; then exit 0; fi; \
if [ "$$(id -u)" = 0 ]; then run=; elif sudo -n true 2>/dev/null; then run="sudo -n"; else \
  echo "missing packages; please run:"; \
  echo "  sudo apt-get update && sudo apt-get install --no-install-recommends$$missing"; exit 1; fi; \
echo "installing:$$missing"; \
$$run apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$run apt-get install -y -qq \
  --no-install-recommends $$missing >/dev/null
endef

# On a system without Debian's packages, what pkg-config finds has to do.
setup: ## Install the Debian packages that are missing, or say which
	@if command -v dpkg-query >/dev/null; then $(call INSTALL_MISSING,$(PACKAGES)); \
	else pkg-config --exists --print-errors $(PKGS); fi

setup-ci: setup ## ... and those that only the checks of the result files need
	@$(call INSTALL_MISSING,$(CI_PACKAGES))

install: all ## Install the program and its cases under PREFIX (default /usr/local)
	install -D sandglass $(DESTDIR)$(PREFIX)/bin/sandglass
	install -d $(DESTDIR)$(PREFIX)/share/sandglass
	cp -r configs $(DESTDIR)$(PREFIX)/share/sandglass/

format: ## Lay the sources out by .clang-format
	clang-format -i $(SOURCES)

check-format:
	@clang-format --dry-run --Werror $(SOURCES)

clean: ## Remove what was built
	rm -rf $(BUILD) sandglass

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
