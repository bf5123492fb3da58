# Understudy. Everything is built under build/$(VARIANT); the source tree stays clean.
#   make help                    lists the targets
#   make SAN=address,undefined   builds into a variant folder of its own
#   make check T=word            runs the tests whose path has the word

PROGRAM := understudy
VERSION := 0.1.0

CC         ?= gcc
PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
MANDIR     ?= $(PREFIX)/share/man
DATADIR    ?= $(PREFIX)/share/understudy
PKG_CONFIG ?= pkg-config
INSTALL    ?= install
SAN        ?=
T          ?=
V          ?=
.DEFAULT_GOAL := all

comma   := ,
VARIANT ?= $(if $(SAN),$(subst $(comma),-,$(SAN)),default)
BUILD   ?= build/$(VARIANT)
Q       := $(if $(V),,@)

PACKAGES   := libpcap libcgraph libgvc yaml-0.1 ldns libcrypto jansson
CFLAGS     ?= -O2 -g
WARNINGS   := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla \
              -Wswitch-enum -Werror
ALL_CFLAGS  = -std=c17 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -I. -ffp-contract=off \
              -DUNDERSTUDY_VERSION='"$(VERSION)"' $(WARNINGS) $(CFLAGS) -MMD -MP \
              $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer) \
              $(PACKAGE_CFLAGS)
ALL_LDFLAGS = $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)
PACKAGE_CFLAGS := $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags $(PACKAGES) cmocka 2>/dev/null))
LDLIBS      = $(shell $(PKG_CONFIG) --libs $(PACKAGES)) -lm

SOURCES  := $(filter-out scenarios/main.c,$(wildcard sim/*.c sim/*/*.c nodes/*.c nodes/*/*.c \
              scenarios/*.c scenarios/*/*.c reports/*.c))
OBJECTS  := $(SOURCES:%.c=$(BUILD)/%.o)
LIBRARY  := $(BUILD)/lib$(PROGRAM).a
TESTS    := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/*/test_*.c tests/*/*/test_*.c))
SUPPORT  := $(BUILD)/libsupport.a
HELPERS  := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))

all: $(BUILD)/$(PROGRAM)  ## build the program

$(BUILD)/$(PROGRAM): $(BUILD)/scenarios/main.o $(LIBRARY)
	$(if $(V),,@echo "  LD  $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(LIBRARY): $(OBJECTS)
$(SUPPORT): $(HELPERS)
$(LIBRARY) $(SUPPORT):
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC  $<")
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# Rewritten only when a flag changes, so changed flags rebuild and equal flags do not.
FLAGS_TEXT = $(subst ','\'',$(CC) $(ALL_CFLAGS))
$(BUILD)/flags: force
	@mkdir -p $(@D)
	@echo '$(FLAGS_TEXT)' | cmp -s - $@ || echo '$(FLAGS_TEXT)' > $@

$(TESTS): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(SUPPORT) $(LIBRARY)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS) $(shell $(PKG_CONFIG) --libs cmocka)

# T=word leaves the tests whose path has the word.
CHOSEN   := $(if $(T),$(foreach test,$(TESTS),$(if $(findstring $(T),$(test)),$(test))),$(TESTS))

check: $(CHOSEN:%=%.run) lint  ## run the tests (T=word: those whose path has the word), then lint

$(BUILD)/tests/%.run: $(BUILD)/tests/% force
	$(if $(V),,@echo "  TEST $*")
	$(Q)$<

lint: $(OBJECTS)  ## check layers, forbidden calls, sizes and READMEs
	$(Q)bad=0; for lint in layers sizes readmes; do \
	    sh tests/lint/$$lint.sh $(BUILD) || bad=1; done; exit $$bad

BENCH := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/bench/*.c))

bench: $(BUILD)/tests/bench/bench  ## measure the hot paths; prints one JSON object
	$(Q)$<

bench-peers: $(BUILD)/tests/bench/bench  ## the exchange beside ns-3's (needs libns3-dev)
	$(Q)sh tests/bench/peers.sh $(BUILD)

$(BUILD)/tests/bench/bench: $(BENCH) $(LIBRARY)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# ---- fuzzing: tests/fuzz/fuzz_X.c with seeds in tests/fuzz/corpus/X/ ------------------------
FUZZERS      := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
FUZZ_MAIN     = $(if $(findstring fuzzer,$(SAN)),,$(BUILD)/tests/fuzz/replay.o)

$(FUZZERS): %: %.o $(SUPPORT) $(LIBRARY) $(BUILD)/tests/fuzz/replay.o
	$(Q)$(CC) $(ALL_LDFLAGS) $(if $(FUZZ_MAIN),,-fsanitize=fuzzer) -o $@ $< $(FUZZ_MAIN) \
	    $(SUPPORT) $(LIBRARY) $(LDLIBS) $(shell $(PKG_CONFIG) --libs cmocka)

# Without libFuzzer, "make check" runs the seeds once.
check: $(if $(T),,$(FUZZERS:%=%.replay))

$(BUILD)/tests/fuzz/fuzz_%.replay: $(BUILD)/tests/fuzz/fuzz_% force
	$(if $(V),,@echo "  FUZZ $*")
	$(Q)$< tests/fuzz/corpus/$*/*

fuzz:  ## fuzz each decoder for FUZZ_SECONDS (needs clang)
	$(Q)$(MAKE) CC=clang SAN=fuzzer-no-link,address,undefined BUILD=build/fuzz fuzz-each

fuzz-each: $(FUZZERS)
	$(Q)for name in $(patsubst fuzz_%,%,$(notdir $(FUZZERS))); do \
	    mkdir -p $(BUILD)/corpus/$$name && \
	    $(BUILD)/tests/fuzz/fuzz_$$name -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
	        -print_final_stats=1 -artifact_prefix=$(BUILD)/$$name- \
	        $(BUILD)/corpus/$$name tests/fuzz/corpus/$$name || exit 1; done

format:  ## rewrite the sources with clang-format
	$(Q)clang-format -i $$(git ls-files '*.[ch]')

compile_commands.json:  ## write the file that editors and clang-tidy read
	$(Q)$(MAKE) -Bnk V=1 all $(TESTS) | awk -v folder="$(CURDIR)" ' \
	    BEGIN { print "[" } \
	    / -c -o / { \
	        file = $$NF; gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); \
	        printf "%s{\"directory\": \"%s\", \"file\": \"%s\", \"command\": \"%s\"}", \
	            comma, folder, file, $$0; comma = ",\n" } \
	    END { print "\n]" }' > $@

MANUALS   := $(wildcard docs/*.1)
SCENARIOS := $(wildcard scenarios/*.yaml)
ZONES     := $(wildcard scenarios/zones/*)

install: all  ## install below PREFIX (DESTDIR for packagers)
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(DATADIR)/scenarios/zones
	$(INSTALL) -m 0755 $(BUILD)/$(PROGRAM) $(DESTDIR)$(BINDIR)/$(PROGRAM)
	$(if $(MANUALS),$(INSTALL) -m 0644 $(MANUALS) $(DESTDIR)$(MANDIR)/man1)
	$(if $(SCENARIOS),$(INSTALL) -m 0644 $(SCENARIOS) $(DESTDIR)$(DATADIR)/scenarios)
	$(if $(ZONES),$(INSTALL) -m 0644 $(ZONES) $(DESTDIR)$(DATADIR)/scenarios/zones)

uninstall:  ## remove what install put there
	$(RM) $(DESTDIR)$(BINDIR)/$(PROGRAM) $(MANUALS:docs/%=$(DESTDIR)$(MANDIR)/man1/%)
	$(RM) -r $(DESTDIR)$(DATADIR)

clean:  ## remove everything that was built
	$(RM) -r build compile_commands.json

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z_.-]+:.*## / { printf "  %-22s %s\n", $$1, $$2 }' Makefile

.PHONY: all check lint bench bench-peers fuzz fuzz-each format install uninstall clean help force compile_commands.json
.SECONDARY:
-include $(OBJECTS:.o=.d) $(TESTS:%=%.d) $(HELPERS:.o=.d) $(BENCH:.o=.d) $(FUZZERS:%=%.d) $(BUILD)/scenarios/main.d
