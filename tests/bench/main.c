/* Runs every measurement in turn and prints one JSON object. With a FILE, what the JSON object in
 * it says comes along: transfer.sh's figures of other servers, if they are installed (else it is
 * empty).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/bench.h"

double bench_cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* bench exchange STUBS: only the pairs per second of that many stubs, for peers.sh. */
static int exchange_alone(const char *stubs)
{
    printf("%.0f\n", bench_pairs_per_s((unsigned)strtoul(stubs, NULL, 10)));
    return EXIT_SUCCESS;
}

static void add_from(json_t *out, const char *path)
{
    json_t *more = json_load_file(path, 0, NULL);
    json_object_update(out, more);
    json_decref(more);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "exchange") == 0)
        return exchange_alone(argv[2]);
    json_t *out = json_object();
    bench_queue(out);
    bench_codec(out);
    bench_zone(out);
    bench_sign(out);
    bench_exchange(out);
    bench_axfr(out);
    bench_stub(out);
    bench_resolver(out);
    if (argc == 2)
        add_from(out, argv[1]);
    json_dumpf(out, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(4));
    putchar('\n');
    json_decref(out);
    return EXIT_SUCCESS;
}
