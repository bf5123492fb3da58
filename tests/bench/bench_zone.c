/* Zones of two sizes: loaded from text, searched, changed by one record, answered from. */
#include "tests/bench/bench.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "nodes/dns/answer.h"
#include "nodes/dns/zonefile.h"
#include "sim/base/arena.h"
#include "sim/base/random.h"

enum { ROUNDS = 300000, EDITS = 20000, QUESTIONS = 4096 };

static const uint8_t origin[] = "\7example";
static uint8_t questions[QUESTIONS][32];
static volatile size_t sink; /* keeps the compiler from dropping the work */

static void ignore_report(void *context, const char *file, unsigned line, unsigned column,
                          const char *sentence)
{
    (void)context;
    fprintf(stderr, "%s:%u:%u: %s\n", file, line, column, sentence);
}

/* COUNT owners, every second one a delegation with two NS, as in a top-level domain. */
static char *write_text(unsigned count)
{
    size_t capacity = 200 + count * (size_t)90, at = 0;
    char *text = memory_alloc(capacity);
    at += (size_t)snprintf(text, capacity, "$TTL 3600\n@ SOA ns1 admin 1 2 3 4 5\n@ NS ns1\n");
    for (unsigned i = 0; i < count; i++)
        at += (size_t)snprintf(text + at, capacity - at,
                               i % 2 ? "h%07u NS ns1.h%07u\nh%07u NS ns2.h%07u\n"
                                     : "h%07u A 192.0.2.1\n",
                               i, i - 1, i, i - 1);
    return text;
}

static void draw_questions(unsigned count, const char *below)
{
    struct random random = {.key = count};
    for (size_t i = 0; i < QUESTIONS; i++) {
        char text[40];
        const char *error;
        unsigned host = random_below(&random, count / 2) * 2 + (below[0] == 's');
        snprintf(text, sizeof text, below, host);
        name_from_text(bytes_of_text(text), origin, questions[i], &error);
    }
}

static void put(json_t *out, const char *key, double value)
{
    json_object_set_new(out, key, json_real(value));
}

static struct zone *load(json_t *out, unsigned count)
{
    struct zonefile_options options = {.origin = origin, .file = "bench", .report = ignore_report};
    char *text = write_text(count);
    size_t bytes = mallinfo2().uordblks;
    double start_ns = bench_cpu_ns();
    struct zone *zone = zonefile_load(bytes_of_text(text), &options);
    double records = (double)zone_record_count(zone);
    put(out, "load_ns_per_record", (bench_cpu_ns() - start_ns) / records);
    put(out, "bytes_per_record", (double)(mallinfo2().uordblks - bytes) / records);
    free(text);
    return zone;
}

static void search(json_t *out, const struct zone *zone)
{
    double start_ns = bench_cpu_ns();
    for (size_t i = 0; i < ROUNDS; i++)
        sink += zone_find(zone, questions[i % QUESTIONS]) != NULL;
    put(out, "find_ns", (bench_cpu_ns() - start_ns) / ROUNDS);
}

static void change(json_t *out, struct zone *zone)
{
    double start_ns = bench_cpu_ns();
    zone_retain(zone);
    for (size_t i = 0; i < EDITS; i++) {
        struct rr rr = {questions[i % QUESTIONS], RR_TXT, CLASS_IN, 60, bytes_of("\1x", 2)};
        struct zone_edit *edit = zone_edit_begin(zone);
        if (zone_edit_add(edit, &rr) != ZONE_EDIT_OK)
            zone_edit_remove(edit, &rr);
        zone_edit_raise_serial(edit);
        zone_release(zone);
        zone = zone_edit_finish(edit);
    }
    zone_release(zone);
    put(out, "version_ns", (bench_cpu_ns() - start_ns) / EDITS);
}

static void answer(json_t *out, const char *key, const struct zone *zone)
{
    static struct message_writer w;
    static uint8_t wire[MESSAGE_UDP_EDNS_MAX];
    double start_ns = bench_cpu_ns();
    for (size_t i = 0; i < ROUNDS; i++) {
        struct answer_question question = {questions[i % QUESTIONS], RR_A, false};
        message_begin(&w, wire, sizeof wire, 1, OPCODE_QUERY, FLAG_QR);
        message_write_question(&w, question.qname, RR_A, CLASS_IN);
        sink += answer_write(&w, zone, &question).rcode;
        sink += message_end(&w, 0, 0);
    }
    put(out, key, (bench_cpu_ns() - start_ns) / ROUNDS);
}

void bench_zone(json_t *out)
{
    static const unsigned counts[] = {10000, 500000};
    json_t *all = json_object();
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        char key[16];
        json_t *figures = json_object();
        struct zone *zone = load(figures, counts[i]);
        draw_questions(counts[i], "h%07u");
        search(figures, zone);
        change(figures, zone);
        answer(figures, "answer_ns", zone);
        draw_questions(counts[i], "x.h%07u");
        answer(figures, "no_name_ns", zone);
        draw_questions(counts[i], "sub.h%07u");
        answer(figures, "referral_ns", zone);
        zone_release(zone);
        snprintf(key, sizeof key, "%u", counts[i]);
        json_object_set_new(all, key, figures);
    }
    json_object_set_new(out, "zone", all);
}
