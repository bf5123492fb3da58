/*
 * The tree of names that tests of the resolver live in, as lines of a script, and
 * the one internet that they open and close.
 */
#ifndef TESTS_SUPPORT_TOY_TREE_H
#define TESTS_SUPPORT_TOY_TREE_H

#include "tests/support/toy_internet.h"

#define ROOT "198.41.0.4"
#define COM "192.5.6.30"
#define NET "192.5.6.31"
#define NS1 "192.0.2.1"
#define NS2 "192.0.2.2"
#define OTHER "203.0.113.1"

/* Root, two TLDs, example.com on two servers, example.net on one. */
#define TREE                                                                                     \
    ROOT " . NS answer an . 86400 NS a.root-servers.net.; ad a.root-servers.net. 86400 A " ROOT, \
        ROOT " *.com. any referral au com. 86400 NS a.gtld.com.; ad a.gtld.com. 86400 A " COM,   \
        ROOT " *.net. any referral au net. 86400 NS a.gtld.net.; ad a.gtld.net. 86400 A " NET,   \
        ROOT " *. any nxdomain au . 3600 SOA 600"

#define EXAMPLE_COM                                                                 \
    COM " *.example.com. any referral au example.com. 3600 NS ns1.example.com.; "   \
        "au example.com. 3600 NS ns2.example.com.; ad ns1.example.com. 3600 A " NS1 \
        "; ad ns2.example.com. 3600 A " NS2

#define EXAMPLE_NET                                                              \
    NET " *.example.net. any referral au example.net. 3600 NS ns.example.net.; " \
        "ad ns.example.net. 3600 A " OTHER

#define WWW(server) server " www.example.com. A answer an www.example.com. 300 A 192.0.2.80"

/* Both servers of example.com say the same. */
#define BOTH(line) NS1 " " line, NS2 " " line

#define OPEN_AS(software, ...)                                          \
    do {                                                                \
        const char *const lines[] = {__VA_ARGS__};                      \
        toy_tree_open(lines, sizeof lines / sizeof lines[0], software); \
    } while (0)
#define OPEN(...) OPEN_AS(RESOLVER_RFC, __VA_ARGS__)

extern struct toy_internet toy;

/* Of the resolver; it may be changed before the first question. */
extern struct resolver_config toy_tree_config;

/* Opens it with a resolver of SOFTWARE that knows ROOT; toy_close when done. */
void toy_tree_open(const char *const *lines, size_t count, enum resolver_software software);

/* Asks and lets a second pass; the reply, or NULL. */
const struct message *toy_tree_ask(const char *name, uint16_t type);

#endif
