/*
 * What software does where the RFCs leave it open: the one table of it. Beside
 * each value stands where it was read; where nothing stands, the software's own
 * is not known to matter and the `rfc` row's is used. Read were BIND 9.18.50 and
 * 9.20.27, NSD 4.15.1, Knot DNS 3.5.5 and PowerDNS Authoritative 4.9.16.
 * docs/servers.md has what was measured of the programs themselves, and what is
 * left out.
 */
#include "nodes/server_policy.h"

#include <assert.h>

enum { DAY_S = 86400, WEEK_S = 7 * DAY_S };

#define SECONDS(n) ((n)*NS_PER_S)
#define MINUTES(n) ((n)*60 * NS_PER_S)
#define HOURS(n) ((n)*3600 * NS_PER_S)

const struct server_policy server_policy_rfc = {
    .name = "rfc",
    .refresh_min_s = 1, /* an SOA with a refresh of 0 must not stop time */
    .refresh_max_s = UINT32_MAX,
    .retry_min_s = 1,
    .retry_max_s = UINT32_MAX,
    .bootstrap = {.backoff = BACKOFF_DOUBLING, .base_ns = SECONDS(30), .max_ns = HOURS(1)},
    .notifier_first = true,
    .expires = true, /* RFC 1035 section 3.3.13 */
    .expire_max_s = UINT32_MAX,
    .asks_expire = EXPIRE_IN_ALL, /* RFC 7314 section 4 */
    .answers_expire = true,
    .probe = PROBE_SOA_UDP,
    .soa_timeout_ns = SECONDS(5),
    .soa_sends = 3,
    .requests_ixfr = true,
    .connect_timeout_ns = SECONDS(15),
    .transfer_idle_ns = MINUTES(1),
    .transfer_total_ns = HOURS(2),
    /* RFC 1996 section 3.6: "a 60 second timeout and a maximum of five retransmissions". */
    .notify_waits_ns = {MINUTES(1), MINUTES(1), MINUTES(1), MINUTES(1), MINUTES(1), MINUTES(1)},
    .notify_at_start = NOTIFY_START_ALL,
    .provides_ixfr = true,
    /* Names are compressed only against the first 16 KiB (RFC 1035 section 4.1.4). */
    .transfer_message_size = 16384,
    .ixfr_percent_max = 100,
    .transfer_out_idle_ns = HOURS(1),
    .transfer_out_total_ns = TIME_NEVER,
    .pads = true,
    .keep_connection_ns = SECONDS(5), /* RFC 9103 section 6.3.4: "a few seconds" */
    .tcp_idle_ns = SECONDS(30),
    .tcp_connections_max = 150,
    .tcp_wait_ns = SECONDS(2),
};

static const struct server_policy bind_9_18 = {
    .name = "bind-9.18",
    .refresh_min_s = 300, /* min-refresh-time ...: config.c:239-247 */
    .refresh_max_s = 2419200,
    .retry_min_s = 500,
    .retry_max_s = 1209600,
    .refresh_less_percent = 25, /* DNS_ZONE_JITTER_ADD: zone.c:1017 */
    .retry = {.backoff = BACKOFF_CONSTANT, .less_percent = 25}, /* zone_refresh: 11761 */
    .bootstrap = {.backoff = BACKOFF_DOUBLING,                  /* the same: 11775 */
                  .base_ns = SECONDS(60),
                  .max_ns = HOURS(6),
                  .less_percent = 25},
    .retry_from_start = true,             /* zone_refresh: 11761 */
    .notify_hint = HINT_OF_OURS_OR_OLDER, /* dns_zone_notifyreceive: isc_serial_le */
    .sources = SOURCES_ALL,        /* refresh_callback: an equal serial leads to next_primary */
    .disk_retry_less_percent = 75, /* zone_postload: zone.c:5368 */
    .expires = true,
    .expire_max_s = 24 * WEEK_S, /* RANGE(expire, refresh + retry, DNS_MAX_EXPIRE) */
    .expire_covers_retry = true,
    .asks_expire = EXPIRE_IN_SOA, /* request-expire: zone.c:14479,14805; not in xfrin.c */
    .answers_expire = true,       /* query.c:8242, xfrout.c:1133 */
    .expired_is_gone = true,      /* zone_expire: zone_unload, retry from its default again */
    .probe = PROBE_SOA_UDP,
    .probe_tcp_after_udp = true,  /* try-tcp-refresh: config.c:260 */
    .soa_timeout_ns = SECONDS(5), /* soa_query: timeout, 2 retries */
    .soa_sends = 3,
    .soa_plain_after_silence = true, /* refresh_callback: "timeout retrying without EDNS" */
    .soa_plain_after_servfail = true,
    .transfer_after_refused = true,
    .rejection_probes = true,       /* xfrin.c: try_axfr */
    .soa_rate = {10, NS_PER_S / 2}, /* serial-query-rate 20: config.c:114, setrl */
    .transfers_in_max = 10,         /* transfers-in: config.c:134 */
    .transfers_per_source = 2,      /* transfers-per-ns: config.c:136 */
    .requests_ixfr = true,
    .connect_timeout_ns = SECONDS(30), /* xfrin_start: xfrin.c:1188-1195 */
    /* The connection's own limit comes before max-transfer-idle-in (60 min); measured: 30.0 s. */
    .transfer_idle_ns = SECONDS(30),
    .transfer_total_ns = HOURS(2), /* max-transfer-time-in */
    .unreachable_times = 2, /* dns_zonemgr_unreachable, UNREACH_HOLD_TIME: zone.c:594,20195 */
    .unreachable_memory_ns = MINUTES(10),
    .notify_transport = NOTIFY_UDP, /* notify_send_toaddr: zone.c:12832 */
    .notify_waits_ns = {SECONDS(5), SECONDS(5), SECONDS(5)},
    .notify_rate = {10, NS_PER_S / 2}, /* notify-rate 20: config.c:83 */
    .notify_pause_ns = SECONDS(5),     /* notify-delay: config.c:250 */
    .notify_at_start = NOTIFY_START_ALL,
    .provides_ixfr = true,
    .transfers_out_max = 10,           /* transfers-out: config.c:135 */
    .transfer_message_size = 20480,    /* transfer-message-size: config.c:133 */
    .ixfr_percent_max = 100,           /* max-ixfr-ratio: config.c:78 */
    .transfer_out_idle_ns = HOURS(1),  /* max-transfer-idle-out */
    .transfer_out_total_ns = HOURS(2), /* max-transfer-time-out */
    .tcp_idle_ns = SECONDS(30),        /* tcp-initial-timeout: config.c:125 */
    .tcp_connections_max = 150,        /* tcp-clients; more wait: netmgr/tcp.c, accept_connection */
    .tcp_wait_ns = TIME_NEVER,
};

/* As 9.18 but for NOTIFY over TCP at last, the limits of a connection and the least rate of a
 * transfer. */
static const struct server_policy bind_9_20 = {
    .name = "bind-9.20",
    .refresh_min_s = 300, /* config.c: as 9.18 */
    .refresh_max_s = 2419200,
    .retry_min_s = 500,
    .retry_max_s = 1209600,
    .refresh_less_percent = 25, /* DNS_ZONE_JITTER_ADD: zone.c:1023 */
    .retry = {.backoff = BACKOFF_CONSTANT, .less_percent = 25}, /* zone_refresh */
    .bootstrap = {.backoff = BACKOFF_DOUBLING,                  /* the same */
                  .base_ns = SECONDS(60),
                  .max_ns = HOURS(6),
                  .less_percent = 25},
    .retry_from_start = true, /* zone_refresh */
    .notify_hint = HINT_OF_OURS_OR_OLDER,
    .sources = SOURCES_ALL,        /* refresh_callback: an equal serial leads to next_primary */
    .disk_retry_less_percent = 75, /* zone_postload: zone.c:5247 */
    .expires = true,
    .expire_max_s = 24 * WEEK_S,
    .expire_covers_retry = true,
    .asks_expire = EXPIRE_IN_ALL, /* zone.c:14422,14722, xfrin.c:1537 */
    .answers_expire = true,
    .expired_is_gone = true, /* zone_expire: zone_unload, retry from its default again */
    .probe = PROBE_SOA_UDP,
    .probe_tcp_after_udp = true,
    .soa_timeout_ns = SECONDS(5),
    .soa_sends = 3,
    .soa_plain_after_silence = true, /* refresh_callback: "timeout retrying without EDNS" */
    .soa_plain_after_servfail = true,
    .transfer_after_refused = true,
    .rejection_probes = true, /* xfrin.c: try_axfr */
    .soa_rate = {10, NS_PER_S / 2},
    .transfers_in_max = 10,
    .transfers_per_source = 2,
    .requests_ixfr = true,
    .connect_timeout_ns = SECONDS(130), /* xfrin_start has none: the system's 127 s */
    .transfer_idle_ns = HOURS(1),
    .transfer_total_ns = HOURS(2),
    .transfer_slow_octets = 10240, /* min-transfer-rate-in 10240 5: config.c:243 */
    .transfer_slow_ns = MINUTES(5),
    .unreachable_times = 2, /* zone.c:593,19862; the cache of 10 s, 20 s, ... is 9.21's */
    .unreachable_memory_ns = MINUTES(10),
    .notify_transport = NOTIFY_UDP_THEN_TCP, /* zone.c:12748-12758 */
    .notify_waits_ns = {SECONDS(5), SECONDS(5), SECONDS(5)},
    .notify_tcp_timeout_ns = SECONDS(15),
    .notify_rate = {10, NS_PER_S / 2},
    .notify_pause_ns = SECONDS(5),
    .notify_at_start = NOTIFY_START_ALL,
    .provides_ixfr = true,
    .transfers_out_max = 10,
    .transfer_message_size = 20480,
    .ixfr_percent_max = 100,
    .transfer_out_idle_ns = HOURS(1),
    .transfer_out_total_ns = HOURS(2),
    .tcp_idle_ns = SECONDS(30),
    .tcp_connections_max = 150, /* tcp-clients; more wait: netmgr/tcp.c, accept_connection */
    .tcp_wait_ns = TIME_NEVER,
};

static const struct server_policy nsd_4 = {
    .name = "nsd-4",
    .refresh_min_s = 1, /* options.c:1137-1143, with a floor of 1 s */
    .refresh_max_s = 4 * WEEK_S,
    .retry_min_s = 1,
    .retry_max_s = 2 * WEEK_S,
    .refresh_less_percent = 10, /* xfrd.c:1503-1508 */
    .refresh_less_above_s = 10,
    .refresh_by_expiry = true,
    .retry = {.backoff = BACKOFF_DOUBLING, .max_ns = SECONDS(DAY_S), .less_percent = 10},
    .bootstrap = {.backoff = BACKOFF_DOUBLING, /* xfrd.h:272-273, xfrd_set_timer_retry */
                  .base_ns = SECONDS(10),
                  .max_ns = SECONDS(DAY_S),
                  .more_max_ns = SECONDS(DAY_S),
                  .less_percent = 10},    /* xfrd_set_timer */
    .timers_kept = TIMERS_WAIT,           /* xfrd-disk.c: next_timeout, backoff */
    .failures_at_start = 1,               /* fresh_xfr_timeout is doubled before its first use */
    .notify_hint = HINT_OF_OURS_OR_OLDER, /* xfrd_handle_incoming_notify */
    .notify_forgives = FORGIVES_WITHOUT_VERSION, /* xfrd_handle_notify_and_start_xfr */
    .notifier_first = true,                      /* xfrd_handle_passed_packet: next_master */
    .expires = true,
    .expire_max_s = UINT32_MAX,
    .probe = PROBE_IXFR_TCP,    /* xfrd_make_request; over UDP where request-xfr says so */
    .soa_ignores_icmp = true,   /* xfrd_send_udp does not connect */
    .ixfr_pause_ns = HOURS(48), /* xfrd.c:52-54 */
    .ixfr_faults_max = 3,       /* bad_xfr_count: xfrd_udp_read */
    .soa_timeout_ns = SECONDS(10),
    .soa_sends = 1,
    .soa_checks_max = 128,   /* xfrd.h:269-270 */
    .transfers_in_max = 128, /* configure.ac:955 */
    .requests_ixfr = true,
    .connect_timeout_ns = SECONDS(120),
    .transfer_idle_ns = SECONDS(120),
    .transfer_total_ns = TIME_NEVER,
    .notify_transport = NOTIFY_UDP, /* xfrd-notify.c:20,234-248,358; options.c:1131 */
    .notify_waits_ns = {SECONDS(3), SECONDS(3), SECONDS(3), SECONDS(3), SECONDS(3)},
    .notify_repeats_errors = true, /* reply_pkt_is_ack, xfrd_handle_notify_reply */
    .notify_ignores_icmp = true,   /* one socket, not connected: xfrd_notify_send_udp */
    .notify_targets_max = 16,      /* NOTIFY_CONCURRENT_MAX: xfrd-notify.h:37 */
    .notify_at_start = NOTIFY_START_ALL,
    .provides_ixfr = false, /* store-ixfr, create-ixfr: options.c:1151,1157 */
    .journal_versions = 5,  /* ixfr-number: IXFR_NUMBER_DEFAULT, ixfr.h:21 */
    .transfer_message_size = 16384,
    .ixfr_percent_max = 0,                /* query_ixfr: AXFR only where history is missing */
    .transfer_out_idle_ns = SECONDS(120), /* tcp-timeout */
    .transfer_out_total_ns = TIME_NEVER,
    .tcp_idle_ns = SECONDS(120), /* tcp-timeout: options.c:95 */
    .tcp_connections_max = 100,  /* tcp-count: options.c:92; server.c: handle_tcp_accept */
    .tcp_wait_ns = TIME_NEVER,
};

static const struct server_policy knot_3 = {
    .name = "knot-3",
    .refresh_min_s = 2, /* schema.c:541-546 */
    .refresh_max_s = UINT32_MAX,
    .retry_min_s = 1,
    .retry_max_s = UINT32_MAX,
    .bootstrap = {.backoff = BACKOFF_SQUARE, /* zone_bootstrap_next: zone.c:1054-1067 */
                  .base_ns = SECONDS(5),
                  .max_ns = HOURS(2),
                  .more_max_ns = SECONDS(30)} /* % MIN(30, (1 + count) * 5), count raised before */,
    .timers_kept = TIMERS_NEXT, /* timers.c: next_refresh; timer-db-sync: shutdown */
    .sources = SOURCES_ALL,     /* zone_master_try: on while fallback.remote */
    .notifier_first = true,     /* the same: preferred_master */
    .older_is_good = true,      /* soa_query_consume: finalize_timers_noexpire */
    .expires = true,
    .expire_min_s = 3,
    .expire_max_s = UINT32_MAX,
    .asks_expire = EXPIRE_IN_ALL, /* refresh.c:177-200,1409 */
    .answers_expire = true,       /* process_query.c:355 */
    .expired_is_gone = true,      /* zone_perform_expire: zone_switch_contents to none */
    .looks_when_expired = true,
    .probe = PROBE_SOA_TCP, /* refresh.c:1430-1435 */
    .transfers_in_max = 10, /* background-workers: conf.c:33 */
    .requests_ixfr = true,
    .connect_timeout_ns = SECONDS(5), /* 5000 ms a message: schema.c:238 */
    .transfer_idle_ns = SECONDS(5),
    .transfer_total_ns = TIME_NEVER,
    .notify_transport = NOTIFY_TCP, /* notify.c:98-106,176-207; requestor.c:22-24 */
    .notify_tcp_timeout_ns = SECONDS(5),
    .notify_targets_max = 1, /* event_notify: one after the other, notify.c:136-207 */
    .notify_ends_round = true,
    .notify_after_retry = true,
    .notify_after_refresh_ns = SECONDS(1),      /* refresh.c:1544 */
    .notify_at_start = NOTIFY_START_UNANSWERED, /* zone_timers_serial_notified, event_load;
                                                   timer-db-sync: shutdown */
    .provides_ixfr = true,
    .journal_versions = 20, /* journal-max-depth: schema.c:455 */
    .transfer_message_size = 16384,
    .ixfr_percent_max = 0,                /* ixfr_process_query: as NSD */
    .transfer_out_idle_ns = NS_PER_S / 2, /* tcp-io-timeout: schema.c:224 */
    .transfer_out_total_ns = TIME_NEVER,
    .pads = true,                      /* process_query.c:416, query.c:64 */
    .tcp_idle_ns = SECONDS(10),        /* tcp-idle-timeout: schema.c:223 */
    .tcp_connections_max = UINT32_MAX, /* tcp-max-clients: half the files that it may open */
    .tcp_wait_ns = TIME_NEVER,         /* tcp-handler.c: is_throttled */
};

static const struct server_policy pdns_auth_4 = {
    .name = "pdns-auth-4",
    .refresh_min_s = 1,
    .refresh_max_s = UINT32_MAX,
    .retry_min_s = 1,
    .retry_max_s = UINT32_MAX,
    .retry = {.backoff = BACKOFF_LINEAR, /* auth-secondarycommunicator.cc:1614-1625 */
              .base_ns = SECONDS(60),
              .max_ns = HOURS(1)},
    .bootstrap = {.backoff = BACKOFF_LINEAR, .base_ns = SECONDS(60), .max_ns = HOURS(1)},
    .timers_kept = TIMERS_CONTACT,   /* last_check: gsqlbackend.cc */
    .poll_ns = SECONDS(60),          /* xfr-cycle-interval: auth-main.cc:228; gsqlbackend.cc:638 */
    .notify_hint = HINT_UNHEEDED,    /* processNotify does not read it */
    .notify_forgives = FORGIVES_ALL, /* secondaryRefresh: d_failedSecondaryRefresh.erase */
    .sources = SOURCES_ONE,          /* SecondarySenderReceiver::send: shuffle, the first */
    .notifier_first = true,          /* addSecondaryCheckRequest */
    .older_is_good = true,           /* secondaryRefresh: setFresh */
    .expires = false,                /* issue 11185 */
    .expire_max_s = UINT32_MAX,
    .probe = PROBE_SOA_UDP,
    .soa_timeout_ns = SECONDS(3), /* inflighter.cc:52 */
    .soa_sends = 1,
    .soa_without_edns = true, /* unless the backend is told to do DNSSEC */
    .soa_ignores_icmp = true,
    .soa_checks_max = 200,  /* auth-secondarycommunicator.cc:1432 */
    .transfers_in_max = 2,  /* retrieval-threads: auth-main.cc:191 */
    .requests_ixfr = false, /* but where metadata say so: auth-secondarycommunicator.cc:875 */
    .connect_timeout_ns = SECONDS(10), /* axfr-fetch-timeout: auth-main.cc:339-340 */
    .transfer_idle_ns = SECONDS(10),
    .transfer_total_ns = TIME_NEVER,
    .transfer_size_max = 100 << 20,
    .notify_transport = NOTIFY_UDP, /* communicator.hh:109-126: 1 + 2^n s after the nth */
    .notify_waits_ns = {SECONDS(3), SECONDS(5), SECONDS(9), SECONDS(17)},
    .notify_ignores_icmp = true,            /* as NSD: makeNotifySockets */
    .notify_poll_ns = SECONDS(60),          /* primaryUpdateCheck once every xfr-cycle-interval */
    .notify_at_start = NOTIFY_START_UNTOLD, /* notified_serial: getUpdatedPrimaries, setNotified */
    .provides_ixfr = false,                 /* has no history: tcpreceiver.cc:1258-1360 */
    .transfer_message_size = 16384,
    .ixfr_percent_max = 100,
    .transfer_out_idle_ns = HOURS(1),
    .transfer_out_total_ns = TIME_NEVER,
    .tcp_idle_ns = SECONDS(5), /* tcp-idle-timeout */
    .tcp_connections_max = 20, /* max-tcp-connections; tcpreceiver.cc: d_connectionroom_sem */
    .tcp_wait_ns = TIME_NEVER,
};

const struct server_policy *server_policy_of(enum server_software software)
{
    static const struct server_policy *const rows[SERVER_SOFTWARE_COUNT] = {
        [SERVER_RFC] = &server_policy_rfc, [SERVER_BIND_9_18] = &bind_9_18,
        [SERVER_BIND_9_20] = &bind_9_20,   [SERVER_NSD_4] = &nsd_4,
        [SERVER_KNOT_3] = &knot_3,         [SERVER_PDNS_AUTH_4] = &pdns_auth_4,
    };
    assert(software < SERVER_SOFTWARE_COUNT);
    return rows[software];
}

struct server_rate server_rate_of(uint32_t per_second)
{
    assert(per_second > 0);
    unsigned batch = per_second > 10 ? 10 : 1;
    return (struct server_rate){batch, NS_PER_S * batch / per_second};
}

/* ---- arithmetic of waits ------------------------------------------------------------------- */

/* Up to PERCENT of DELAY_NS less: above the lower end, up to DELAY_NS itself. */
static int64_t shortened_ns(int64_t delay_ns, unsigned percent, struct random *random)
{
    int64_t share_ns = delay_ns / 100 * percent;
    return share_ns > 0 ? delay_ns - random_between(random, 0, share_ns - 1) : delay_ns;
}

int64_t server_policy_refresh_ns(const struct server_policy *policy, uint32_t refresh_s,
                                 struct random *random)
{
    int64_t delay_ns = refresh_s * NS_PER_S;
    return refresh_s > policy->refresh_less_above_s
               ? shortened_ns(delay_ns, policy->refresh_less_percent, random)
               : delay_ns;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t grown_ns(enum server_backoff backoff, int64_t base_ns, unsigned failures,
                        int64_t max_ns)
{
    int64_t delay_ns = base_ns;
    if (failures > 1000000)
        failures = 1000000; /* its square is a number yet, and above any maximum */
    switch (backoff) {
    case BACKOFF_CONSTANT:
        break;
    case BACKOFF_DOUBLING:
        for (unsigned i = 0; i < failures && delay_ns < max_ns; i++)
            delay_ns *= 2;
        break;
    case BACKOFF_LINEAR:
        delay_ns = failures < max_ns / base_ns ? base_ns * (failures + 1) : max_ns;
        break;
    case BACKOFF_SQUARE:
        delay_ns = failures * (int64_t)failures < max_ns / base_ns
                       ? base_ns * failures * (int64_t)failures
                       : max_ns;
        break;
    }
    return max_ns > 0 ? least(delay_ns, max_ns) : delay_ns;
}

int64_t server_wait_ns(const struct server_wait *wait, uint32_t retry_s, unsigned failures,
                       struct random *random)
{
    int64_t base_ns = wait->base_ns > 0 ? wait->base_ns : retry_s * NS_PER_S;
    int64_t delay_ns = grown_ns(wait->backoff, base_ns, failures, wait->max_ns);
    int64_t step_ns =
        wait->backoff == BACKOFF_SQUARE && failures < 1000 ? base_ns * (failures + 2) : delay_ns;
    int64_t more_ns = least(step_ns, wait->more_max_ns);
    if (more_ns > 0)
        delay_ns += random_between(random, 0, more_ns - 1);
    if (wait->max_ns > 0 && wait->less_percent > 0)
        delay_ns = least(delay_ns, wait->max_ns);
    return shortened_ns(delay_ns, wait->less_percent, random);
}
