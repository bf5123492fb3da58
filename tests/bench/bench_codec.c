/* The codec: reading and writing the messages that most of a run consists of. */
#include "tests/bench/bench.h"

#include "nodes/dns/message.h"

enum { ROUNDS = 500000, TRANSFER_ROUNDS = 200 };

static struct message message;
static struct message_writer writer;
static struct message_cursor cursor;
static uint8_t query[512], answer[1232], transfer[MESSAGE_SIZE_MAX];
static const uint8_t qname[] = "\3www\7example\3com";
static volatile size_t sink; /* keeps the compiler from dropping the work */

static size_t make_query(size_t round)
{
    return message_make_query(query, sizeof query, (uint16_t)round, FLAG_RD, qname, RR_A,
                              MESSAGE_UDP_EDNS_MAX, true);
}

static size_t make_answer(size_t round)
{
    struct rr rr = {qname, RR_A, CLASS_IN, 300, bytes_of("\xc0\0\2\1", 4)};
    message_begin(&writer, answer, sizeof answer, (uint16_t)round, OPCODE_QUERY, FLAG_QR);
    message_reserve(&writer, MESSAGE_OPT_SIZE);
    message_write_question(&writer, qname, RR_A, CLASS_IN);
    message_write_rr(&writer, SECTION_ANSWER, &rr);
    message_write_opt(&writer, MESSAGE_UDP_EDNS_MAX, true, RCODE_NOERROR, bytes_of("", 0));
    return message_end(&writer, FLAG_AA, RCODE_NOERROR);
}

/* 64 kB of hosts with two records each. */
static size_t make_transfer(size_t round)
{
    uint8_t owner[] = "\10host0000\7example\3com";
    struct rr a = {owner, RR_A, CLASS_IN, 300, bytes_of("\xc0\0\2\1", 4)};
    struct rr mx = {owner, RR_MX, CLASS_IN, 300, bytes_of("\0\1\4mail\7example\3com", 20)};
    message_begin(&writer, transfer, sizeof transfer, (uint16_t)round, OPCODE_QUERY, FLAG_QR);
    message_write_question(&writer, owner + 9, 252, CLASS_IN);
    do {
        for (size_t at = 8; ++owner[at] > '9'; at--)
            owner[at] = '0';
    } while (message_write_rr(&writer, SECTION_ANSWER, &a) &&
             message_write_rr(&writer, SECTION_ANSWER, &mx));
    return message_end(&writer, FLAG_AA, RCODE_NOERROR);
}

static size_t read_message(struct bytes wire)
{
    struct rr rr;
    size_t size = message_parse(&message, wire);
    message_cursor_start(&cursor, &message);
    while (message_next(&cursor, &rr))
        size += rr.rdata.size;
    return size;
}

static double per_round(double start_ns, size_t rounds)
{
    return (bench_cpu_ns() - start_ns) / (double)rounds;
}

#define MEASURE(out, key, rounds, unit, work)                                                 \
    do {                                                                                      \
        double start_ns = bench_cpu_ns();                                                     \
        for (size_t round = 0; round < (rounds); round++)                                     \
            sink += (work);                                                                   \
        json_object_set_new((out), (key), json_real(per_round(start_ns, (rounds) * (unit)))); \
    } while (0)

void bench_codec(json_t *out)
{
    json_t *codec = json_object();
    struct bytes asked = bytes_of(query, make_query(0));
    struct bytes answered = bytes_of(answer, make_answer(0));
    struct bytes moved = bytes_of(transfer, make_transfer(0));
    size_t records = writer.counts[1 + SECTION_ANSWER];
    MEASURE(codec, "write_query", ROUNDS, 1, make_query(round));
    MEASURE(codec, "read_query", ROUNDS, 1, message_parse(&message, asked));
    MEASURE(codec, "write_answer", ROUNDS, 1, make_answer(round));
    MEASURE(codec, "read_answer", ROUNDS, 1, message_parse(&message, answered));
    MEASURE(codec, "read_and_walk_answer", ROUNDS, 1, read_message(answered));
    MEASURE(codec, "transfer_write_per_record", TRANSFER_ROUNDS, records, make_transfer(round));
    MEASURE(codec, "transfer_read_per_record", TRANSFER_ROUNDS, records, read_message(moved));
    json_object_set_new(codec, "transfer_octets_per_record",
                        json_real((double)moved.size / (double)records));
    json_object_set_new(out, "codec_ns", codec);
}
