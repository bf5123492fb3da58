/* The small network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/small_network.h"

static fixed degrees(int64_t hundredths)
{
    return fixed_from_ratio(hundredths, 100);
}

void small_network_begin(struct small_network *network, uint64_t seed,
                         const struct sim_link *fra_iad)
{
    struct sim_options options = sim_default_options();
    options.seed = seed;
    memset(network, 0, sizeof *network);
    network->sim = sim_create(&options);
    sim_add_site(network->sim, "fra", degrees(5011), degrees(868));
    sim_add_site(network->sim, "iad", degrees(3895), degrees(-7745));
    sim_add_site(network->sim, "sin", degrees(135), degrees(10399));
    if (fra_iad)
        sim_set_link(network->sim, 0, 1, fra_iad);
    sim_compute_paths(network->sim);
}

struct address small_network_address(unsigned index)
{
    return address_from_ipv4(UINT32_C(0xc0000201) + index, SMALL_NETWORK_PORT);
}

unsigned small_network_add(struct small_network *network, const char *name, uint32_t site,
                           probe_act *act)
{
    unsigned index = network->count++;
    struct address address = small_network_address(index);
    network->probes[index].act = act;
    network->hosts[index] =
        sim_add_host(network->sim, name, site, &probe_node, &network->probes[index]);
    assert_true(sim_host_add_address(network->hosts[index], &address));
    return index;
}

void small_network_run(struct small_network *network, int64_t ns)
{
    assert_false(sim_run(network->sim, sim_now(network->sim) + ns, UINT64_MAX));
}

void small_network_end(struct small_network *network)
{
    sim_destroy(network->sim);
}

/* ---- what the probes do -------------------------------------------------------------------- */

void small_network_listen(struct probe *probe, const struct host_event *event, struct outbox *out)
{
    (void)probe;
    struct address any = {.port = SMALL_NETWORK_PORT};
    if (event->kind == HOST_STARTED)
        outbox_bind(out, &any, NULL);
}

void small_network_echo(struct probe *probe, const struct host_event *event, struct outbox *out)
{
    small_network_listen(probe, event, out);
    if (event->kind == HOST_DATAGRAM)
        outbox_send(out, event->socket, event->local, event->remote, event->bytes);
}

void small_network_send(struct probe *probe, const struct host_event *event, struct outbox *out)
{
    struct sending *sending = probe->context;
    static const struct address any = {0};
    if (event->kind == HOST_STARTED)
        sending->socket = outbox_bind(out, &any, NULL);
    if ((event->kind != HOST_STARTED && event->kind != HOST_TIMER) ||
        sending->sent == sending->count)
        return;
    uint8_t data[4];
    bytes_put_u32(data, sending->sent++);
    outbox_send(out, sending->socket, NULL, &sending->to, bytes_of(data, 4));
    outbox_set_timer(out, event->mono_ns + sending->every_ns);
}
