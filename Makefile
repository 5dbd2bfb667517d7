# SPDX-License-Identifier: MIT
# One non-recursive Makefile. A new module, monitor, tool or test needs no edit here: every source
# is found by its path. Knobs: CC, SAN (address,undefined), WERROR=1, PREFIX.
ifeq ($(origin CC),default)
CC := gcc
endif
SHELL   := /bin/bash
SAN     ?=
WERROR  ?=
PREFIX  ?= /usr/local
Q       := $(if $(V),,@)
VERSION := 0.1.0

# The plain gcc build puts programs beside their sources; every other variant has a tree of its own.
comma   := ,
variant := $(notdir $(CC))$(if $(SAN),-$(subst $(comma),-,$(SAN)))$(if $(WERROR),-werror)
BUILD   := build/$(variant)
OUT     ?= $(if $(filter gcc,$(variant)),.,$(BUILD)/out)
at       = $(patsubst ./%,%,$(OUT)/$(1))

# What the collector shows in a browser is part of it.
web_src := $(wildcard collector/web/*.* collector/web/manifests/*.json)
web_o    = $(if $(filter collector,$(1)),$(BUILD)/collector/web_files.o)

# Programs of more than one file: DIR/*.c -> the executable named here.
dirs_of_programs := runner=bin/ferret drain=bin/drain setup=bin/setup collector=collector/collector \
                    autoscaler=autoscaler/autoscaler sandbox=sandbox/sandbox

PKGS    := libuv libgit2 libcurl jansson libpcre2-8 libssh2 libcares openssl libmicrohttpd sqlite3 libpq zlib libzstd
warn    := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wformat=2 \
           -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla -Wcast-qual \
           -Wwrite-strings -Wundef -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference \
           -Werror=implicit-function-declaration
CFLAGS  ?= -O2 -g
harden  := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
fortify := $(if $(SAN),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
san     := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
# What the fuzzers steer by; costs a clang sanitizer build next to nothing.
cover   := $(if $(and $(SAN),$(findstring clang,$(CC))),-fsanitize=fuzzer-no-link)
pkg_c    = $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
pkg_l    = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm
cc_args  = -std=gnu17 -D_GNU_SOURCE -DFERRET_VERSION='"$(VERSION)"' $(warn) $(if $(WERROR),-Werror) \
           $(fortify) $(harden) $(san) $(cover) -Ilib $(if $(findstring collector,$<),$(in_collector)) -include lib/banned.h $(pkg_c)
# The directories of the collector are one program: its headers are found by their names.
in_collector := -Icollector $(addprefix -I,$(patsubst %/,%,$(sort $(dir $(wildcard collector/*/*.h)))))
ld_args  = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(san)

of_dir   = $(wildcard $(1)/*.c $(1)/*/*.c)
obj      = $(patsubst %.c,$(BUILD)/%.o,$(1))
lib_src := $(wildcard lib/*.c)
lib_a   := $(BUILD)/libferret.a
one_src := $(wildcard bin/*.c monitors/*/*.c)
progs   := $(foreach s,$(one_src),$(call at,$(s:.c=))) \
           $(foreach d,$(dirs_of_programs),$(if $(wildcard $(firstword $(subst =, ,$(d)))/main.c),$(call at,$(lastword $(subst =, ,$(d))))))
units   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/*/*_test.c))
helpers := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/helper/*.c))
benches := $(patsubst %.c,$(BUILD)/%,$(wildcard bench/*.c))
fuzzers := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/*.c))

all: $(progs)

$(BUILD)/%.o: %.c | $(BUILD)/.deps
	@mkdir -p $(@D)
	@echo "$(CC) -c $<"
	$(Q)$(CC) $(cc_args) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/collector/web_files.c: $(web_src)
	@mkdir -p $(@D)
	$(Q)collector/web/embed.sh $@
$(BUILD)/collector/web_files.o: $(BUILD)/collector/web_files.c collector/http/asset.h
	@echo "$(CC) -c $<"
	$(Q)$(CC) $(cc_args) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# Headers of the libraries missing? Say so before the compiler drowns it.
$(BUILD)/.deps:
	@mkdir -p $(@D)
	@pkg-config --exists $(PKGS) || { echo "make: libraries are missing; 'make start' or 'make deps' installs them:" >&2; \
	  pkg-config --print-errors --exists $(PKGS); exit 1; }
	@touch $@

$(lib_a): $(call obj,$(lib_src))
	@rm -f $@
	$(Q)ar rcs $@ $^

link = @mkdir -p $(@D); echo "$(CC) -o $@"; $(CC) $(ld_args) $(LDFLAGS) -o $@ $(filter %.o,$^) $(lib_a) $(pkg_l) $(1)
$(foreach s,$(one_src),$(eval $(call at,$(s:.c=)): $(call obj,$(s)) $(lib_a) ; $$(call link)))
$(foreach d,$(dirs_of_programs),$(eval $(call at,$(lastword $(subst =, ,$(d)))): \
  $(call obj,$(call of_dir,$(firstword $(subst =, ,$(d))))) $(call web_o,$(firstword $(subst =, ,$(d)))) $(lib_a) ; $$(call link)))
# A unit test of a program's module links that program's other modules too (all but its main.c).
$(foreach u,$(wildcard tests/*/*_test.c),$(eval $(BUILD)/$(u:.c=): $(call obj,$(u)) \
  $(call obj,$(filter-out %/main.c,$(call of_dir,$(word 2,$(subst /, ,$(u)))))) $(call web_o,$(word 2,$(subst /, ,$(u)))) $(lib_a) ; $$(call link,-lcmocka)))
$(foreach h,$(wildcard tests/helper/*.c),$(eval $(BUILD)/$(h:.c=): $(call obj,$(h)) $(lib_a) ; $$(call link)))
# So do a bench and a fuzzer whose name begins with that of the program: bench/collector_line.c.
part_of = $(call obj,$(filter-out %/main.c,$(call of_dir,$(firstword $(subst _, ,$(notdir $(1:.c=))))))) \
          $(call web_o,$(firstword $(subst _, ,$(notdir $(1:.c=)))))
$(foreach h,$(wildcard bench/*.c),$(eval $(BUILD)/$(h:.c=): $(call obj,$(h)) $(call part_of,$(h)) $(lib_a) ; $$(call link)))
$(foreach f,$(wildcard tests/fuzz/*.c),$(eval $(BUILD)/$(f:.c=): $(call obj,$(f)) $(call part_of,$(f)) $(lib_a) ; $$(call link,-fsanitize=fuzzer)))

# A build of the platform (it names the stack, and has no .git) ends as a slug.
ifneq ($(filter heroku-%,$(STACK)),)
ifeq ($(wildcard .git),)
all: slug
endif
endif
slug: $(progs)
	@bin/slug.sh
programs-and-tests: $(progs) $(units) $(helpers)
fuzzers: $(fuzzers)
deps:
	@tests/install Aptfile Aptfile.start
start: deps
	@$(MAKE) --no-print-directory all
	@bin/start.sh
test:
	@tests/install Aptfile Aptfile.start Aptfile.test
	@tests/run.sh
test-long:
	@tests/install Aptfile Aptfile.start Aptfile.test
	@tests/run.sh --long
lint:
	@tests/lint.sh
fuzz:
	@tests/fuzz.sh
bench: all $(benches)
	@bench/run.sh
format:
	@clang-format -i $(wildcard lib/*.[ch] bin/*.c runner/*.[ch] drain/*.[ch] collector/*.[ch] collector/*/*.[ch] sandbox/*.[ch] monitors/*/*.[ch] tests/*/*.[ch] bench/*.[ch])
# Programs keep their places below lib/ferret, so that Procfile entries are the same there; ferret and
# the tools are on the PATH as links, and each program has its manual page.
man1 = $(DESTDIR)$(PREFIX)/share/man/man1
install: all
	@set -e; for p in $(progs); do install -D -m 755 $$p $(DESTDIR)$(PREFIX)/lib/ferret/$$p; done
	@install -m 644 Procfile env.sample $(DESTDIR)$(PREFIX)/lib/ferret/
	@set -e; for f in $(wildcard canaries/*/*.c canaries/*/Makefile canaries/*/Procfile sandbox/*.json); do \
	  install -D -m 644 $$f $(DESTDIR)$(PREFIX)/lib/ferret/$$f; done
	@mkdir -p $(DESTDIR)$(PREFIX)/bin $(man1)
	@ln -sf ../lib/ferret/bin/ferret $(DESTDIR)$(PREFIX)/bin/ferret
	@set -e; for p in $(filter-out bin/ferret,$(progs)); do n=$${p#bin/}; n=ferret-$$(echo $${n#monitors/} | tr / -); \
	  ln -sf ../lib/ferret/$$p $(DESTDIR)$(PREFIX)/bin/$$n; $$p --man >$(man1)/$$n.1; done
	@bin/ferret --man >$(man1)/ferret.1
# From what git has committed; a tarball makes another from its own files.
dist:
	@mkdir -p dist
	@if git rev-parse --git-dir >/dev/null 2>&1; then \
	  git archive --format=tar.gz --prefix=ferret-$(VERSION)/ -o dist/ferret-$(VERSION).tar.gz HEAD; \
	else tar -czf dist/ferret-$(VERSION).tar.gz --transform 's,^\.,ferret-$(VERSION),' --exclude=./dist --exclude=./build \
	  $(addprefix --exclude=./,$(progs)) .; fi
	@echo dist/ferret-$(VERSION).tar.gz
clean:
	rm -rf build dist $(filter-out build/%,$(progs))

.PHONY: all slug programs-and-tests fuzzers deps start test test-long lint fuzz bench format install dist clean
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
