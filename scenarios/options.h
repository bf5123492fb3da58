/*
 * The command line: understudy run | check | graph | serve.
 */
#ifndef SCENARIOS_OPTIONS_H
#define SCENARIOS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum exit_code {
    EXIT_HELD = 0,      /* every expectation held */
    EXIT_NOT_HELD = 1,  /* one did not */
    EXIT_BAD_INPUT = 2, /* bad scenario, option or file */
    EXIT_MACHINE = 3,   /* the machine failed: disk full, not reproducible */
};

enum command { COMMAND_RUN, COMMAND_CHECK, COMMAND_GRAPH, COMMAND_SERVE };

/* --map or --map-tls. */
struct option_map {
    const char *text;
    bool tls;
};

struct options {
    enum command command;
    const char **scenarios;
    size_t scenario_count;
    const char *output;    /* -o; NULL: not given */
    const char **settings; /* --set, and --seed as a setting, in order */
    size_t setting_count;
    const char *capture; /* --capture; NULL: everything */
    bool check;          /* --check */
    bool quiet;
    const char *compare; /* of the process that --check starts: the event log to compare with */
    const char *node;    /* serve: which one */
    const char *listen;  /* serve: --listen */
    const char *listen_tls, *ca, *write_ca; /* serve: NULL: not given */
    const char *state;                      /* serve: --state; NULL: none */
    struct option_map *maps;                /* serve: in order */
    size_t map_count;
    int argc; /* as given, for reports and --check */
    char **argv;
};

enum options_result { OPTIONS_OK, OPTIONS_DONE, OPTIONS_WRONG };

/* Reads the command line. DONE: help or version was printed. WRONG: the mistake was printed to
 * stderr. Lists in OUT are allocated; options_free frees them. */
enum options_result options_read(int argc, char **argv, struct options *out);
void options_free(struct options *options);

#endif
