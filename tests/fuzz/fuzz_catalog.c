/*
 * A server that holds the members of two catalogs, and changes of these: labels,
 * members, properties and versions from a small vocabulary, between questions that
 * fail, restarts and time. Whatever comes, who is held by whom must agree with what
 * the catalogs say, and nothing may be left behind.
 *
 * Input: operations of an octet each, with arguments after it:
 *   0, 1 change of a catalog   2 time   3 an answer   4 end of a connection   5 restart
 */
#include "tests/support/server_setup.h"

#include <assert.h>
#include <stdio.h>

#include "nodes/dns/zonefile.h"
#include "nodes/server_catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OPERATIONS = 6, CATALOGS = 2, GROUPS = 2, STEPS_MAX = 4, SECOND_MOST = 3 };

static const char *const origins[] = {"one.", "two.", "own."};
static const char *const targets[] = {"a.", "b.", "C.", "own.", "one.", "two.", "d.c.", "."};
static const char *const labels[] = {"x", "Y", "z", "coo.x"};

static struct server_zone_config zones[CATALOGS + 1], members[CATALOGS], grouped[GROUPS];
static struct server_member_group groups[GROUPS];
static uint8_t names[CATALOGS + 1][8];
static struct address sources[2];

/* ---- operations ---------------------------------------------------------------------------- */

/* What one octet says of a catalog. */
static void write_record(uint8_t code, char *line, size_t capacity)
{
    const char *label = labels[code >> 2 & 3], *target = targets[code >> 4 & 7];
    switch (code & 3) {
    case 0:
        snprintf(line, capacity, "%s.zones 0 PTR %s", label, target);
        break;
    case 1:
        snprintf(line, capacity, "coo.%s.zones 0 PTR %s", label, target);
        break;
    case 2:
        snprintf(line, capacity, "group.%s.zones 0 TXT %s", label, target);
        break;
    case 3:
        snprintf(line, capacity, "version 0 TXT %d", code >> 2 & 1 ? 3 : 2);
        break;
    }
}

static void change(struct node_driver *driver, struct reader *r, uint8_t operation)
{
    static uint8_t owners[STEPS_MAX][NAME_SIZE_MAX], rdata[STEPS_MAX][65535];
    struct server_change_step steps[STEPS_MAX] = {0};
    struct server_change change = {.origin = names[operation >> 3 & 1], .steps = steps};
    size_t count = 1 + (operation >> 4 & 3);
    for (size_t i = 0; i < count; i++) {
        char line[100], error[200];
        uint8_t code = reader_u8(r);
        write_record(code, line, sizeof line);
        steps[i].kind = code >> 7 ? SERVER_CHANGE_REMOVE : SERVER_CHANGE_ADD;
        bool good = zonefile_parse_rr(bytes_of_text(line), change.origin, 0, owners[i], rdata[i],
                                      &steps[i].rr, error);
        assert(good);
    }
    change.step_count = count;
    driver_command(driver, SERVER_COMMAND_CHANGE, bytes_of(&change, sizeof change));
}

/* The last datagram of each open socket is sent back as an answer. */
static void answer(struct node_driver *driver, uint8_t code)
{
    uint8_t data[512];
    for (size_t i = driver->output_count; i-- > 0;) {
        const struct driver_output *output = &driver->outputs[i];
        if (output->kind != HOST_DO_SEND || output->bytes.size > sizeof data ||
            driver->socket_list[output->socket].state != DRIVER_UDP)
            continue;
        struct address local = driver->socket_list[output->socket].local;
        struct address remote = output->remote;
        size_t size = output->bytes.size;
        memcpy(data, output->bytes.data, size);
        data[2] |= 0x84;
        data[3] = code & 15;
        driver_datagram(driver, &local, &remote, bytes_of(data, size));
        return;
    }
}

static void end_connection(struct node_driver *driver, uint8_t code)
{
    for (uint32_t i = 1; i < driver->socket_capacity; i++) {
        if (driver->socket_list[i].state == DRIVER_CONNECTING && code & 1)
            driver_connected(driver, i, 3000);
        else if (driver->socket_list[i].state == DRIVER_CONNECTING)
            driver_connect_failed(driver, i, HOST_REFUSED);
        else if (driver->socket_list[i].state == DRIVER_OPEN)
            driver_finished(driver, i);
        else
            continue;
        return;
    }
}

static void restart(struct node_driver *driver, uint8_t code)
{
    driver->disk_as_octets = code & 1;
    driver->disk_cut = code >> 1;
    driver_crash(driver);
    driver_start(driver);
}

static void operate(struct node_driver *driver, struct reader *r)
{
    uint8_t operation = reader_u8(r);
    switch ((operation & 7) % OPERATIONS) {
    case 0:
    case 1:
        change(driver, r, operation);
        break;
    case 2:
        driver_advance(driver, driver->now_ns + reader_u8(r) * 10 * NS_PER_S);
        break;
    case 3:
        answer(driver, reader_u8(r));
        break;
    case 4:
        end_connection(driver, reader_u8(r));
        break;
    case 5:
        restart(driver, reader_u8(r));
        break;
    }
}

/* ---- what must hold ------------------------------------------------------------------------ */

static void check_catalog(const struct server *server, const struct server_catalog *catalog)
{
    struct catalog read;
    const char *why = catalog_read(catalog->zone->version, &read);
    size_t at = 0;
    for (size_t i = 0; i < catalog->count; i++) {
        const struct server_member *member = catalog->members[i];
        assert(member->catalog == catalog && member->zone.member == member);
        assert(server_find_origin(server, member->zone.origin) == &member->zone);
        assert(i == 0 ||
               name_compare(catalog->members[i - 1]->zone.origin, member->zone.origin) < 0);
        while (!why && at < read.count && !name_equal(read.entries[at].zone, member->zone.origin))
            at++;
        assert(why || (at < read.count && name_equal(read.entries[at].label, member->label)));
        assert(why || server_member_group(catalog, &read.entries[at]) == member->group);
        assert(member->place == i);
    }
    size_t most = catalog->zone->config->members_max;
    assert(most == 0 || catalog->count <= most);
    for (size_t i = 0; !why && most == 0 && i < read.count; i++)
        assert(server_find_origin(server, read.entries[i].zone));
    catalog_free(&read);
}

static void check(const struct node_driver *driver)
{
    const struct server *server = driver->state;
    size_t count = CATALOGS + 1;
    for (const struct server_catalog *catalog = server->catalogs; catalog;
         catalog = catalog->next) {
        check_catalog(server, catalog);
        count += catalog->count;
    }
    assert(server->zones.count == count);
    assert(!server->catalogs_due);
}

/* ---- the server ---------------------------------------------------------------------------- */

static void configure(struct zone *catalogs[CATALOGS])
{
    sources[0] = address_of("192.0.2.1:53");
    sources[1] = address_of("192.0.2.9:53");
    for (size_t i = 0; i <= CATALOGS; i++) {
        name_copy(name_of(origins[i]), names[i]);
        zones[i] = (struct server_zone_config){
            .origin = names[i], .role = NOTE_SECONDARY, .sources = {.list = sources, .count = 1}};
        if (i == CATALOGS)
            break;
        catalogs[i] = zone_from_text(origins[i], "@ 0 IN SOA a. b. 1 3600 600 86400 0\n"
                                                 "@ 0 IN NS a.\nversion 0 IN TXT 2\n");
        members[i] = zones[i];
        members[i].origin = NULL;
        members[i].sources.count = i + 1;
        grouped[i] = members[i];
        grouped[i].sources.count = 2 - i;
        groups[i] = (struct server_member_group){
            "group", i == 0 ? bytes_of("\2a.", 3) : bytes_of("\2b.", 3), &grouped[i]};
        zones[i].role = NOTE_PRIMARY;
        zones[i].zone = catalogs[i];
        zones[i].members = &members[i];
        zones[i].groups = groups;
        zones[i].group_count = GROUPS;
    }
    zones[1].members_max = SECOND_MOST;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zone_store *store = zone_store_create();
    struct zone *catalogs[CATALOGS];
    configure(catalogs);
    struct server_config config = {.store = store, .zones = zones, .zone_count = CATALOGS + 1};
    config.limits = (struct server_limits){.transfers_in = 2, .soa_rate = 2};
    struct reader r = reader_of(data, size);
    struct node_driver driver;
    driver_create(&driver, &server_node, &config, 0);
    for (int i = 0; i < 200 && reader_left(&r) > 0; i++) {
        operate(&driver, &r);
        check(&driver);
        if (driver.output_count > 1000)
            driver_forget(&driver);
    }
    driver_free(&driver);
    for (size_t i = 0; i < CATALOGS; i++)
        zone_release(catalogs[i]);
    zone_store_destroy(store);
    return 0;
}
