/* Fixed figures, and metrics that wait for notes. */
#include "tests/support/small_result.h"

void result_begin(struct result *result)
{
    *result = (struct result){
        .metrics = metrics_create(cast_topology()),
        .timeline = timeline_create(cast_topology()),
        .findings = {{"availability of eu-users >= 99%", "50.00 %", false},
                     {"example.com on ns1 is serving at 2h", "ns1 is serving", true}},
    };
    result->hand =
        (struct hand){{metrics_listener(result->metrics), timeline_listener(result->timeline)}, 2};
    result->verdict = (struct verdict){result->findings, 2, false};
    result->summary = (struct summary_input){
        .topology = cast_topology(),
        .metrics = result->metrics,
        .verdict = &result->verdict,
        .virtual_ns = CAST_DURATION_NS,
        .events = 123456,
        .packets_sent = 1000,
        .packets_delivered = 990,
        .packets_lost = 10,
        .trace_sha256 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        .wall_ns = 250 * NS_PER_MS,
    };
}

void result_free(struct result *result)
{
    metrics_destroy(result->metrics);
    timeline_destroy(result->timeline);
}
