/*
 * When a secondary looks at its sources, and how long its version is good: the
 * SOA's timers (RFC 1035 section 3.3.13) as the software bounds them.
 */
#include "nodes/secondary.h"

/* When a round DELAY_NS after FROM_NS begins; some software looks for what is due at intervals. */
static int64_t round_ns(const struct server *server, int64_t from_ns, int64_t delay_ns)
{
    int64_t poll_ns = server->policy->poll_ns, at_ns = from_ns + delay_ns;
    if (poll_ns > 0)
        at_ns = server->checked_ns + (at_ns - server->checked_ns + poll_ns - 1) / poll_ns * poll_ns;
    return at_ns > server->now_ns ? at_ns : server->now_ns + poll_ns;
}

static uint32_t bounded(uint32_t value, uint32_t min, uint32_t max)
{
    return value < min ? min : value > max ? max : value;
}

struct secondary_timers secondary_timers_of(const struct server_policy *policy,
                                            const struct zone *version)
{
    struct soa soa;
    zone_soa(version, &soa);
    struct secondary_timers timers = {
        .refresh_s = bounded(soa.refresh, policy->refresh_min_s, policy->refresh_max_s),
        .retry_s = bounded(soa.retry, policy->retry_min_s, policy->retry_max_s),
        .expire_ns = TIME_NEVER};
    if (!policy->expires)
        return timers;
    int64_t expire_s = soa.expire;
    int64_t least_s = policy->expire_covers_retry ? (int64_t)timers.refresh_s + timers.retry_s
                                                  : (int64_t)policy->expire_min_s;
    if (expire_s < least_s)
        expire_s = least_s;
    if (expire_s > policy->expire_max_s)
        expire_s = policy->expire_max_s;
    timers.expire_ns = expire_s * NS_PER_S;
    return timers;
}

static int64_t refresh_ns(const struct server_zone *zone)
{
    const struct server_policy *policy = zone->server->policy;
    struct secondary_timers soa = secondary_timers_of(policy, zone->version);
    int64_t delay_ns = server_policy_refresh_ns(policy, soa.refresh_s, zone->server->event->random);
    return policy->refresh_by_expiry && delay_ns > soa.expire_ns ? soa.expire_ns : delay_ns;
}

/* Software that wakes up for the end of a version looks again by then. */
static int64_t retry_ns(const struct server_zone *zone)
{
    const struct server_policy *policy = zone->server->policy;
    const struct secondary *secondary = zone->secondary;
    struct server_wait wait = policy->retry;
    int64_t left_ns = secondary->expire.at_ns - zone->server->now_ns;
    if (policy->refresh_by_expiry && deadline_is_set(&secondary->expire) && left_ns < wait.max_ns)
        wait.max_ns = left_ns > NS_PER_S ? left_ns : NS_PER_S;
    return server_wait_ns(&wait, secondary_timers_of(policy, zone->version).retry_s,
                          secondary->failures, zone->server->event->random);
}

int64_t secondary_next_round_ns(const struct server_zone *zone, bool good)
{
    const struct server *server = zone->server;
    const struct server_policy *policy = server->policy;
    const struct secondary *secondary = zone->secondary;
    int64_t from_ns = policy->retry_from_start ? secondary->round_ns : server->now_ns;
    if (good)
        return round_ns(server, secondary->contact_ns, refresh_ns(zone));
    if (secondary_has_version(zone))
        return round_ns(server, from_ns, retry_ns(zone));
    return round_ns(
        server, from_ns,
        server_wait_ns(&policy->bootstrap, 0, secondary->failures, server->event->random));
}

bool secondary_has_version(const struct server_zone *zone)
{
    return zone->version &&
           !(zone->secondary->data == SECONDARY_EXPIRED && zone->server->policy->expired_is_gone);
}

int64_t secondary_expires_ns(const struct server_zone *zone, const struct zone *version,
                             int64_t expire_s)
{
    const struct server_policy *policy = zone->server->policy;
    int64_t left_ns = secondary_timers_of(policy, version).expire_ns;
    if (policy->asks_expire != EXPIRE_IN_NONE && expire_s >= 0 && expire_s * NS_PER_S < left_ns)
        left_ns = expire_s * NS_PER_S;
    return left_ns == TIME_NEVER ? TIME_NEVER : zone->server->now_ns + left_ns;
}

int64_t secondary_left_ns(const struct server_zone *zone)
{
    const struct deadline *expire = &zone->secondary->expire;
    return deadline_is_set(expire) ? expire->at_ns - zone->server->now_ns : TIME_NEVER;
}
