/* The scripted primary in virtual time, before one of our own servers with one zone. */
#include <stdlib.h>
#include <string.h>

#include "nodes/server.h"
#include "nodes/stream.h"
#include "tests/interop/play.h"
#include "tests/support/node_driver.h"
#include "tests/support/zone_text.h"

/* When the server is stopped and started again, and how long that takes. */
#define RESTART_NS (20 * NS_PER_S)
#define PAUSE_NS NS_PER_S

enum { CREDIT = 1 << 16 };

struct rehearsal {
    struct play play;
    struct node_driver driver;
    struct server_policy policy;
    struct server_zone_config zone;
    struct server_config config;
    struct address addresses[PLAY_ADDRESSES];
    size_t number;
    int64_t start_ns;
    struct play_diary *diary;
};

/* ---- the server ------------------------------------------------------------------------------ */

static bool find_policy(struct rehearsal *rehearsal, const char *name)
{
    for (enum server_software i = 0; i < SERVER_SOFTWARE_COUNT; i++)
        if (strcmp(server_policy_of(i)->name, name) == 0) {
            rehearsal->policy = *server_policy_of(i);
            return true;
        }
    return false;
}

/* As timers.sh configures the programs: timers have no lower bounds, and looks are 4 s apart. */
static void hurry(struct server_policy *policy)
{
    policy->refresh_min_s = policy->retry_min_s = 1;
    if (policy->poll_ns > 0)
        policy->poll_ns = policy->notify_poll_ns = policy->retry.base_ns =
            policy->bootstrap.base_ns = 4 * NS_PER_S;
}

static void configure(struct rehearsal *rehearsal)
{
    const struct play_case *here = &play_cases[rehearsal->number];
    struct server_addresses all = {.list = rehearsal->addresses,
                                   .count = here->way == PLAY_SERVES_NEWER ? 2 : 1};
    hurry(&rehearsal->policy);
    for (size_t i = 0; i < PLAY_ADDRESSES; i++)
        address_parse(i == 0 ? "192.0.2.1" : "192.0.2.2", &rehearsal->addresses[i]);
    rehearsal->zone = (struct server_zone_config){
        .origin = zone_origin(rehearsal->play.versions[rehearsal->number][0]),
        .role = here->is_told ? NOTE_PRIMARY : NOTE_SECONDARY,
        .request_ixfr = rehearsal->policy.requests_ixfr,
        .journal_size_max = 1 << 16};
    if (here->is_told) {
        rehearsal->zone.zone = rehearsal->play.versions[rehearsal->number][0];
        rehearsal->zone.notify = all;
    } else {
        rehearsal->zone.sources = all;
    }
    rehearsal->config = (struct server_config){.store = zone_store_create(),
                                               .policy = &rehearsal->policy,
                                               .zones = &rehearsal->zone,
                                               .zone_count = 1};
}

/* ---- the primary ----------------------------------------------------------------------------- */

static size_t address_number(const struct rehearsal *rehearsal, const struct address *address)
{
    return address_same_ip(address, &rehearsal->addresses[1]);
}

/* Returns the size of the answer, if there is one. */
static size_t hear(struct rehearsal *rehearsal, const struct driver_output *output,
                   struct bytes wire, uint8_t answer[PLAY_ANSWER_MAX])
{
    struct play_diary *diary = rehearsal->diary;
    struct play_entry entry = {.at_ns = rehearsal->driver.now_ns,
                               .address = address_number(rehearsal, &output->remote)};
    size_t size;
    if (!play_hear(&rehearsal->play, wire, output->kind == HOST_DO_WRITE, &entry, answer, &size))
        return 0;
    entry.at_ns -= rehearsal->start_ns;
    if (diary->count < PLAY_ENTRIES_MAX && entry.at_ns >= 0)
        diary->entries[diary->count++] = entry;
    return size;
}

static void take(struct rehearsal *rehearsal, const struct driver_output *output)
{
    uint8_t answer[2 + PLAY_ANSWER_MAX];
    size_t size;
    switch ((int)output->kind) {
    case HOST_DO_CONNECT:
        driver_connected(&rehearsal->driver, output->socket, CREDIT);
        break;
    case HOST_DO_SEND:
        size = hear(rehearsal, output, output->bytes, answer + 2);
        if (size > 0)
            driver_datagram(&rehearsal->driver, &output->local, &output->remote,
                            bytes_of(answer + 2, size));
        break;
    case HOST_DO_WRITE:
        size = hear(rehearsal, output,
                    bytes_of(output->bytes.data + STREAM_PREFIX_SIZE,
                             output->bytes.size - STREAM_PREFIX_SIZE),
                    answer + 2);
        bytes_put_u16(answer, (uint16_t)size);
        if (size > 0)
            driver_bytes(&rehearsal->driver, output->socket, bytes_of(answer, 2 + size));
        break;
    }
}

/* What the server has said is heard, and what that leads to. */
static void take_all(struct rehearsal *rehearsal)
{
    struct node_driver *driver = &rehearsal->driver;
    for (size_t at = 0; at < driver->output_count; at++) {
        struct driver_output output = driver->outputs[at]; /* the list moves */
        take(rehearsal, &output);
    }
    driver_forget(driver);
}

static void tell(struct rehearsal *rehearsal)
{
    uint8_t data[PLAY_ANSWER_MAX];
    struct address from = rehearsal->addresses[1], to = {.port = SERVER_PORT};
    from.port = SERVER_PORT;
    address_parse("192.0.2.53", &to);
    to.port = SERVER_PORT;
    size_t size = play_tell(&rehearsal->play, data);
    driver_datagram(&rehearsal->driver, &to, &from, bytes_of(data, size));
}

static void go_on(struct rehearsal *rehearsal, int64_t until_ns)
{
    struct node_driver *driver = &rehearsal->driver;
    take_all(rehearsal);
    while (driver->timer_ns <= until_ns || rehearsal->play.tells_ns <= until_ns) {
        bool tells = rehearsal->play.tells_ns < driver->timer_ns;
        int64_t next_ns = tells ? rehearsal->play.tells_ns : driver->timer_ns;
        driver_advance(driver, next_ns > driver->now_ns ? next_ns : driver->now_ns);
        if (tells)
            tell(rehearsal);
        take_all(rehearsal);
    }
    driver_advance(driver, until_ns);
}

static void restart(struct rehearsal *rehearsal)
{
    struct node_driver *driver = &rehearsal->driver;
    rehearsal->start_ns = driver->now_ns + RESTART_NS + PAUSE_NS;
    go_on(rehearsal, driver->now_ns + RESTART_NS);
    driver_stop(driver);
    driver_forget(driver);
    driver->now_ns += PAUSE_NS;
    driver_start(driver);
}

bool play_rehearse(struct play_diary *diary, const char *name, size_t number, bool restarted,
                   uint64_t seed)
{
    struct rehearsal rehearsal = {.number = number, .diary = diary, .start_ns = NS_PER_S};
    if (!find_policy(&rehearsal, name))
        return false;
    diary->count = 0;
    play_begin(&rehearsal.play, false);
    configure(&rehearsal);
    rehearsal.driver = (struct node_driver){.type = &server_node,
                                            .config = &rehearsal.config,
                                            .now_ns = rehearsal.start_ns,
                                            .random = {.key = seed},
                                            .next_port = 40000};
    driver_start(&rehearsal.driver);
    if (restarted)
        restart(&rehearsal);
    go_on(&rehearsal, rehearsal.start_ns + diary->end_ns);
    driver_free(&rehearsal.driver);
    zone_store_destroy(rehearsal.config.store);
    play_end(&rehearsal.play);
    return true;
}
