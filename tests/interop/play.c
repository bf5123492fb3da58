/* What the scripted primary says, on whatever network: a message in, a message out. */
#include "tests/interop/play.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/zone_text.h"

#define TELLS_AFTER_NS (4 * NS_PER_S)

const struct play_case play_cases[PLAY_CASES] = {
    {"silent.test.", PLAY_SILENT, 60, 60, false},
    {"refused.test.", PLAY_REFUSES, 60, 60, false},
    {"news.test.", PLAY_SERVES_NEWER, 3600, 600, false},
    {"refresh.test.", PLAY_SERVES, 12, 4, false},
    {"denied.test.", PLAY_REFUSES_LATER, 6, 4, false},
    {"mute.test.", PLAY_SILENT_LATER, 6, 4, false},
    {"disk.test.", PLAY_SERVES, 3600, 600, false},
    {"told.test.", PLAY_SILENT, 3600, 8, true},
};

const char *play_zone_text(size_t number, uint32_t serial)
{
    static char text[512];
    snprintf(text, sizeof text,
             "@ 3600 IN SOA ns1 hostmaster %u %u %u 604800 300\n@ 3600 IN NS ns1\n"
             "ns1 3600 IN A 192.0.2.1\n",
             serial, play_cases[number].refresh_s, play_cases[number].retry_s);
    return text;
}

void play_begin(struct play *play, bool restarted)
{
    *play = (struct play){.tells_ns = TIME_NEVER};
    for (size_t i = 0; i < PLAY_CASES; i++) {
        for (uint32_t n = 0; n < 2; n++)
            play->versions[i][n] = zone_from_text(play_cases[i].zone, play_zone_text(i, n + 1));
        play->fetched[i] = restarted;
    }
    play->told = restarted;
}

void play_end(struct play *play)
{
    for (size_t i = 0; i < PLAY_CASES; i++)
        for (size_t n = 0; n < 2; n++)
            zone_release(play->versions[i][n]);
}

/* ---- messages -------------------------------------------------------------------------------- */

/* All of ZONE, or its SOA alone. */
static void write_zone(struct message_writer *w, const struct zone *zone, bool whole)
{
    struct zone_walk walk = {.zone = zone};
    struct rr rr, soa;
    bool good = zone_walk_next(&walk, &soa) && message_write_rr(w, SECTION_ANSWER, &soa);
    while (whole && zone_walk_next(&walk, &rr))
        good = good && message_write_rr(w, SECTION_ANSWER, &rr);
    if (whole)
        good = good && message_write_rr(w, SECTION_ANSWER, &soa);
    assert(good);
}

static uint32_t serial_in(const struct message *message)
{
    static struct message_cursor cursor;
    struct soa soa = {0};
    message_cursor_start(&cursor, message);
    for (struct rr rr; message_next(&cursor, &rr);)
        if (rr.type == RR_SOA && rr_soa_parse(rr.rdata, &soa))
            break;
    return soa.serial;
}

static size_t write_answer(const struct message *query, const struct zone *version, unsigned rcode,
                           uint8_t answer[PLAY_ANSWER_MAX])
{
    struct message_writer w;
    bool whole = query->qtype == RR_AXFR ||
                 (query->qtype == RR_IXFR && serial_in(query) != zone_serial(version));
    message_begin(&w, answer, PLAY_ANSWER_MAX, query->id, (enum opcode)query->opcode,
                  FLAG_QR | FLAG_AA);
    message_write_question(&w, query->qname, query->qtype, query->qclass);
    if (rcode == RCODE_NOERROR && query->opcode == OPCODE_QUERY)
        write_zone(&w, version, whole);
    if (query->edns.present)
        message_write_opt(&w, MESSAGE_UDP_EDNS_MAX, false, rcode, bytes_of(NULL, 0));
    return message_end(&w, 0, rcode);
}

/* ---- its part -------------------------------------------------------------------------------- */

static bool is_transfer(const struct message *query)
{
    return query->qtype == RR_AXFR || query->qtype == RR_IXFR;
}

/* Returns the size of the answer. */
static size_t reply(struct play *play, const struct play_entry *entry, const struct message *query,
                    uint8_t answer[PLAY_ANSWER_MAX])
{
    const struct play_case *here = &play_cases[entry->number];
    bool is_newer = play->told && entry->address == 1 && here->way == PLAY_SERVES_NEWER;
    bool was_fetched = play->fetched[entry->number];
    if (here->way == PLAY_SILENT || (here->way == PLAY_SILENT_LATER && was_fetched))
        return 0;
    bool refuses = here->way == PLAY_REFUSES || (here->way == PLAY_REFUSES_LATER && was_fetched);
    if (is_transfer(query) && !refuses) {
        play->fetched[entry->number] = true;
        if (!was_fetched && here->way == PLAY_SERVES_NEWER)
            play->tells_ns = entry->at_ns + TELLS_AFTER_NS;
    }
    return write_answer(query, play->versions[entry->number][is_newer],
                        refuses ? RCODE_REFUSED : RCODE_NOERROR, answer);
}

static bool is_question(struct message *message, struct bytes wire)
{
    return message_parse(message, wire) == MESSAGE_OK && !(message->flags & FLAG_QR) &&
           message->question_count == 1;
}

static void describe(struct play_entry *entry, const struct message *query, bool tcp)
{
    bool soa = query->opcode == OPCODE_QUERY && query->qtype == RR_SOA;
    char type[16];
    snprintf(entry->what, sizeof entry->what, "%s %s%s", tcp ? "tcp" : "udp",
             query->opcode == OPCODE_NOTIFY ? "NOTIFY" : rr_type_to_text(query->qtype, type),
             soa && !tcp && query->edns.present ? " edns" : "");
}

bool play_hear(struct play *play, struct bytes wire, bool tcp, struct play_entry *entry,
               uint8_t answer[PLAY_ANSWER_MAX], size_t *size)
{
    struct message query;
    *size = 0;
    if (!is_question(&query, wire))
        return false;
    for (size_t i = 0; i < PLAY_CASES; i++)
        if (name_equal(query.qname, zone_origin(play->versions[i][0]))) {
            entry->number = i;
            describe(entry, &query, tcp);
            *size = reply(play, entry, &query, answer);
            return true;
        }
    return false;
}

size_t play_tell(struct play *play, uint8_t data[PLAY_ANSWER_MAX])
{
    struct message_writer w;
    size_t number = 0;
    while (play_cases[number].way != PLAY_SERVES_NEWER)
        number++;
    play->tells_ns = TIME_NEVER;
    play->told = true;
    message_begin(&w, data, PLAY_ANSWER_MAX, 4711, OPCODE_NOTIFY, FLAG_AA);
    message_write_question(&w, zone_origin(play->versions[number][1]), RR_SOA, CLASS_IN);
    write_zone(&w, play->versions[number][1], false);
    return message_end(&w, 0, RCODE_NOERROR);
}

int play_zone(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < PLAY_CASES; i++)
        if (strcmp(argv[0], play_cases[i].zone) == 0) {
            fputs(play_zone_text(i, (uint32_t)(argv[1][0] - '0')), stdout);
            return 0;
        }
    return 2;
}
