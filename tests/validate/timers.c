/* NOTIFY that gets lost, changes that nobody tells of, zones that expire. */
#include "tests/validate/validate.h"

#include <math.h>
#include <stdio.h>

/* ---- NOTIFY under loss --------------------------------------------------------------------- */

/* The target is a primary of the zone as well: it hears NOTIFY and does nothing. */
struct heard {
    uint32_t last_serial;
    unsigned count;
};

static void hear(struct world *world, int64_t now_ns, uint32_t host, const struct host_note *note)
{
    struct heard *heard = world->context;
    (void)now_ns;
    if (note->kind != NOTE_NOTIFY_RECEIVED || host != sim_host_id(world->hosts[1]) ||
        note->serial == heard->last_serial)
        return;
    heard->last_serial = note->serial;
    heard->count++;
}

/* The share of changes of which no NOTIFY arrives. Long pauses: a schedule ends within 5 minutes.
 */
static double share_unheard(enum server_software software, double loss, unsigned changes)
{
    struct world world;
    struct heard heard = {0};
    world_prepare(&world, setup_zone(1, 1));
    setup_server(&world.second, world.store, world.zone);
    setup_add_notify(&world.first, "192.0.2.2");
    world.first.config.policy = server_policy_of(software);
    world.first.zone.journal_size_max = 0;
    world.note = hear;
    world.context = &heard;
    world_start(&world, 10 * NS_PER_MS, (uint32_t)(loss * 1e9));
    world_run(&world, 1000 * NS_PER_S);
    heard.count = 0;
    for (unsigned i = 0; i < changes; i++) {
        world_change(&world);
        world_run(&world, 400 * NS_PER_S);
    }
    world_end(&world);
    return 1 - (double)heard.count / changes;
}

static void row_of_loss(enum server_software software, unsigned sends, double loss)
{
    enum { CHANGES = 4000 };
    char what[80];
    double predicted = pow(loss, sends);
    snprintf(what, sizeof what, "%s, %u sends, loss %.1f", server_policy_of(software)->name, sends,
             loss);
    validate_row(what, predicted, share_unheard(software, loss, CHANGES),
                 4 * sqrt(predicted * (1 - predicted) / CHANGES));
}

void validate_notify_loss(void)
{
    const double losses[] = {.3, .5};
    validate_heading("No NOTIFY arrives: loss to the power of the sends");
    for (int i = 0; i < 2; i++) {
        row_of_loss(SERVER_BIND_9_18, 3, losses[i]);
        row_of_loss(SERVER_PDNS_AUTH_4, 4, losses[i]);
        row_of_loss(SERVER_NSD_4, 5, losses[i]);
        row_of_loss(SERVER_RFC, 6, losses[i]);
        char what[80];
        snprintf(what, sizeof what, "bind-9.20, 3 sends and TCP, loss %.1f", losses[i]);
        validate_bound(what, pow(losses[i], 3), share_unheard(SERVER_BIND_9_20, losses[i], 1000));
        /* Three SYNs within its 5 s, and again after each SOA retry of 15 min, if not replaced. */
        snprintf(what, sizeof what, "knot-3, TCP for 5 s, loss %.1f", losses[i]);
        validate_bound(what, losses[i], share_unheard(SERVER_KNOT_3, losses[i], 1000));
    }
}

/* ---- publication delay --------------------------------------------------------------------- */

struct served {
    int64_t at_ns;
};

static void see(struct world *world, int64_t now_ns, uint32_t host, const struct host_note *note)
{
    struct served *served = world->context;
    if (note->kind == NOTE_ZONE_SERVING && host == sim_host_id(world->hosts[1]))
        served->at_ns = now_ns;
}

/* Nobody is notified; the zone changes at random, once every 90 minutes on average. */
static void row_of_delay(enum server_software software, double predicted_s)
{
    enum { CHANGES = 2000, REFRESH_S = 1800 };
    struct world world;
    struct served served = {0};
    struct random chance = random_stream(1, "validate", 0, "changes");
    double sum = 0, squares = 0;
    world_prepare(&world, setup_zone_with(1, "1800 900 604800 300", ""));
    world.first.config.policy = world.second.config.policy = server_policy_of(software);
    world.note = see;
    world.context = &served;
    world_start(&world, 10 * NS_PER_MS, 0);
    for (int i = 0; i < CHANGES; i++) {
        world_run(&world,
                  random_between(&chance, 2 * REFRESH_S * NS_PER_S, 4 * REFRESH_S * NS_PER_S));
        int64_t changed_ns = sim_now(world.sim);
        world_change(&world);
        served.at_ns = 0;
        world_run(&world, (REFRESH_S + 100) * NS_PER_S);
        double delay_s = (double)(served.at_ns - changed_ns) / 1e9;
        sum += delay_s;
        squares += delay_s * delay_s;
    }
    world_end(&world);
    double mean = sum / CHANGES, deviation = sqrt(squares / CHANGES - mean * mean);
    char what[80];
    snprintf(what, sizeof what, "%s, seconds", server_policy_of(software)->name);
    validate_row(what, predicted_s, mean, 4 * deviation / sqrt(CHANGES));
}

void validate_publication_delay(void)
{
    validate_heading("Delay of a change without NOTIFY, refresh 1800 s: E[I^2] / 2 E[I]");
    row_of_delay(SERVER_BIND_9_18, 792.9);
    row_of_delay(SERVER_BIND_9_20, 792.9);
    row_of_delay(SERVER_NSD_4, 855.8);
    row_of_delay(SERVER_KNOT_3, 900);
    row_of_delay(SERVER_PDNS_AUTH_4, 915);
    row_of_delay(SERVER_RFC, 900);
}

/* ---- expiry -------------------------------------------------------------------------------- */

struct last_words {
    int64_t contact_ns, expired_ns;
};

static void listen_for_expiry(struct world *world, int64_t now_ns, uint32_t host,
                              const struct host_note *note)
{
    struct last_words *words = world->context;
    if (host != sim_host_id(world->hosts[1]))
        return;
    if (note->kind == NOTE_ZONE_CONTACT || note->kind == NOTE_ZONE_SERVING)
        words->contact_ns = now_ns;
    if (note->kind == NOTE_ZONE_EXPIRED)
        words->expired_ns = now_ns;
}

/* A secondary of SOFTWARE; its primary is NSD, which says nothing of EXPIRE, unless TOLD (RFC
 * 7314).
 */
static void row_of_expiry(enum server_software software, bool told, const char *timers,
                          double predicted_s)
{
    struct world world;
    struct last_words words = {0};
    world_prepare(&world, setup_zone_with(1, timers, ""));
    world.first.config.policy = server_policy_of(told ? SERVER_BIND_9_20 : SERVER_NSD_4);
    world.second.config.policy = server_policy_of(software);
    world.note = listen_for_expiry;
    world.context = &words;
    world_start(&world, 10 * NS_PER_MS, 0);
    world_run(&world, 10000 * NS_PER_S);
    sim_fail_host(world.hosts[0]);
    world_run(&world, INT64_C(20000000) * NS_PER_S);
    world_end(&world);
    char what[80];
    snprintf(what, sizeof what, "%s%s, SOA %s", server_policy_of(software)->name,
             told ? ", told" : "", timers);
    validate_row(what, predicted_s, (double)(words.expired_ns - words.contact_ns) / 1e9, 1);
}

void validate_expiry(void)
{
    validate_heading("Seconds from the last contact to expiry");
    row_of_expiry(SERVER_RFC, false, "1800 900 604800 300", 604800);
    row_of_expiry(SERVER_BIND_9_18, false, "1800 900 604800 300", 604800);
    row_of_expiry(SERVER_BIND_9_20, false, "1800 900 1000 300", 1800 + 900);
    row_of_expiry(SERVER_BIND_9_20, true, "1800 900 1000 300", 1000); /* not less than it said */
    row_of_expiry(SERVER_BIND_9_20, false, "60 60 100 300", 300 + 500);
    row_of_expiry(SERVER_BIND_9_20, false, "1800 900 18144000 300", 24 * 604800);
    row_of_expiry(SERVER_NSD_4, false, "1800 900 604800 300", 604800);
    row_of_expiry(SERVER_KNOT_3, false, "1800 900 604800 300", 604800);
}
