/* Logging and comparing events, for --check. */
#include "scenarios/compare.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/arena.h"

enum { PATH_SIZE = 4096 };

struct record {
    int64_t now_ns;
    uint64_t hash;
    uint64_t host;
};

struct compare {
    struct sim *sim;
    FILE *log;
    char path[PATH_SIZE];
    uint64_t events;
    bool differs;
};

static void record_event(void *context, int64_t now_ns, uint32_t host, uint64_t hash)
{
    struct compare *compare = context;
    struct record record = {now_ns, hash, host};
    fwrite(&record, sizeof record, 1, compare->log);
    compare->events++;
}

struct compare *compare_record(struct sim *sim)
{
    struct compare *compare = memory_zeroed(sizeof *compare);
    const char *directory = getenv("TMPDIR");
    compare->sim = sim;
    int length = snprintf(compare->path, sizeof compare->path, "%s/understudy-check-XXXXXX",
                          directory && *directory ? directory : "/tmp");
    int file = length < PATH_SIZE ? mkstemp(compare->path) : -1;
    compare->log = file >= 0 ? fdopen(file, "wb") : NULL;
    if (!compare->log) {
        fprintf(stderr, "understudy: can't write %s: %s\n", compare->path, strerror(errno));
        free(compare);
        return NULL;
    }
    sim_set_event_log(sim, record_event, compare);
    return compare;
}

/* ---- the second process ------------------------------------------------------------------ */

static const char *host_name(const struct compare *compare, uint64_t host)
{
    if (host == 0 || host > sim_host_count(compare->sim))
        return "stage";
    return sim_host_name(sim_host_at(compare->sim, (uint32_t)host));
}

static void tell_difference(struct compare *compare, const struct record *before,
                            const struct record *now)
{
    fprintf(stderr,
            "understudy: not reproducible: event %" PRIu64 " was at %.9f s on %s, "
            "is at %.9f s on %s%s\n",
            compare->events, (double)before->now_ns / 1e9, host_name(compare, before->host),
            (double)now->now_ns / 1e9, host_name(compare, now->host),
            before->now_ns == now->now_ns && before->host == now->host ? " with other content"
                                                                       : "");
}

static void compare_event(void *context, int64_t now_ns, uint32_t host, uint64_t hash)
{
    struct compare *compare = context;
    struct record before, now = {now_ns, hash, host};
    compare->events++;
    if (compare->differs)
        return;
    if (fread(&before, sizeof before, 1, compare->log) != 1) {
        fprintf(stderr, "understudy: not reproducible: event %" PRIu64 " on %s is one too many\n",
                compare->events, host_name(compare, host));
        compare->differs = true;
    } else if (before.now_ns != now.now_ns || before.hash != now.hash || before.host != now.host) {
        tell_difference(compare, &before, &now);
        compare->differs = true;
    }
}

struct compare *compare_against(struct sim *sim, const char *path)
{
    struct compare *compare = memory_zeroed(sizeof *compare);
    compare->sim = sim;
    compare->log = fopen(path, "rb");
    if (!compare->log) {
        fprintf(stderr, "understudy: can't read %s: %s\n", path, strerror(errno));
        free(compare);
        return NULL;
    }
    sim_set_event_log(sim, compare_event, compare);
    return compare;
}

enum exit_code compare_finish(struct compare *compare)
{
    bool more = !compare->differs && fgetc(compare->log) != EOF;
    if (more)
        fprintf(stderr, "understudy: not reproducible: it ends after event %" PRIu64 "\n",
                compare->events);
    enum exit_code code = more || compare->differs ? EXIT_MACHINE : EXIT_HELD;
    fclose(compare->log);
    free(compare);
    return code;
}

/* ---- the first process ------------------------------------------------------------------- */

static enum exit_code start_again(const struct compare *compare, const struct options *options,
                                  const char *path)
{
    const char **arguments = memory_zeroed((2 * options->setting_count + 8) * sizeof *arguments);
    size_t count = 0;
    arguments[count++] = "understudy";
    arguments[count++] = "run";
    arguments[count++] = path;
    arguments[count++] = "--compare";
    arguments[count++] = compare->path;
    for (size_t i = 0; i < options->setting_count; i++) {
        arguments[count++] = "--set";
        arguments[count++] = options->settings[i];
    }
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        execv("/proc/self/exe", (char *const *)arguments);
        perror("understudy: starting again");
        _exit(EXIT_MACHINE);
    }
    free(arguments);
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0) {
        perror("understudy: starting again");
        return EXIT_MACHINE;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_HELD ? EXIT_HELD : EXIT_MACHINE;
}

enum exit_code compare_run_again(struct compare *compare, const struct options *options,
                                 const char *path)
{
    enum exit_code code = EXIT_MACHINE;
    bool failed = ferror(compare->log) != 0;
    if (fclose(compare->log) != 0 || failed)
        fprintf(stderr, "understudy: can't write %s: %s\n", compare->path, strerror(errno));
    else
        code = start_again(compare, options, path);
    if (code == EXIT_HELD && !options->quiet)
        printf("checked: a second process did the same in all %" PRIu64 " events\n",
               compare->events);
    unlink(compare->path);
    free(compare);
    return code;
}

void compare_abandon(struct compare *compare)
{
    fclose(compare->log);
    unlink(compare->path);
    free(compare);
}
