/* Name servers for tests: a zone, addresses, configurations, and messages to send them. */
#ifndef TESTS_SUPPORT_SERVER_SETUP_H
#define TESTS_SUPPORT_SERVER_SETUP_H

#include "nodes/dns/message.h"
#include "nodes/server.h"
#include "tests/support/node_driver.h"
#include "tests/support/zone_text.h"

/* "192.0.2.1:53"; without a port: 0. */
struct address address_of(const char *text);

/* example.com with SERIAL, refresh 1 h, retry 15 min, expire 1 week, and HOSTS hosts h0, h1 ...
 * with one A record each; one reference. */
struct zone *setup_zone(uint32_t serial, size_t hosts);

/* As above with this in place of SOA timers "3600 900 604800 300" and these lines more. */
struct zone *setup_zone_with(uint32_t serial, const char *timers, const char *lines);

enum { SETUP_ADDRESSES = 4 };

/* A server of one zone, example.com. */
struct setup {
    struct server_config config;
    struct server_zone_config zone;
    struct server_policy policy; /* the rfc row, to be changed */
    struct address sources[SETUP_ADDRESSES], notify[SETUP_ADDRESSES];
};

/* ZONE (whose reference stays with the caller) NULL: a secondary of 192.0.2.1. Anybody may
 * transfer, IXFR is on both ways. */
void setup_server(struct setup *setup, struct zone_store *store, struct zone *zone);
void setup_add_source(struct setup *setup, const char *address);
void setup_add_notify(struct setup *setup, const char *address);

/* Messages in a static buffer; id 0x1234. EDNS_SIZE 0: without EDNS. */
struct bytes setup_query(const char *name, uint16_t type, uint16_t edns_size);

/* NOTIFY for example.com, with a hint unless SERIAL is 0. */
struct bytes setup_notify(uint32_t serial);

/* IXFR for example.com from SERIAL; AXFR if 0. */
struct bytes setup_transfer(uint32_t serial);

/* MESSAGE with its length in front, in a static buffer. */
struct bytes setup_framed(struct bytes message);

/* Answers to the SOA query in QUERY: example.com's SOA with SERIAL, or RCODE without records. */
struct bytes setup_soa_answer(struct bytes query, uint32_t serial, unsigned rcode);

/* Parses what must be a good message. */
void setup_parse(struct message *message, struct bytes bytes);

/* The serial of the first SOA in MESSAGE. */
uint32_t setup_serial_in(const struct message *message);

/* Tells a primary to add this record ("www2 300 A 192.0.2.80"); REMOVE: to remove it. */
void setup_change(struct node_driver *driver, const char *record, bool remove);

#endif
