/* Running a stage to its end with everything that listens to it, and writing what they heard. */
#include "scenarios/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "reports/capture.h"
#include "reports/events.h"
#include "reports/graph.h"
#include "reports/metrics.h"
#include "reports/progress.h"
#include "reports/summary.h"
#include "reports/terminal.h"
#include "scenarios/capturing.h"
#include "scenarios/compare.h"
#include "scenarios/interrupt.h"
#include "scenarios/judge.h"

/* Events between two looks at the real clock. */
enum { EVENTS_AT_ONCE = 20000 };

struct performance {
    const struct options *options;
    const char *path;
    struct stage *stage;
    const char *directory;
    const char *command_here; /* that runs it again and writes where this run did */
    struct output *output;
    struct filter *filter;
    struct capture *capture; /* NULL: --capture none */
    struct metrics *metrics;
    struct events *events;
    struct timeline *timeline;
    struct compare *compare;
    struct verdict verdict;
    struct summary_input summary;
    char trace_sha256[65];
    const char *notice;
};

static int64_t real_time_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* ---- names ------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* DIR/NAME for several scenarios, DIR for one, understudy-out/NAME without -o. */
static const char *directory_for(const struct options *options, const char *path,
                                 struct arena *arena)
{
    const char *name = base_name(path);
    const char *dot = strrchr(name, '.');
    int size = (int)(dot && dot != name ? (size_t)(dot - name) : strlen(name));
    if (options->output && options->scenario_count == 1)
        return options->output;
    return arena_format(arena, "%s/%.*s", options->output ? options->output : "understudy-out",
                        size, name);
}

bool run_places_differ(const struct options *options)
{
    struct arena arena = {0};
    bool differ = true;
    for (size_t i = 0; i < options->scenario_count; i++) {
        const char *place = directory_for(options, options->scenarios[i], &arena);
        for (size_t j = 0; j < i && differ; j++) {
            differ = strcmp(place, directory_for(options, options->scenarios[j], &arena)) != 0;
            if (!differ)
                fprintf(stderr, "understudy: %s and %s would both be written to %s\n",
                        options->scenarios[j], options->scenarios[i], place);
        }
    }
    arena_release(&arena);
    return differ;
}

/* Only what decides the run is in it: the same run has the same command wherever it is started. */
static const char *command_for(const struct options *options, const char *path, struct arena *arena)
{
    const char *command = arena_format(arena, "understudy run %s", path);
    for (size_t i = 0; i < options->setting_count; i++)
        command = arena_format(arena, "%s --set '%s'", command, options->settings[i]);
    return command;
}

static const char *command_here_for(const struct options *options, const char *path,
                                    struct arena *arena)
{
    const char *command = command_for(options, path, arena);
    return options->output
               ? arena_format(arena, "%s -o %s", command, directory_for(options, path, arena))
               : command;
}

/* ---- beginning --------------------------------------------------------------------------- */

static enum exit_code open_output(struct performance *p)
{
    char error[OUTPUT_ERROR_SIZE];
    enum output_status status = output_open(p->directory, &p->output, error);
    if (status == OUTPUT_OK)
        return EXIT_HELD;
    fprintf(stderr, "understudy: %s\n", error);
    return status == OUTPUT_REFUSED ? EXIT_BAD_INPUT : EXIT_MACHINE;
}

static void listen(struct performance *p)
{
    struct stage *stage = p->stage;
    struct trace_listener listeners[4];
    unsigned count = 0;
    p->metrics = metrics_create(&stage->topology);
    p->events = events_open(p->output, &stage->topology, p->metrics);
    p->timeline = timeline_create(&stage->topology);
    listeners[count++] = metrics_listener(p->metrics);
    listeners[count++] = events_listener(p->events);
    listeners[count++] = timeline_listener(p->timeline);
    if (!p->options->capture || !filter_is_none(p->options->capture)) {
        const char *comment =
            arena_format(stage->arena, "seed %llu; %s", (unsigned long long)stage->scenario->seed,
                         command_for(p->options, base_name(p->path), stage->arena));
        p->capture = capturing_open(stage, p->output, p->filter, comment);
        listeners[count++] = capture_listener(p->capture);
    }
    for (unsigned i = 0; i < count; i++)
        sim_add_listener(stage->sim, &listeners[i]);
}

static enum exit_code begin(struct performance *p)
{
    char error[FILTER_ERROR_SIZE];
    bool none = p->options->capture && filter_is_none(p->options->capture);
    if (!none && !capturing_filter(p->stage, p->options->capture, &p->filter, error)) {
        fprintf(stderr, "understudy: --capture: %s\n", error);
        return EXIT_BAD_INPUT;
    }
    enum exit_code code = open_output(p);
    if (code != EXIT_HELD)
        return code;
    listen(p);
    if (p->options->check && !(p->compare = compare_record(p->stage->sim)))
        return EXIT_MACHINE;
    return EXIT_HELD;
}

/* ---- the run ----------------------------------------------------------------------------- */

static void run_to_end(const struct options *options, struct stage *stage)
{
    const struct scenario *scenario = stage->scenario;
    int64_t end_ns = scenario->start_ns + scenario->duration_ns;
    int64_t began_ns = real_time_ns();
    struct progress progress =
        progress_begin(stderr, scenario->name, scenario->duration_ns, !options->quiet);
    while (!interrupt_came() && sim_run(stage->sim, end_ns, EVENTS_AT_ONCE))
        progress_update(&progress, sim_now(stage->sim) - scenario->start_ns,
                        sim_event_count(stage->sim), real_time_ns() - began_ns);
    progress_end(&progress);
}

/* ---- the end ----------------------------------------------------------------------------- */

static void summarise(struct performance *p, int64_t wall_ns)
{
    struct stage *stage = p->stage;
    struct sim_packet_counts packets = sim_packet_counts(stage->sim);
    p->verdict = judge(stage, p->metrics);
    timeline_finish(p->timeline, p->metrics, stage->scenario->duration_ns);
    p->summary = (struct summary_input){
        .topology = &stage->topology,
        .metrics = p->metrics,
        .verdict = &p->verdict,
        .virtual_ns = stage->scenario->duration_ns,
        .events = sim_event_count(stage->sim),
        .packets_sent = packets.sent,
        .packets_delivered = packets.delivered,
        .packets_lost = packets.lost,
        .trace_sha256 = p->trace_sha256,
        .wall_ns = wall_ns,
    };
}

static bool write_reports(struct performance *p)
{
    char error[OUTPUT_ERROR_SIZE];
    if (p->capture) {
        const char *notice = capture_notice(p->capture);
        p->notice = notice ? arena_text(p->stage->arena, notice) : NULL;
        capture_finish(p->capture);
        p->capture = NULL;
    }
    events_finish(p->events);
    p->events = NULL;
    graph_write(p->output, &p->stage->topology, p->metrics);
    summary_write(p->output, &p->summary);
    bool good = output_commit(p->output, error);
    p->output = NULL;
    if (!good)
        fprintf(stderr, "understudy: %s\n", error);
    return good;
}

static void print_summary(struct performance *p, bool captured)
{
    static const struct terminal_file files[] = {
        {"topology.svg", "the topology and what happened to it"},
        {"summary.json", "all figures"},
        {"events.jsonl", "what happened, a line each"},
        {"capture.pcapng", "every packet, for Wireshark"},
        {"capture/", "what tcpdump on each node would have seen"},
    };
    terminal_print(stdout, &(struct terminal_input){
                               .summary = &p->summary,
                               .timeline = p->timeline,
                               .directory = p->directory,
                               .files = files,
                               .file_count = captured ? 5 : 3,
                               .notices = &p->notice,
                               .notice_count = p->notice != NULL,
                               .command = p->command_here,
                               .colour = terminal_shows_colour(stdout),
                               .width = terminal_width(stdout),
                           });
}

/* What is an error of a scenario that is a test: an expectation that did not hold. */
static void print_failed(const struct performance *p)
{
    for (size_t i = 0; i < p->verdict.count; i++) {
        const struct finding *finding = &p->verdict.findings[i];
        if (!finding->ok)
            fprintf(stderr, "%s: expected: %s; found: %s\n", p->path, finding->text,
                    finding->actual);
    }
}

static enum exit_code finish(struct performance *p, int64_t wall_ns)
{
    bool captured = p->capture != NULL;
    sim_finish(p->stage->sim, p->trace_sha256);
    summarise(p, wall_ns);
    if (!write_reports(p))
        return EXIT_MACHINE;
    if (!p->options->quiet)
        print_summary(p, captured);
    else
        print_failed(p);
    enum exit_code code = p->verdict.ok ? EXIT_HELD : EXIT_NOT_HELD;
    if (p->compare) {
        enum exit_code again = compare_run_again(p->compare, p->options, p->path);
        p->compare = NULL;
        code = again > code ? again : code;
    }
    return code;
}

static void release(struct performance *p)
{
    if (p->compare)
        compare_abandon(p->compare);
    if (p->capture)
        capture_finish(p->capture);
    if (p->events)
        events_finish(p->events);
    if (p->output)
        output_abandon(p->output);
    if (p->timeline)
        timeline_destroy(p->timeline);
    if (p->metrics)
        metrics_destroy(p->metrics);
    filter_free(p->filter);
}

/* In the process that --check started: nothing is written, every event is compared. */
static enum exit_code run_compared(const struct options *options, struct stage *stage)
{
    struct compare *compare = compare_against(stage->sim, options->compare);
    if (!compare)
        return EXIT_MACHINE;
    struct options silent = *options;
    silent.quiet = true;
    run_to_end(&silent, stage);
    return compare_finish(compare);
}

enum exit_code run_scenario(const struct options *options, const char *path, struct stage *stage)
{
    if (options->compare)
        return run_compared(options, stage);
    struct performance p = {
        .options = options,
        .path = path,
        .stage = stage,
        .directory = directory_for(options, path, stage->arena),
        .command_here = command_here_for(options, path, stage->arena),
    };
    interrupt_watch();
    enum exit_code code = begin(&p);
    if (code == EXIT_HELD) {
        int64_t began_ns = real_time_ns();
        run_to_end(options, stage);
        if (!interrupt_came())
            code = finish(&p, real_time_ns() - began_ns);
    }
    release(&p);
    interrupt_die();
    return code;
}

enum exit_code graph_scenario(const struct options *options, struct stage *stage)
{
    char error[GRAPH_ERROR_SIZE];
    if (!graph_accepts(options->output, error)) {
        fprintf(stderr, "understudy: %s\n", error);
        return EXIT_BAD_INPUT;
    }
    if (!graph_draw(&stage->topology, options->output, error)) {
        fprintf(stderr, "understudy: %s\n", error);
        return EXIT_MACHINE;
    }
    return EXIT_HELD;
}
