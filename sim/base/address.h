/*
 * Transport addresses. IPv4 is held as IPv4-mapped IPv6 (RFC 4291, section
 * 2.5.5.2), so that one type serves both families everywhere.
 */
#ifndef SIM_BASE_ADDRESS_H
#define SIM_BASE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Room for "[2001:db8:...]:65535" and its terminating zero. */
enum { ADDRESS_TEXT_SIZE = 56 };

struct address {
    uint8_t ip[16];
    uint16_t port; /* host byte order; 0: none given */
};

static inline bool address_same_ip(const struct address *a, const struct address *b)
{
    return memcmp(a->ip, b->ip, 16) == 0;
}

static inline bool address_equal(const struct address *a, const struct address *b)
{
    return a->port == b->port && address_same_ip(a, b);
}

/* The unspecified address "::", which stands for every address of a host. */
bool address_is_any(const struct address *a);
bool address_is_ipv4(const struct address *a);

/* FOUR in host byte order: 0xc0000201 is 192.0.2.1. */
struct address address_from_ipv4(uint32_t four, uint16_t port);

/* Parses "192.0.2.1" or "2001:db8::1" (no port, no brackets). False: not an address. */
bool address_parse(const char *text, struct address *out);

/* Parses "192.0.2.1:53" or "[2001:db8::1]:53"; the port is 1 to 65535. */
bool address_parse_port(const char *text, struct address *out);

/* Both write a terminated text into OUT and return it: without and with the port. */
const char *address_format_ip(const struct address *a, char out[ADDRESS_TEXT_SIZE]);
const char *address_format(const struct address *a, char out[ADDRESS_TEXT_SIZE]);

/* Order by address bytes, then port: -1, 0 or 1. */
int address_compare(const struct address *a, const struct address *b);

#endif
