/* The topology, and notes as the nodes would leave them. */
#include "tests/support/small_cast.h"

#include <assert.h>

#include "nodes/dns/name.h"
#include "nodes/dns/rr.h"

static const struct topology_site sites[] = {{.name = "fra"}, {.name = "iad"}, {.name = "sin"}};

static struct address addresses[CAST_NODES + 2];
static struct address anycast;

static struct topology_node nodes[CAST_NODES] = {
    [USERS] = {.name = "eu-users", .kind = TOPOLOGY_CLIENTS, .site = FRA, .host_count = 3},
    [HIDDEN] = {.name = "hidden", .kind = TOPOLOGY_SERVER, .site = FRA, .host_count = 1},
    [ISP] = {.name = "isp-eu", .kind = TOPOLOGY_RESOLVER, .site = FRA, .host_count = 1},
    [NS1] = {.name = "ns1", .kind = TOPOLOGY_SERVER, .site = FRA, .host_count = 1},
    [NS2_IAD] = {.name = "ns2.iad", .group = "ns2", .site = IAD, .host_count = 1},
    [NS2_SIN] = {.name = "ns2.sin", .group = "ns2", .site = SIN, .host_count = 1},
    [ROOT_FRA] =
        {.name = "root.fra", .group = "root", .of_hierarchy = true, .site = FRA, .host_count = 1},
};

static const struct topology_zone zones[] = {
    {(const uint8_t *)"\7example\3com", "example.com.", false},
    {(const uint8_t *)"\7example\3org", "example.org.", false},
    {(const uint8_t *)"", ".", true},
};

/* By host id; 0 is nobody. */
static const uint32_t host_nodes[] = {0,   USERS, USERS,   USERS,   HIDDEN,
                                      ISP, NS1,   NS2_IAD, NS2_SIN, ROOT_FRA};

static struct topology topology = {
    .scenario = "small",
    .description = "a primary fails",
    .seed = 7,
    .start_ns = CAST_START_NS,
    .duration_ns = CAST_DURATION_NS,
    .sites = sites,
    .site_count = 3,
    .nodes = nodes,
    .node_count = CAST_NODES,
    .zones = zones,
    .zone_count = 3,
    .host_nodes = host_nodes,
    .host_count = 9,
};

/* 192.0.2.1 to .3 are the users', .4 is hidden's and so on; the anycast address is .99. */
const struct topology *cast_topology(void)
{
    struct address *next = addresses;
    anycast = address_from_ipv4(0xc0000263, 0);
    for (uint32_t i = 0; i < CAST_NODES; i++) {
        nodes[i].addresses = next;
        nodes[i].address_count = nodes[i].host_count;
        nodes[i].group = nodes[i].group ? nodes[i].group : nodes[i].name;
        for (uint32_t k = 0; k < nodes[i].host_count; k++, next++)
            *next = address_from_ipv4(0xc0000201 + (uint32_t)(next - addresses), 0);
    }
    nodes[NS2_IAD].anycast = nodes[NS2_SIN].anycast = &anycast;
    nodes[NS2_IAD].anycast_count = nodes[NS2_SIN].anycast_count = 1;
    return &topology;
}

struct address cast_address(enum cast_node node)
{
    struct address address = cast_topology()->nodes[node].addresses[0];
    address.port = 53;
    return address;
}

/* ---- the hand ---------------------------------------------------------------------------- */

void hand_note(const struct hand *hand, int64_t at_ns, enum cast_host host,
               const struct host_note *note)
{
    for (unsigned i = 0; i < hand->count; i++)
        if (hand->listeners[i].note)
            hand->listeners[i].note(hand->listeners[i].context, CAST_START_NS + at_ns, host, note);
}

void hand_fault(const struct hand *hand, int64_t at_ns, enum trace_fault fault, const char *what)
{
    for (unsigned i = 0; i < hand->count; i++)
        if (hand->listeners[i].fault)
            hand->listeners[i].fault(hand->listeners[i].context, CAST_START_NS + at_ns, fault,
                                     what);
}

void hand_ask(const struct hand *hand, int64_t at_ns, enum cast_host client)
{
    hand_note(hand, at_ns, client, &(struct host_note){.kind = NOTE_LOOKUP_STARTED, .code = RR_A});
}

void hand_answer(const struct hand *hand, int64_t at_ns, enum cast_host client, int64_t latency_ns,
                 enum note_lookup_outcome outcome)
{
    hand_note(hand, at_ns, client,
              &(struct host_note){.kind = NOTE_LOOKUP_FINISHED,
                                  .code = RR_A,
                                  .serial = outcome,
                                  .values = {at_ns - latency_ns, latency_ns, 0, 1}});
}

void hand_query(const struct hand *hand, int64_t at_ns, enum cast_host host, enum cast_node from,
                bool from_cache)
{
    hand_note(
        hand, at_ns, host,
        &(struct host_note){
            .kind = NOTE_QUERY, .code = RR_A, .peer = cast_address(from), .values = {from_cache}});
}

void hand_zone(const struct hand *hand, int64_t at_ns, enum cast_host host, enum cast_zone zone,
               struct host_note fields)
{
    fields.name = bytes_of(zones[zone].origin, name_size(zones[zone].origin));
    hand_note(hand, at_ns, host, &fields);
}

void hand_role(const struct hand *hand, enum cast_host host, enum cast_zone zone,
               enum note_role role)
{
    hand_zone(hand, 0, host, zone,
              (struct host_note){.kind = NOTE_ZONE_ROLE, .code = (uint16_t)role});
}

void hand_serve(const struct hand *hand, int64_t at_ns, enum cast_host host, enum cast_zone zone,
                uint32_t serial)
{
    int64_t expires_ns = host == HIDDEN_HOST ? -1 : at_ns + HOUR;
    hand_zone(
        hand, at_ns, host, zone,
        (struct host_note){.kind = NOTE_ZONE_SERVING, .serial = serial, .values = {expires_ns, 4}});
}

void hand_publish(const struct hand *hand, int64_t at_ns, enum cast_host host, enum cast_zone zone,
                  uint32_t serial)
{
    hand_zone(
        hand, at_ns, host, zone,
        (struct host_note){.kind = NOTE_ZONE_SERVING, .serial = serial, .values = {-1, 5, 0, 1}});
}

void hand_transfer(const struct hand *hand, int64_t at_ns, enum cast_host host, enum cast_zone zone,
                   enum note_transfer form, uint32_t serial)
{
    hand_zone(hand, at_ns, host, zone,
              (struct host_note){.kind = NOTE_TRANSFER_DONE,
                                 .code = (uint16_t)form,
                                 .serial = serial,
                                 .peer = cast_address(HIDDEN),
                                 .values = {600, 1, 2 * NS_PER_MS, serial - 1}});
    hand_serve(hand, at_ns, host, zone, serial);
}

void hand_no_refresh(const struct hand *hand, int64_t at_ns, enum cast_host host,
                     enum cast_zone zone, const char *why)
{
    hand_zone(hand, at_ns, host, zone,
              (struct host_note){.kind = NOTE_REFRESH_FAILED,
                                 .peer = cast_address(HIDDEN),
                                 .text = why,
                                 .values = {at_ns + 15 * MINUTE}});
}

/* ---- a play ------------------------------------------------------------------------------ */

static void begin(const struct hand *hand)
{
    const enum cast_host secondaries[] = {NS1_HOST, NS2_IAD_HOST, NS2_SIN_HOST};
    hand_role(hand, HIDDEN_HOST, EXAMPLE_COM, NOTE_PRIMARY);
    hand_serve(hand, 0, HIDDEN_HOST, EXAMPLE_COM, 1);
    for (size_t i = 0; i < 3; i++) {
        hand_role(hand, secondaries[i], EXAMPLE_COM, NOTE_SECONDARY);
        hand_zone(hand, 0, secondaries[i], EXAMPLE_COM,
                  (struct host_note){.kind = NOTE_ZONE_LOADING});
    }
    hand_role(hand, ROOT_FRA_HOST, ROOT_ZONE, NOTE_PRIMARY);
    hand_serve(hand, 0, ROOT_FRA_HOST, ROOT_ZONE, 1);
    for (size_t i = 0; i < 3; i++)
        hand_transfer(hand, (int64_t)(i + 1) * NS_PER_MS, secondaries[i], EXAMPLE_COM, NOTE_AXFR,
                      1);
}

static void look_up(const struct hand *hand, int64_t at_ns)
{
    const struct {
        int64_t latency_ns;
        enum note_lookup_outcome outcome;
    } lookups[] = {{400 * NS_PER_US, NOTE_LOOKUP_ANSWERED}, {20 * NS_PER_MS, NOTE_LOOKUP_ANSWERED},
                   {30 * NS_PER_MS, NOTE_LOOKUP_NXDOMAIN},  {40 * NS_PER_MS, NOTE_LOOKUP_SERVFAIL},
                   {50 * NS_PER_MS, NOTE_LOOKUP_OTHER},     {10 * NS_PER_S, NOTE_LOOKUP_TIMEOUT}};
    for (size_t i = 0; i < 6; i++)
        hand_ask(hand, at_ns, USER_1);
    hand_ask(hand, at_ns, USER_3); /* never finished */
    for (size_t i = 0; i < 6; i++)
        hand_answer(hand, at_ns + lookups[i].latency_ns, USER_1, lookups[i].latency_ns,
                    lookups[i].outcome);
}

static void resolve(const struct hand *hand, int64_t at_ns)
{
    struct host_note sent = {.kind = NOTE_UPSTREAM_SENT, .peer = cast_address(NS1)};
    struct host_note answer = {
        .kind = NOTE_UPSTREAM_ANSWER, .peer = cast_address(NS1), .values = {1500 * NS_PER_US}};
    struct host_note lost = {.kind = NOTE_UPSTREAM_SENT, .peer = anycast};
    struct host_note timeout = {.kind = NOTE_UPSTREAM_TIMEOUT, .peer = anycast};
    hand_query(hand, at_ns, ISP_HOST, USERS, false);
    hand_query(hand, at_ns, ISP_HOST, USERS, true);
    hand_note(hand, at_ns, ISP_HOST, &sent);
    hand_query(hand, at_ns + NS_PER_MS, NS1_HOST, ISP, false);
    hand_note(hand, at_ns + 2 * NS_PER_MS, ISP_HOST, &answer);
    hand_note(hand, at_ns + 2 * NS_PER_MS, ISP_HOST, &lost);
    hand_note(hand, at_ns + 3 * NS_PER_MS, ISP_HOST, &timeout);
}

/* ns2 in Singapore has gone silent before the change: it misses it, and its version expires. */
void hand_play(const struct hand *hand)
{
    begin(hand);
    resolve(hand, MINUTE);
    look_up(hand, 2 * MINUTE);
    hand_fault(hand, 10 * MINUTE, TRACE_FAILED, "fra-sin");
    hand_publish(hand, 30 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 2);
    hand_transfer(hand, 30 * MINUTE + 200 * NS_PER_MS, NS1_HOST, EXAMPLE_COM, NOTE_IXFR, 2);
    hand_transfer(hand, 30 * MINUTE + 231 * NS_PER_MS, NS2_IAD_HOST, EXAMPLE_COM, NOTE_IXFR, 2);
    hand_no_refresh(hand, 40 * MINUTE, NS2_SIN_HOST, EXAMPLE_COM, "no answer to the SOA query");
    hand_zone(hand, 50 * MINUTE, HIDDEN_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_CHANGE_FAILED, .text = "no such record"});
    hand_no_refresh(hand, 55 * MINUTE, NS2_SIN_HOST, EXAMPLE_COM, "no answer to the SOA query");
    hand_fault(hand, HOUR, TRACE_FAILED, "hidden");
    hand_zone(hand, HOUR + 3 * NS_PER_MS, NS2_SIN_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_EXPIRED, .serial = 1});
    hand_zone(hand, HOUR + MINUTE, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_CONTACT,
                                 .serial = 2,
                                 .peer = cast_address(NS2_IAD),
                                 .values = {4 * HOUR, HOUR + 16 * MINUTE}});
    hand_fault(hand, HOUR + 2 * MINUTE, TRACE_STOPPED, "ns2.iad");
    hand_fault(hand, HOUR + 2 * MINUTE + 30 * NS_PER_S, TRACE_WITHDRAWN, "ns2.iad");
}
