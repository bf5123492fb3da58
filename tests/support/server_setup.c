/* Name servers for tests. */
#include "tests/support/server_setup.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "nodes/dns/zonefile.h"

struct address address_of(const char *text)
{
    struct address address = {0};
    bool good =
        strchr(text, ':') ? address_parse_port(text, &address) : address_parse(text, &address);
    assert(good);
    return address;
}

/* ---- zones --------------------------------------------------------------------------------- */

struct zone *setup_zone_with(uint32_t serial, const char *timers, const char *lines)
{
    size_t size = strlen(lines) + 500;
    char *text = memory_alloc(size);
    snprintf(text, size,
             "@ 3600 IN SOA ns1 hostmaster %u %s\n"
             "@ 3600 IN NS ns1\n@ 3600 IN NS ns2\n"
             "ns1 3600 IN A 192.0.2.1\nns2 3600 IN A 192.0.2.2\n"
             "www 300 IN A 192.0.2.80\n%s",
             serial, timers, lines);
    struct zone *zone = zone_from_text("example.com.", text);
    free(text);
    return zone;
}

struct zone *setup_zone(uint32_t serial, size_t hosts)
{
    char *lines = memory_alloc(hosts * 40 + 1);
    size_t at = 0;
    lines[0] = 0;
    for (size_t i = 0; i < hosts; i++)
        at += (size_t)snprintf(lines + at, 40, "h%zu 300 IN A 10.%zu.%zu.%zu\n", i, i >> 16 & 255,
                               i >> 8 & 255, i & 255);
    struct zone *zone = setup_zone_with(serial, "3600 900 604800 300", lines);
    free(lines);
    return zone;
}

/* ---- servers ------------------------------------------------------------------------------- */

void setup_server(struct setup *setup, struct zone_store *store, struct zone *zone)
{
    *setup = (struct setup){.policy = server_policy_rfc};
    setup->zone = (struct server_zone_config){
        .origin = (const uint8_t *)"\7example\3com",
        .role = zone ? NOTE_PRIMARY : NOTE_SECONDARY,
        .zone = zone,
        .sources.list = setup->sources,
        .notify.list = setup->notify,
        .allow_transfer.any = true,
        .request_ixfr = true,
        .provide_ixfr = true,
        .journal_size_max = 1 << 20,
    };
    setup->config = (struct server_config){
        .store = store, .policy = &setup->policy, .zones = &setup->zone, .zone_count = 1};
    if (!zone)
        setup_add_source(setup, "192.0.2.1");
}

void setup_add_source(struct setup *setup, const char *address)
{
    assert(setup->zone.sources.count < SETUP_ADDRESSES);
    setup->sources[setup->zone.sources.count++] = address_of(address);
}

void setup_add_notify(struct setup *setup, const char *address)
{
    assert(setup->zone.notify.count < SETUP_ADDRESSES);
    setup->notify[setup->zone.notify.count++] = address_of(address);
}

/* ---- messages ------------------------------------------------------------------------------ */

enum { ID = 0x1234 };

struct bytes setup_query(const char *name, uint16_t type, uint16_t edns_size)
{
    static uint8_t data[512];
    size_t size =
        message_make_query(data, sizeof data, ID, 0, name_of(name), type, edns_size, false);
    return bytes_of(data, size);
}

static void write_soa(struct message_writer *w, enum message_section section, uint32_t serial)
{
    static const uint8_t names[] = "\3ns1\7example\3com\0\12hostmaster\7example\3com";
    uint8_t rdata[sizeof names + 20];
    memcpy(rdata, names, sizeof names);
    const uint32_t numbers[] = {serial, 3600, 900, 604800, 300};
    for (size_t i = 0; i < 5; i++)
        bytes_put_u32(rdata + sizeof names + 4 * i, numbers[i]);
    struct rr rr = {.owner = name_of("example.com."),
                    .type = RR_SOA,
                    .class = CLASS_IN,
                    .ttl = 3600,
                    .rdata = bytes_of(rdata, sizeof rdata)};
    bool good = message_write_rr(w, section, &rr);
    assert(good);
}

struct bytes setup_notify(uint32_t serial)
{
    static uint8_t data[512];
    struct message_writer w;
    message_begin(&w, data, sizeof data, ID, OPCODE_NOTIFY, FLAG_AA);
    message_write_question(&w, name_of("example.com."), RR_SOA, CLASS_IN);
    if (serial != 0)
        write_soa(&w, SECTION_ANSWER, serial);
    return bytes_of(data, message_end(&w, 0, RCODE_NOERROR));
}

struct bytes setup_transfer(uint32_t serial)
{
    static uint8_t data[512];
    struct message_writer w;
    message_begin(&w, data, sizeof data, ID, OPCODE_QUERY, 0);
    message_write_question(&w, name_of("example.com."), serial ? RR_IXFR : RR_AXFR, CLASS_IN);
    if (serial != 0)
        write_soa(&w, SECTION_AUTHORITY, serial);
    return bytes_of(data, message_end(&w, 0, RCODE_NOERROR));
}

struct bytes setup_framed(struct bytes message)
{
    static uint8_t data[2 + 65535];
    bytes_put_u16(data, (uint16_t)message.size);
    memcpy(data + 2, message.data, message.size);
    return bytes_of(data, 2 + message.size);
}

struct bytes setup_soa_answer(struct bytes query, uint32_t serial, unsigned rcode)
{
    static uint8_t data[512];
    struct message message;
    struct message_writer w;
    setup_parse(&message, query);
    message_begin(&w, data, sizeof data, message.id, OPCODE_QUERY, FLAG_QR | FLAG_AA);
    message_write_question(&w, message.qname, message.qtype, message.qclass);
    if (rcode == RCODE_NOERROR)
        write_soa(&w, SECTION_ANSWER, serial);
    if (message.edns.present)
        message_write_opt(&w, 1232, false, rcode, (struct bytes){0});
    return bytes_of(data, message_end(&w, 0, rcode));
}

void setup_parse(struct message *message, struct bytes bytes)
{
    enum message_error error = message_parse(message, bytes);
    assert(error == MESSAGE_OK);
}

uint32_t setup_serial_in(const struct message *message)
{
    static struct message_cursor cursor;
    struct soa soa = {0};
    bool found = false;
    message_cursor_start(&cursor, message);
    for (struct rr rr; !found && message_next(&cursor, &rr);)
        found = rr.type == RR_SOA && rr_soa_parse(rr.rdata, &soa);
    assert(found);
    return soa.serial;
}

/* ---- commands ------------------------------------------------------------------------------ */

void setup_change(struct node_driver *driver, const char *record, bool remove)
{
    static uint8_t owner[NAME_SIZE_MAX], rdata[65535];
    char error[200];
    struct server_change_step step = {.kind = remove ? SERVER_CHANGE_REMOVE : SERVER_CHANGE_ADD};
    bool good = zonefile_parse_rr(bytes_of_text(record), name_of("example.com."), 300, owner, rdata,
                                  &step.rr, error);
    assert(good);
    struct server_change change = {
        .origin = name_of("example.com."), .steps = &step, .step_count = 1};
    driver_command(driver, SERVER_COMMAND_CHANGE, bytes_of(&change, sizeof change));
}
