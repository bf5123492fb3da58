# Understudy. Everything is built under build/$(VARIANT); the source tree stays clean.
#   make deps demo      from nothing to the report of the flagship scenario, on Debian 12
#   make deps check     from nothing to passed tests
#   make help           lists the targets

PROGRAM := understudy
VERSION := 0.1.0

ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS     ?= -O2 -g
PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
MANDIR     ?= $(PREFIX)/share/man
DATADIR    ?= $(PREFIX)/share/$(PROGRAM)
DOCDIR     ?= $(PREFIX)/share/doc/$(PROGRAM)
PKG_CONFIG ?= pkg-config
INSTALL    ?= install
# SAN=address,undefined: with sanitizers.  WERROR=1: warnings are errors.  V=1: show commands.
SAN        ?=
WERROR     ?=
T          ?=
V          ?=
.DEFAULT_GOAL := all

# As many jobs as processors, unless make was told a number.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif

comma   := ,
space   := $(subst ,, )
VARIANT ?= $(or $(subst $(space),-,$(strip $(filter-out gcc,$(notdir $(CC))) \
             $(subst $(comma),-,$(SAN)))),default)
BUILD   ?= build/$(VARIANT)
Q       := $(if $(V),,@)
say      = $(if $(V),,@echo "  $(1)")

# ---- libraries: docs/dependencies.md says what each is for ----------------------------------
PACKAGES        := libpcap libcgraph libgvc yaml-0.1 ldns libssl libcrypto libuv
TEST_PACKAGES   := cmocka jansson
DEBIAN_PACKAGES := gcc libc6-dev pkgconf libpcap-dev libgraphviz-dev libyaml-dev libldns-dev \
                   libssl-dev libuv1-dev libcmocka-dev libjansson-dev libxml2-utils tshark \
                   bind9-utils ldnsutils

deps:  ## install what is missing of the Debian packages needed
	@MODULES="$(PACKAGES) $(TEST_PACKAGES)" sh .ci/deps $(DEBIAN_PACKAGES)

# ---- flags: files that the compiler reads, written only when they change ---------------------
# Libraries are asked for when something is built, so after deps and clean, never before.
WARNINGS    := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
               -Wvla -Wswitch-enum $(if $(WERROR),-Werror)
ALL_CFLAGS   = -std=c17 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -I. -ffp-contract=off \
               '-DUNDERSTUDY_VERSION="$(VERSION)"' $(WARNINGS) $(CPPFLAGS) $(CFLAGS) \
               $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALL_LDFLAGS  = $(CFLAGS) $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)
quoted       = '$(subst ','\'',$(strip $(1)))'
keep         = { cat > $@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@; }

$(BUILD)/flags: force | $(filter clean deps,$(MAKECMDGOALS))
	@mkdir -p $(@D)
	@$(PKG_CONFIG) --print-errors --exists $(PACKAGES) || \
	    { echo "Libraries are missing: 'make deps' installs them on Debian." >&2; exit 1; }
	@{ echo $(call quoted,$(ALL_CFLAGS)); \
	   $(PKG_CONFIG) --cflags $(PACKAGES) | sed 's/-I/-isystem /g'; } | $(keep)

$(BUILD)/libraries: $(BUILD)/flags force
	@$(PKG_CONFIG) --libs $(PACKAGES) | sed 's/$$/ -lm/' | $(keep)

# ---- the program ----------------------------------------------------------------------------
SOURCES  := $(filter-out scenarios/main.c,$(wildcard sim/*.c sim/*/*.c nodes/*.c nodes/*/*.c \
              scenarios/*.c scenarios/*/*.c reports/*.c))
OBJECTS  := $(SOURCES:%.c=$(BUILD)/%.o)
LIBRARY  := $(BUILD)/lib$(PROGRAM).a
SUPPORT  := $(BUILD)/libsupport.a
HELPERS  := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
link      = $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) @$(BUILD)/libraries
link_test = $(link) $$($(PKG_CONFIG) --libs $(TEST_PACKAGES))

all: $(BUILD)/$(PROGRAM) $(if $(filter default,$(VARIANT)),build/$(PROGRAM))  ## build/understudy

build/$(PROGRAM): $(BUILD)/$(PROGRAM)
	@ln -sf $(<:build/%=%) $@

$(BUILD)/$(PROGRAM): $(BUILD)/scenarios/main.o $(LIBRARY) $(BUILD)/libraries
	$(call say,LD  $@)
	$(Q)$(link)

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC  $<)
	$(Q)$(CC) @$(BUILD)/flags -MMD -MP -c -o $@ $<

# The list of members is a file too: a library forgets the object of a source that is gone.
$(BUILD)/%.members: $(BUILD)/flags force
	@printf '%s\n' $(members) | $(keep)

$(BUILD)/lib$(PROGRAM).members: members = $(OBJECTS)
$(BUILD)/libsupport.members: members = $(HELPERS)
$(LIBRARY): $(OBJECTS)
$(SUPPORT): $(HELPERS)
$(LIBRARY) $(SUPPORT): %.a: %.members
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

# ---- tests ----------------------------------------------------------------------------------
# T=word leaves the tests whose path has the word.
TESTS  := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/*/test_*.c tests/*/*/test_*.c))
chosen = $(if $(T),$(foreach test,$(1),$(if $(findstring $(T),$(test)),$(test))),$(1))

check: $(patsubst %,%.run,$(call chosen,$(TESTS))) lint  ## run the tests (T=word: those whose path has the word), then lint

$(TESTS): %: %.o $(SUPPORT) $(LIBRARY) $(BUILD)/libraries
	$(Q)$(link_test)

# Tests run side by side, so what each says is kept and shown in one piece.
$(BUILD)/tests/%.run: $(BUILD)/tests/% force
	$(Q)$< > $<.log 2>&1; code=$$?; { echo "  TEST $*"; cat $<.log; }; exit $$code

lint: $(OBJECTS)  ## check layers, forbidden calls, sizes, READMEs, the manual, formatting
	$(Q)bad=0; for lint in tests/lint/*.sh; do sh $$lint $(BUILD) || bad=1; done; exit $$bad

BENCH := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/bench/*.c))

bench: $(BUILD)/tests/bench/bench $(BUILD)/$(PROGRAM) $(BUILD)/tests/interop/ask  ## measure the hot paths, and transfers beside other servers; prints one JSON object
	$(Q)sh tests/bench/transfer.sh $(BUILD) > $(BUILD)/tests/bench/servers.json
	$(Q)$< $(BUILD)/tests/bench/servers.json

VALIDATE := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/validate/*.c))

validate: $(BUILD)/tests/validate/validate  ## hold servers against closed forms; prints a table
	$(Q)$<

check: $(if $(T),,$(BUILD)/tests/validate/validate.run)

$(BUILD)/tests/validate/validate: $(VALIDATE) $(SUPPORT) $(LIBRARY) $(BUILD)/libraries
	$(Q)$(link_test)

bench-peers: $(BUILD)/tests/bench/bench  ## the exchange beside ns-3's (needs libns3-dev)
	$(Q)sh tests/bench/peers.sh $(BUILD)

bench-servers: $(BUILD)/$(PROGRAM) $(BUILD)/tests/interop/ask  ## loading and AXFR beside NSD, Knot DNS and BIND alone (see interop-deps)
	$(Q)sh tests/bench/transfer.sh $(BUILD)

$(BUILD)/tests/bench/bench: $(BENCH) $(LIBRARY) $(BUILD)/libraries
	$(Q)$(link_test)

# ---- acceptance: the whole program, seen from its command line -------------------------------
ACCEPTANCE := $(patsubst %.sh,$(BUILD)/%.accepted,$(filter-out %/common.sh, \
                $(wildcard tests/acceptance/*.sh)))

check: $(call chosen,$(ACCEPTANCE))

$(BUILD)/%.accepted: %.sh $(BUILD)/$(PROGRAM) force
	$(Q)mkdir -p $(@D); sh $< $(BUILD) > $@.log 2>&1; code=$$?; \
	    { echo "  ACCEPT $(<F)"; cat $@.log; }; exit $$code

golden: $(BUILD)/$(PROGRAM)  ## write tests/golden/ anew, showing what differs
	$(Q)sh tests/acceptance/golden.sh $(BUILD) write

# ---- interoperability: our name server against others', on the loopback interface --------------
NAME_SERVERS := nsd knot bind9 unbound unbound-host knot-dnsutils bind9-dnsutils ldnsutils openssl \
                dnsperf pdns-server pdns-backend-sqlite3 sqlite3
INTEROP      := $(filter-out %/common.sh %/zones.sh,$(wildcard tests/interop/*.sh))

interop-deps:  ## install NSD, Knot DNS, BIND, PowerDNS, Unbound and dnsperf, without starting them
	@sh tests/interop/deps/install $(NAME_SERVERS)

ASK := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/interop/*.c))

$(BUILD)/tests/interop/ask: $(ASK) $(SUPPORT) $(LIBRARY) $(BUILD)/libraries
	$(Q)$(link_test)

interop: $(BUILD)/tests/interop/ask
interop: $(BUILD)/$(PROGRAM) | $(filter interop-deps,$(MAKECMDGOALS))  ## transfers with other name servers, answers beside theirs
	$(Q)bad=0; for script in $(call chosen,$(INTEROP)); do sh $$script $(BUILD) || bad=1; done; exit $$bad

# ---- fuzzing: tests/fuzz/fuzz_X.c with seeds in tests/fuzz/corpus/X/ -------------------------
FUZZERS      := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60

# Without libFuzzer, "make check" runs the seeds once.
$(FUZZERS): %: %.o $(if $(findstring fuzzer,$(SAN)),,$(BUILD)/tests/fuzz/replay.o) \
            $(SUPPORT) $(LIBRARY) $(BUILD)/libraries
	$(Q)$(link_test) $(if $(findstring fuzzer,$(SAN)),-fsanitize=fuzzer)

check: $(if $(T),,$(FUZZERS:%=%.replay))

$(BUILD)/tests/fuzz/fuzz_%.replay: $(BUILD)/tests/fuzz/fuzz_% force
	$(call say,FUZZ $*)
	$(Q)$< tests/fuzz/corpus/$*/*

fuzz:  ## fuzz each decoder for FUZZ_SECONDS (needs clang)
	$(Q)$(MAKE) CC=clang SAN=fuzzer-no-link,address,undefined BUILD=build/fuzz fuzz-each

fuzz-each: $(FUZZERS)
	$(Q)for name in $(patsubst fuzz_%,%,$(notdir $(FUZZERS))); do \
	    mkdir -p $(BUILD)/corpus/$$name && \
	    $(BUILD)/tests/fuzz/fuzz_$$name -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
	        -print_final_stats=1 -artifact_prefix=$(BUILD)/$$name- \
	        $(BUILD)/corpus/$$name tests/fuzz/corpus/$$name || exit 1; done

# ---- at hand --------------------------------------------------------------------------------
demo: all  ## run scenarios/failover.yaml and say where its report lies
	$(Q)$(BUILD)/$(PROGRAM) run scenarios/failover.yaml -o understudy-out/failover

format:  ## rewrite the sources with clang-format
	$(Q)clang-format -i $$(git ls-files '*.[ch]')

compile_commands.json: $(BUILD)/flags  ## write the file that editors and clang-tidy read
	$(Q)for file in $(SOURCES) scenarios/main.c $(wildcard tests/*/*.c tests/*/*/*.c); do \
	    printf '%s{"directory": "%s", "file": "%s", "command": "%s"}' "$${comma-[}" '$(CURDIR)' \
	        $$file "$(CC) @$(BUILD)/flags -c $$file"; comma=",$$(printf '\n ')"; \
	done > $@ && echo ']' >> $@

# ---- installing -----------------------------------------------------------------------------
SHIPPED := $(wildcard docs/*.1 docs/*.md scenarios/*.yaml scenarios/zones/*)
place    = $(patsubst scenarios/%,$(DATADIR)/scenarios/%,$(patsubst docs/%.1,$(MANDIR)/man1/%.1, \
             $(patsubst docs/%.md,$(DOCDIR)/%.md,$(1))))

install: all  ## install below PREFIX (DESTDIR for packagers)
	$(INSTALL) -D -m 0755 $(BUILD)/$(PROGRAM) $(DESTDIR)$(BINDIR)/$(PROGRAM)
	$(foreach file,$(SHIPPED),$(INSTALL) -D -m 0644 $(file) $(DESTDIR)$(call place,$(file)) &&) true

uninstall:  ## remove what install put there
	$(RM) $(DESTDIR)$(BINDIR)/$(PROGRAM) $(DESTDIR)$(MANDIR)/man1/$(PROGRAM).1
	$(RM) -r $(DESTDIR)$(DATADIR) $(DESTDIR)$(DOCDIR)

clean:  ## remove everything that was built
	$(RM) -r build compile_commands.json

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z_.-]+:.*## / { printf "  %-22s %s\n", $$1, $$2 }' Makefile

.PHONY: all deps check lint interop interop-deps bench bench-peers bench-servers fuzz \
        fuzz-each demo format golden compile_commands.json install uninstall clean help force
.SECONDARY:
-include $(OBJECTS:.o=.d) $(TESTS:%=%.d) $(HELPERS:.o=.d) $(BENCH:.o=.d) $(VALIDATE:.o=.d) \
         $(ASK:.o=.d) $(FUZZERS:%=%.d) \
         $(BUILD)/scenarios/main.d $(BUILD)/tests/fuzz/replay.d
