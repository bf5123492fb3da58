/* Two servers and two catalogs. */
#include "tests/support/catalog_net.h"

#include <stdio.h>

static const char *const names[] = {"one.", "two.", "a.", "b.", "c.", "own."};
enum { CATALOGS = 2, ZONES = sizeof names / sizeof *names };

struct server_zone_config catalog_net_options;

static struct zone *versions[ZONES];
static struct server_zone_config primaries[ZONES], secondaries[CATALOGS + 1], members;
static uint8_t origins[ZONES][8];
static struct address primary_address, secondary_address;

static struct zone *make(const char *name, uint32_t serial, const char *lines)
{
    char text[5000];
    snprintf(text, sizeof text,
             "@ 0 IN SOA invalid. invalid. %u 3600 600 86400 0\n@ 0 IN NS invalid.\n%s", serial,
             lines);
    return zone_from_text(name, text);
}

static void configure(struct server_zone_config *config, enum note_role role, const uint8_t *origin)
{
    *config = (struct server_zone_config){.origin = origin,
                                          .role = role,
                                          .allow_transfer.any = true,
                                          .request_ixfr = true,
                                          .provide_ixfr = true,
                                          .journal_size_max = 1 << 20};
    if (role == NOTE_PRIMARY)
        config->notify = (struct server_addresses){.list = &secondary_address, .count = 1};
    else
        config->sources = (struct server_addresses){.list = &primary_address, .count = 1};
}

void catalog_net_start(const char *lines_of_one)
{
    char text[4000];
    net = (struct node_pipe){0};
    store = zone_store_create();
    zone = NULL;
    primary_address = address_of("192.0.2.1");
    secondary_address = address_of("192.0.2.2");
    snprintf(text, sizeof text, "version 0 IN TXT 2\n%s", lines_of_one);
    for (size_t i = 0; i < ZONES; i++) {
        name_copy(name_of(names[i]), origins[i]);
        configure(&primaries[i], NOTE_PRIMARY, origins[i]);
        versions[i] = make(names[i], 1, i == 0 ? text : i == 1 ? "version 0 IN TXT 2\n" : "");
        primaries[i].zone = versions[i];
    }
    configure(&members, NOTE_SECONDARY, NULL);
    for (size_t i = 0; i < CATALOGS; i++) {
        configure(&secondaries[i], NOTE_SECONDARY, origins[i]);
        secondaries[i].members = &members;
        secondaries[i].groups = catalog_net_options.groups;
        secondaries[i].group_count = catalog_net_options.group_count;
        secondaries[i].members_max = catalog_net_options.members_max;
    }
    configure(&secondaries[CATALOGS], NOTE_SECONDARY, origins[ZONES - 1]);
    setups[0].config =
        (struct server_config){.store = store, .zones = primaries, .zone_count = ZONES};
    setups[1].config =
        (struct server_config){.store = store, .zones = secondaries, .zone_count = CATALOGS + 1};
    net_add(0, "192.0.2.1");
    net_add(1, "192.0.2.2");
    net_run_seconds(2);
}

int catalog_net_stop(void **state)
{
    for (size_t i = 0; i < ZONES; i++)
        zone_release(versions[i]);
    catalog_net_options = (struct server_zone_config){0};
    return net_stop(state);
}

void catalog_net_publish_as(size_t n, uint32_t serial, const char *version, const char *lines)
{
    char text[4000];
    snprintf(text, sizeof text, "%s%s", version, lines);
    struct zone *replacement = make(names[n], serial, text);
    struct server_change change = {.origin = origins[n], .replacement = replacement};
    driver_command(&net.nodes[0], SERVER_COMMAND_CHANGE, bytes_of(&change, sizeof change));
    zone_release(replacement);
}

void catalog_net_publish(size_t n, uint32_t serial, const char *lines)
{
    net_forget();
    catalog_net_publish_as(n, serial, "version 0 IN TXT 2\n", lines);
    net_run_seconds(2);
}

const struct server_zone *catalog_net_held(const char *name)
{
    return server_find_origin(net.nodes[1].state, name_of(name));
}

bool catalog_net_serves(const char *name)
{
    return catalog_net_held(name) && catalog_net_held(name)->serving;
}

size_t catalog_net_files(const char *prefix)
{
    const struct node_driver *driver = &net.nodes[1];
    size_t count = 0;
    for (size_t i = 0; i < driver->file_count; i++)
        count +=
            driver->files[i].synced && strncmp(driver->files[i].name, prefix, strlen(prefix)) == 0;
    return count;
}

void catalog_net_restart(bool octets, bool primary_down)
{
    pipe_crash(&net, 1);
    net.nodes[1].disk_as_octets = octets;
    net.down[0] = primary_down;
    net_forget();
    pipe_start(&net, 1);
}
