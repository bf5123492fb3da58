/* Runs every measurement in turn and prints one JSON object. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/bench/bench.h"

double bench_cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(void)
{
    json_t *out = json_object();
    bench_queue(out);
    bench_codec(out);
    bench_exchange(out);
    bench_axfr(out);
    bench_stub(out);
    json_dumpf(out, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(4));
    putchar('\n');
    json_decref(out);
    return EXIT_SUCCESS;
}
