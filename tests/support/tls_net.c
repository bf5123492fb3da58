/* Name servers that speak TLS with each other. */
#include "tests/support/tls_net.h"

struct tls_pair pair;
static struct server_certificate certificates[2];
struct server_tls_peer tls_net_peer;
static const struct server_tls_peer *peers[SETUP_ADDRESSES];

void tls_net_set_clock(size_t node, int64_t wall_ns)
{
    net.nodes[node].wall_offset_ns = wall_ns - net.now_ns;
}

void tls_net_start_primary(size_t hosts, enum server_transfers transfers)
{
    tls_pair_create(&pair);
    net = (struct node_pipe){0};
    store = zone_store_create();
    zone = setup_zone(1, hosts);
    setup_server(&setups[0], store, zone);
    setup_add_notify(&setups[0], "192.0.2.2");
    certificates[0] = (struct server_certificate){0, pair.server_certificate};
    setups[0].config.tls = (struct server_tls){
        .shared = pair.tls,
        .certificates = certificates,
        .certificate_count = 1,
        .transfers = transfers,
    };
    net_add(0, "192.0.2.1");
    tls_net_set_clock(0, TLS_PAIR_NOW_NS);
}

void tls_net_add_secondary(const char *name, const struct tls_certificate *own)
{
    setup_server(&setups[1], store, NULL);
    tls_net_peer.name = name;
    peers[0] = &tls_net_peer;
    setups[1].zone.sources.tls = peers;
    certificates[1] = (struct server_certificate){0, own};
    setups[1].config.tls = (struct server_tls){
        .shared = pair.tls, .certificates = &certificates[1], .certificate_count = own != NULL};
    net_add(1, "192.0.2.2");
    tls_net_set_clock(1, TLS_PAIR_NOW_NS);
}

int tls_net_stop(void **state)
{
    net_stop(state);
    tls_pair_free(&pair);
    return 0;
}
