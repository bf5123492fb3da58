/* Between the scenario's addresses and real ones. */
#include <arpa/inet.h>
#include <stdio.h>

#include "nodes/server.h"
#include "scenarios/live/internal.h"

void live_sockaddr(const struct address *a, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (address_is_ipv4(a)) {
        struct sockaddr_in *in = (struct sockaddr_in *)out;
        in->sin_family = AF_INET;
        in->sin_port = htons(a->port);
        memcpy(&in->sin_addr, a->ip + 12, 4);
    } else {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(a->port);
        memcpy(&in6->sin6_addr, a->ip, 16);
    }
}

static struct address from_sockaddr(const struct sockaddr *real)
{
    struct address a = {0};
    if (real->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)real;
        a = address_from_ipv4(ntohl(in->sin_addr.s_addr), ntohs(in->sin_port));
    } else if (real->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)real;
        memcpy(a.ip, &in6->sin6_addr, 16);
        a.port = ntohs(in6->sin6_port);
    }
    return a;
}

bool live_has_address(const struct stage_member *member, const struct address *a)
{
    for (size_t i = 0; i < member->addresses_per_host; i++)
        if (address_same_ip(&member->addresses[i], a))
            return true;
    for (size_t i = 0; i < member->anycast_count; i++)
        if (address_same_ip(&member->anycast[i], a))
            return true;
    return false;
}

/* Once for each node: it would fill the log otherwise. */
static void tell_unmapped(struct live *live, const struct stage_member *member, bool tls)
{
    for (size_t i = 0; i < live->unmapped_count; i++)
        if (live->unmapped[i] == member)
            return;
    memory_reserve(live->unmapped, live->unmapped_count, live->unmapped_capacity);
    live->unmapped[live->unmapped_count++] = member;
    live_say(live, "nothing can be sent to %s: no --map%s says where it is", member->name,
             tls ? "-tls" : "");
}

/* Which of a peer's places is meant by PORT; by none of those it serves on, the first: it is where
 * the peer asked from. */
static bool is_place(const struct live_peer *peer, uint16_t port)
{
    if (port == SERVER_PORT || port == SERVER_TLS_PORT)
        return peer->tls == (port == SERVER_TLS_PORT);
    return true;
}

/* A socket for IPv6 sends to an IPv4 address as to an IPv6 one (RFC 4291 section 2.5.5.2). */
static void put_real(const struct live *live, const struct address *a, struct sockaddr_storage *out)
{
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
    live_sockaddr(a, out);
    if (out->ss_family == AF_INET6 || address_is_ipv4(&live->options->listen))
        return;
    memset(out, 0, sizeof *out);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(a->port);
    memcpy(&in6->sin6_addr, a->ip, 16);
}

bool live_real(struct live *live, const struct address *a, struct sockaddr_storage *out)
{
    const struct stage *stage = live->options->stage;
    for (size_t i = 0; i < live->options->peer_count; i++) {
        const struct live_peer *peer = &live->options->peers[i];
        if (!live_has_address(peer->member, a) || !is_place(peer, a->port))
            continue;
        struct address real = peer->address;
        if (a->port != SERVER_PORT && a->port != SERVER_TLS_PORT)
            real.port = a->port;
        put_real(live, &real, out);
        return true;
    }
    for (size_t i = 0; i < stage->member_count; i++)
        if (live_has_address(&stage->members[i], a)) {
            tell_unmapped(live, &stage->members[i], a->port == SERVER_TLS_PORT);
            return false;
        }
    put_real(live, a, out);
    return true;
}

struct address live_own(const struct live *live, const struct address *like, uint16_t port)
{
    const struct stage_member *member = live->options->member;
    struct address own = member->addresses[0];
    for (size_t i = 0; like && i < member->addresses_per_host; i++)
        if (address_is_ipv4(&member->addresses[i]) == address_is_ipv4(like))
            own = member->addresses[i];
    own.port = port;
    return own;
}

/* Of those at one address the one that serves on the port spoken from; else one whose port 53 is
 * there goes before one that is only known for TLS. */
static int likelihood(const struct live_peer *peer, uint16_t port)
{
    if (peer->tls)
        return 1;
    return peer->address.port == port ? 3 : 2;
}

const struct live_peer *live_sender(const struct live *live, const struct address *real)
{
    const struct live_peer *found = NULL;
    for (size_t i = 0; i < live->options->peer_count; i++) {
        const struct live_peer *peer = &live->options->peers[i];
        if (address_same_ip(&peer->address, real) &&
            (!found || likelihood(peer, real->port) > likelihood(found, real->port)))
            found = peer;
    }
    return found;
}

struct address live_seen(const struct live *live, const struct sockaddr *real)
{
    struct address a = from_sockaddr(real);
    const struct live_peer *sender = live_sender(live, &a);
    if (!sender)
        return a;
    bool serves_there = !sender->tls && sender->address.port == a.port;
    uint16_t port = serves_there ? SERVER_PORT : a.port;
    a = sender->member->addresses[0];
    a.port = port;
    return a;
}

struct address live_seen_again(const struct live *live, const struct sockaddr *real,
                               const struct address *asked)
{
    struct address a = live_seen(live, real);
    if (a.port != asked->port || address_same_ip(&a, asked))
        return a;
    for (size_t i = 0; i < live->options->peer_count; i++) {
        const struct stage_member *member = live->options->peers[i].member;
        if (live_has_address(member, &a) && live_has_address(member, asked))
            return *asked;
    }
    return a;
}
