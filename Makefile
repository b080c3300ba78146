# SPDX-License-Identifier: GPL-2.0-only
# The entry point: every target that a user, a packager or CI calls. What is built
# lies in build/; each part has a Makefile of its own and is called from here.

MAKEFLAGS += --no-print-directory
CC        ?= cc
PREFIX    ?= /usr/local
DESTDIR   ?=

# Not `uname -r`: the module is for the kernel that the VM boots, and the machine may
# run another (a container, a CI host). "=" because `deps` may install it first.
KDIR      ?= $(shell ls -d /lib/modules/*/build 2>/dev/null | sort -V | tail -n 1)
KVER       = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h 2>/dev/null)

BUILD     := $(CURDIR)/build
MOUT      ?= $(BUILD)/module/$(KVER)
KFLAGS    ?=
OBJECTS   ?= modules
SUB        = CC="$(CC)" PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)"

.PHONY: all help deps module lib tools user kselftest demo check check-debug check-kcsan \
	check-kernels slow powercut check-newest bench fuzz fuzz-device style \
	install uninstall clean print-kver
.DEFAULT_GOAL := all

all: module lib tools

help:
	@echo 'make [all]         the module, the library and the tools, into build/'
	@echo 'make deps          install what is missing of the Debian packages needed (apt)'
	@echo 'make module        keymaster.ko for KDIR [$(KDIR)]'
	@echo 'make lib           libkeymaster'
	@echo 'make tools         kmctl, keymaster-request-key and pam_keymaster'
	@echo 'make demo          install, build, boot a VM and show what it does'
	@echo 'make check         everything that CI checks; ends with "N passed, N failed, N skipped"'
	@echo 'make check-debug   all tests in the VM under KASAN, lockdep, kmemleak and failing allocations'
	@echo 'make check-kcsan   the tests with threads under KCSAN'
	@echo 'make check-kernels all tests in the VM, on each kernel that is named in the README'
	@echo 'make slow          make check, with all vectors, random cases and kills, not a part of them'
	@echo 'make powercut      kill the VM KILLS [200] times while keys are made and deleted: what holds?'
	@echo 'make check-newest  build the module for the newest kernel that Debian offers'
	@echo 'make fuzz          libFuzzer on all that reads what others wrote, SECONDS [60] for each target'
	@echo 'make fuzz-device   calls of all kinds on a debug kernel, guided by what they run, SECONDS [60]'
	@echo 'make bench         cost per operation in instructions, beside the alternatives'
	@echo 'make style         checkpatch, layers, licence lines, tests that are named exist'
	@echo 'make install       module, library, header, tools and manual pages (PREFIX, DESTDIR)'
	@echo 'make uninstall     remove what install put there'
	@echo 'make clean         remove build/'
	@echo 'Variables: KDIR (kernel headers), CC, PREFIX, DESTDIR, V=1 (whole commands)'

deps:
	@selftests/tools/deps.sh

print-kver:
	@echo $(KVER)

# A copy, so that several kernels and compilers can be built side by side and the
# tree stays clean. Time stamps are kept: only what has changed is compiled. The lock:
# two builds in one folder at a time would each remove what the other has made.
module:
	@test -n "$(KVER)" || { echo "no kernel headers at '$(KDIR)': make deps" >&2; exit 1; }
	@mkdir -p "$(MOUT)"
	+@flock "$(MOUT)" sh -ec 'selftests/tools/sync.sh "$(MOUT)"; \
		exec $(MAKE) -C $(KDIR) M=$(MOUT) $(KFLAGS) $(OBJECTS)'

lib:
	$(MAKE) -C lib OUT=$(BUILD) $(SUB)

tools: lib
	$(MAKE) -C tools OUT=$(BUILD) $(SUB)

user:
	$(MAKE) -C selftests/user OUT=$(BUILD)/user $(SUB) all

kselftest: tools
	+selftests/tools/kselftest.sh build

# Each in a make of its own: what deps installs decides KDIR.
demo: deps
	$(MAKE) module lib tools
	selftests/demo.sh

check: deps
	selftests/tools/check.sh

# Not part of check: the kernel alone takes ten minutes to build the first time.
check-debug: deps
	selftests/debug/check.sh debug

check-kcsan: deps
	selftests/debug/check.sh kcsan

check-kernels: deps
	selftests/tools/kernels.sh

slow: deps
	KM_WHOLE=yes selftests/tools/check.sh

KILLS     ?= 200
powercut: deps
	$(MAKE) module lib tools
	selftests/vm/powercut.sh -n $(KILLS)
	@echo 'The same with fsync() taken away: keys are lost, which has to be seen'
	selftests/vm/powercut.sh -n 6 --no-fsync; test $$? = 1

check-newest:
	selftests/tools/newest.sh

bench: deps
	$(MAKE) module lib tools
	$(MAKE) -C selftests/bench OUT=$(BUILD) KDIR=$(KDIR) run

SECONDS   ?= 60
fuzz: deps
	selftests/fuzz/run.sh $(SECONDS)

fuzz-device: deps
	selftests/fuzz/device/run.sh $(SECONDS)

style:
	selftests/style/check.sh

# Not signed: the key of the distribution's kernel is not here. See the README.
install: module lib tools
	$(MAKE) -C $(KDIR) M=$(MOUT) INSTALL_MOD_PATH=$(DESTDIR) INSTALL_MOD_DIR=updates \
		CONFIG_MODULE_SIG_ALL= modules_install
	$(MAKE) -C lib OUT=$(BUILD) $(SUB) install
	$(MAKE) -C tools OUT=$(BUILD) $(SUB) install
	test -n "$(DESTDIR)" || { depmod $(KVER); ldconfig; }

uninstall:
	rm -f $(DESTDIR)/lib/modules/$(KVER)/updates/keymaster.ko
	$(MAKE) -C lib OUT=$(BUILD) $(SUB) uninstall
	$(MAKE) -C tools OUT=$(BUILD) $(SUB) uninstall
	test -n "$(DESTDIR)" || { depmod $(KVER); ldconfig; }

clean:
	rm -rf $(BUILD)
