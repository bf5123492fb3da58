/* Runs played by hand for pictures, and pictures read back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/support/pictured.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/graph.h"
#include "tests/support/scratch.h"

/* ---- four sites, ten nodes, an eventful hour ---------------------------------------------- */

struct map *pictured_four_sites(void)
{
    struct map *map = map_create("four sites");
    map_site(map, "fra", 50, 9);
    map_site(map, "iad", 39, -77);
    map_site(map, "sin", 1, 104);
    map_site(map, "syd", -34, 151);
    map_zone(map, "example.com.");
    map_node(map, (struct map_node){.name = "hidden", .site = "fra", .primary_of = "example.com."});
    map_node(map, (struct map_node){.name = "ns1", .site = "fra", .named = true});
    map_node(map, (struct map_node){.name = "ns2.iad",
                                    .group = "ns2",
                                    .site = "iad",
                                    .named = true,
                                    .anycast = "192.0.2.53"});
    map_node(map, (struct map_node){.name = "ns2.sin",
                                    .group = "ns2",
                                    .site = "sin",
                                    .named = true,
                                    .anycast = "192.0.2.53"});
    map_node(map, (struct map_node){.name = "ns3", .site = "syd", .named = true});
    map_node(map, (struct map_node){.name = "isp-eu", .kind = TOPOLOGY_RESOLVER, .site = "fra"});
    map_node(map, (struct map_node){.name = "isp-ap", .kind = TOPOLOGY_RESOLVER, .site = "sin"});
    static const char *const groups[][3] = {{"eu-users", "fra", "isp-eu"},
                                            {"us-users", "iad", "isp-eu"},
                                            {"ap-users", "syd", "isp-ap"}};
    for (size_t i = 0; i < 3; i++)
        map_node(map, (struct map_node){.name = groups[i][0],
                                        .kind = TOPOLOGY_CLIENTS,
                                        .site = groups[i][1],
                                        .asks = {groups[i][2]},
                                        .host_count = 200});
    for (size_t i = 0; i < 4; i++) {
        static const char *const secondaries[] = {"ns1", "ns2.iad", "ns2.sin", "ns3"};
        map_feed(map, (struct map_feed){"example.com.", "hidden", secondaries[i], 0});
        if (i > 0)
            map_feed(map, (struct map_feed){"example.com.", "ns1", secondaries[i], 1});
    }
    map_node(map, (struct map_node){.name = "root.fra",
                                    .group = "root",
                                    .site = "fra",
                                    .of_hierarchy = true,
                                    .anycast = "198.41.0.4"});
    map_node(map, (struct map_node){.name = "root.sin",
                                    .group = "root",
                                    .site = "sin",
                                    .of_hierarchy = true,
                                    .anycast = "198.41.0.4"});
    map_link(map, "fra", "sin");
    return map;
}

struct pictured pictured_run(struct map *map)
{
    struct metrics *metrics = metrics_create(map_seal(map));
    return (struct pictured){map, metrics, metrics_listener(metrics)};
}

void pictured_end(struct pictured *run)
{
    metrics_destroy(run->metrics);
    map_free(run->map);
}

void pictured_note(const struct pictured *run, int64_t at_ns, const char *node,
                   struct host_note note)
{
    static uint8_t example[] = "\7example\3com";
    note.name = bytes_of(example, sizeof example);
    run->listener.note(run->listener.context, at_ns, map_host(run->map, node), &note);
}

void pictured_fault(const struct pictured *run, int64_t at_ns, enum trace_fault fault,
                    const char *what)
{
    run->listener.fault(run->listener.context, at_ns, fault, what);
}

static void transferred(const struct pictured *run, int64_t at_ns, const char *from, const char *to)
{
    pictured_note(run, at_ns, to,
                  (struct host_note){.kind = NOTE_TRANSFER_DONE,
                                     .code = NOTE_AXFR,
                                     .peer = *map_address(run->map, from)});
    pictured_note(
        run, at_ns, to,
        (struct host_note){.kind = NOTE_ZONE_SERVING, .serial = 7, .values = {at_ns, 10}});
}

static void asked(const struct pictured *run, const char *from, const char *to, unsigned times)
{
    struct packet packet = {.fate = PACKET_DELIVERED,
                            .sender = map_host(run->map, from),
                            .receiver = map_host(run->map, to)};
    for (unsigned i = 0; i < times; i++) {
        run->listener.arrived(run->listener.context, &packet, MINUTE_NS);
        pictured_note(run, MINUTE_NS, to,
                      (struct host_note){.kind = NOTE_QUERY, .peer = *map_address(run->map, from)});
    }
}

static void upstream(const struct pictured *run, const char *resolver, const char *server,
                     enum note_kind kind, int64_t rtt_ns)
{
    pictured_note(run, MINUTE_NS, resolver,
                  (struct host_note){.kind = (uint16_t)kind,
                                     .peer = *map_address(run->map, server),
                                     .values = {rtt_ns}});
}

struct pictured pictured_eventful_hour(void)
{
    struct pictured run = pictured_run(pictured_four_sites());
    static const char *const secondaries[] = {"ns1", "ns2.iad", "ns2.sin", "ns3"};
    pictured_note(&run, 0, "hidden", (struct host_note){.kind = NOTE_ZONE_SERVING, .serial = 7});
    for (size_t i = 0; i < 4; i++) {
        pictured_note(&run, 0, secondaries[i],
                      (struct host_note){.kind = NOTE_ZONE_ROLE, .code = NOTE_SECONDARY});
        transferred(&run, MINUTE_NS, "hidden", secondaries[i]);
    }
    transferred(&run, 2 * MINUTE_NS, "ns1", "ns2.sin");
    asked(&run, "eu-users", "isp-eu", 40);
    asked(&run, "us-users", "isp-eu", 20);
    asked(&run, "ap-users", "isp-ap", 30);
    asked(&run, "isp-eu", "ns1", 12);
    asked(&run, "isp-ap", "ns2.sin", 9);
    asked(&run, "isp-eu", "root.fra", 1);
    upstream(&run, "isp-eu", "ns1", NOTE_UPSTREAM_SENT, 0);
    upstream(&run, "isp-eu", "ns1", NOTE_UPSTREAM_ANSWER, 25 * INT64_C(1000000));
    upstream(&run, "isp-eu", "ns3", NOTE_UPSTREAM_SENT, 0);
    upstream(&run, "isp-eu", "ns3", NOTE_UPSTREAM_TIMEOUT, 0);
    pictured_fault(&run, 10 * MINUTE_NS, TRACE_FAILED, "hidden");
    pictured_fault(&run, 20 * MINUTE_NS, TRACE_RECOVERED, "hidden");
    pictured_fault(&run, 30 * MINUTE_NS, TRACE_FAILED, "sin");
    pictured_fault(&run, 40 * MINUTE_NS, TRACE_FAILED, "fra-sin");
    pictured_fault(&run, 45 * MINUTE_NS, TRACE_RECOVERED, "fra-sin");
    pictured_note(&run, 50 * MINUTE_NS, "ns3", (struct host_note){.kind = NOTE_ZONE_EXPIRED});
    return run;
}

/* ---- reading pictures back ------------------------------------------------------------------ */

/* The text of NAME after a run; to be freed. */
static char *written(void **state, const struct pictured *run, const char *name)
{
    char error[OUTPUT_ERROR_SIZE] = "", path[64];
    struct output *output = NULL;
    size_t size;
    assert_int_equal(output_open(scratch_path(state, "out"), &output, error), OUTPUT_OK);
    assert_true(graph_write(output, &run->map->topology, run->metrics));
    assert_true(output_commit(output, error));
    snprintf(path, sizeof path, "out/%s", name);
    char *text = scratch_read(scratch_path(state, path), &size);
    assert_non_null(text);
    return text;
}

static Agraph_t *parsed(char *text)
{
    Agraph_t *graph = agmemread(text);
    assert_non_null(graph);
    free(text);
    return graph;
}

Agraph_t *pictured_after(void **state, const struct pictured *run)
{
    return parsed(written(state, run, "topology.dot"));
}

Agraph_t *pictured_before(void **state, struct map *map)
{
    char error[GRAPH_ERROR_SIZE] = "";
    size_t size;
    const char *path = scratch_path(state, "plan.dot");
    if (!graph_draw(map_seal(map), path, error))
        fail_msg("%s", error);
    return parsed(scratch_read(path, &size));
}

Agnode_t *pictured_node_of(Agraph_t *graph, const char *name)
{
    Agnode_t *node = agnode(graph, (char *)(uintptr_t)name, 0);
    if (!node)
        fail_msg("no node '%s'", name);
    return node;
}

Agedge_t *pictured_edge_of(Agraph_t *graph, const char *from, const char *to)
{
    return agedge(graph, pictured_node_of(graph, from), pictured_node_of(graph, to), NULL, 0);
}

const char *pictured_attribute(void *object, const char *name)
{
    const char *value = agget(object, (char *)(uintptr_t)name);
    return value ? value : "";
}

/* The node that bears the words of EDGE. */
Agnode_t *pictured_words_of(Agraph_t *graph, Agedge_t *edge)
{
    char name[256];
    const char *class = pictured_attribute(edge, "class");
    snprintf(name, sizeof name, "%s %.*s %s", agnameof(agtail(edge)), (int)strcspn(class, " "),
             class, agnameof(aghead(edge)));
    return pictured_node_of(graph, name);
}

void pictured_expect(void *object, const char *name, const char *part)
{
    if (!strstr(pictured_attribute(object, name), part))
        fail_msg("%s: %s is '%s', no '%s' in it", agnameof(object), name,
                 pictured_attribute(object, name), part);
}

void pictured_expect_none(void *object, const char *name, const char *part)
{
    if (strstr(pictured_attribute(object, name), part))
        fail_msg("%s: %s has '%s'", agnameof(object), name, part);
}
