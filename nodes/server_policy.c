/*
 * What the RFCs leave to the implementation, by kind of software.
 */
#include "nodes/server.h"

const struct server_policy server_policy_rfc = {
    .name = "rfc",
    .soa_timeout_ns = 5 * NS_PER_S,
    .soa_sends = 3,
    .connect_timeout_ns = 15 * NS_PER_S,
    .transfer_idle_ns = 60 * NS_PER_S,
    .transfer_total_ns = 2 * 3600 * NS_PER_S,
    .transfer_size_max = 0,
    .refresh_min_s = 1, /* an SOA with a refresh of 0 must not stop time */
    .refresh_max_s = UINT32_MAX,
    .retry_min_s = 1,
    .retry_max_s = UINT32_MAX,
    .bootstrap_first_ns = 30 * NS_PER_S,
    .bootstrap_max_ns = 3600 * NS_PER_S,
    /* RFC 1996 section 3.6: "a 60 second timeout and a maximum of five retransmissions". */
    .notify_interval_ns = 60 * NS_PER_S,
    .notify_sends = 6,
    .notify_at_start = true,
    /* Names are compressed only against the first 16 KiB (RFC 1035 section 4.1.4). */
    .transfer_message_size = 16384,
    .ixfr_percent_max = 100,
    .transfer_out_idle_ns = 3600 * NS_PER_S,
    .tcp_idle_ns = 30 * NS_PER_S,
    .tcp_connections_max = 150,
};
