/*
 * The stream of an AXFR or IXFR answer, read alone. What comes out must be a whole
 * version of the zone with the serial announced, which the differences lead to from
 * the one before, or a reason; and nothing may leak whatever it ends with.
 *
 * Input: an octet of choices, then either framed messages, which get the id of the
 * query unless they are told not to, or octets that each stand for a record of
 * RECORDS or, from MESSAGE_END on, for the end of a message.
 */
#include "nodes/dns/zonefile.h"
#include "nodes/transfer_in.h"
#include "tests/support/server_setup.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum choice { IXFR = 1, WITH_BASE = 2, EXPIRED = 4, ZONEMD = 8, AS_IS = 16, BY_RECORD = 32 };
enum { ID = 77, MESSAGE_MAX = 16384, MESSAGE_END = 0xf0 };

#define TIMERS " 3600 900 604800 300"
static const char *const records[] = {
    "@ 3600 SOA ns1 hostmaster 1" TIMERS,
    "@ 3600 SOA ns1 hostmaster 2" TIMERS,
    "@ 3600 SOA ns1 hostmaster 3" TIMERS,
    "@ 3600 SOA ns1 hostmaster 0" TIMERS,
    "@ 60 SOA ns1 hostmaster 2 1 1 1 1",
    "www 3600 SOA ns1 hostmaster 2" TIMERS,
    "@ 3600 NS ns1",
    "@ 3600 NS ns2",
    "ns1 3600 A 192.0.2.1",
    "ns2 3600 A 192.0.2.2",
    "www 300 A 192.0.2.80",
    "www 301 A 192.0.2.81",
    "WWW 300 A 192.0.2.80",
    "www 300 CNAME ns1",
    "h0 300 A 10.0.0.0",
    "h1 300 A 10.0.0.1",
    "sub 300 NS ns.sub",
    "ns.sub 300 A 192.0.2.5",
    "outside.example.org. 300 A 192.0.2.6",
    "@ 300 ZONEMD 2 1 1 "
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000",
    "d 300 DNAME other",
    "* 300 TXT \"wild\"",
};
enum { RECORDS = sizeof records / sizeof records[0] };

struct reading {
    struct transfer_in *transfer;
    struct zone *base;
    uint8_t choices;
};

/* ---- what must be true of the end ---------------------------------------------------------- */

static void check_diffs(const struct reading *reading, const struct zone *zone)
{
    size_t count;
    struct zone_diff *const *diffs = transfer_in_diffs(reading->transfer, &count);
    if (count == 0)
        return;
    struct zone *reached = zone_retain(reading->base);
    for (size_t i = 0; i < count; i++) {
        struct zone *next = zone_diff_apply(reached, diffs[i]);
        assert(next);
        zone_release(reached);
        reached = next;
    }
    assert(zone_equal(reached, zone));
    struct zone_diff *condensed = zone_diff_condense(zone, diffs, count);
    zone_diff_release(condensed);
    zone_release(reached);
}

static void check_done(const struct reading *reading)
{
    struct zone *zone = transfer_in_take(reading->transfer);
    assert(zone && zone_serial(zone) == transfer_in_serial(reading->transfer));
    assert(name_equal(zone_origin(zone), name_of("example.com.")));
    assert((reading->choices & EXPIRED) || !reading->base ||
           serial_is_after(zone_serial(zone), zone_serial(reading->base)));
    check_diffs(reading, zone);
    zone_release(zone);
}

/* False: it is over. */
static bool read_message(const struct reading *reading, struct bytes wire)
{
    switch (transfer_in_message(reading->transfer, wire)) {
    case TRANSFER_IN_MORE:
        return true;
    case TRANSFER_IN_DONE:
        check_done(reading);
        break;
    case TRANSFER_IN_CURRENT:
        assert(reading->base &&
               transfer_in_serial(reading->transfer) == zone_serial(reading->base));
        break;
    case TRANSFER_IN_FAILED:
        assert(transfer_in_why(reading->transfer));
        assert(!transfer_in_wants_axfr(reading->transfer) || (reading->choices & IXFR));
        break;
    }
    return false;
}

/* ---- both kinds of input ------------------------------------------------------------------- */

static void read_framed(const struct reading *reading, struct reader r)
{
    static uint8_t message[MESSAGE_MAX];
    bool more = true;
    while (more && reader_left(&r) > 2) {
        size_t size = reader_u16(&r) % MESSAGE_MAX;
        size = size < reader_left(&r) ? size : reader_left(&r);
        memcpy(message, reader_take(&r, size), size);
        if (size >= 3 && !(reading->choices & AS_IS)) {
            bytes_put_u16(message, ID);
            message[2] |= 0x80;
        }
        more = read_message(reading, bytes_of(message, size));
    }
}

/* Reading them takes longer than all else, so it is done once. */
static const struct rr *record(size_t n)
{
    static uint8_t owners[RECORDS][NAME_SIZE_MAX], rdatas[RECORDS][65535];
    static struct rr parsed[RECORDS];
    char error[200];
    if (parsed[n].owner)
        return &parsed[n];
    bool good = zonefile_parse_rr(bytes_of_text(records[n]), name_of("example.com."), 300,
                                  owners[n], rdatas[n], &parsed[n], error);
    assert(good);
    return &parsed[n];
}

static void read_by_record(const struct reading *reading, struct reader r)
{
    static uint8_t data[MESSAGE_MAX];
    struct message_writer w;
    bool more = true, first = true;
    while (more && reader_left(&r) > 0) {
        uint8_t octet = 0;
        message_begin(&w, data, sizeof data, ID, OPCODE_QUERY, FLAG_QR | FLAG_AA);
        if (first)
            message_write_question(&w, name_of("example.com."),
                                   reading->choices & IXFR ? RR_IXFR : RR_AXFR, CLASS_IN);
        while (reader_left(&r) > 0 && (octet = reader_u8(&r)) < MESSAGE_END)
            message_write_rr(&w, SECTION_ANSWER, record(octet % RECORDS));
        more = read_message(reading, bytes_of(data, message_end(&w, 0, RCODE_NOERROR)));
        first = false;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct zone_store *store; /* kept, and version 1 in it: other versions leave it again */
    static struct zone *base;
    struct reader r = reader_of(data, size);
    struct reading reading = {.choices = reader_u8(&r)};
    if (!store) {
        store = zone_store_create();
        base = zone_store_intern(store, setup_zone(1, 2));
    }
    if (reading.choices & (IXFR | WITH_BASE))
        reading.base = base;
    struct transfer_in_request request = {.origin = name_of("example.com."),
                                          .base = reading.base,
                                          .store = store,
                                          .id = ID,
                                          .ixfr = reading.choices & IXFR,
                                          .any_serial = reading.choices & EXPIRED,
                                          .check_zonemd = reading.choices & ZONEMD,
                                          .size_max = 60000};
    reading.transfer = transfer_in_create(&request);
    if (reading.choices & BY_RECORD)
        read_by_record(&reading, r);
    else
        read_framed(&reading, r);
    transfer_in_free(reading.transfer);
    return 0;
}
