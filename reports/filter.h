/*
 * The --capture FILTER: a pcap filter expression (pcap-filter(7)) in which names
 * of the scenario stand for addresses.
 *
 * libpcap would ask the machine's own resolver for any name it does not know, so
 * every word is looked at first: names of the scenario are replaced, port names
 * of DNS become numbers, and a word that is neither these nor part of the
 * language is refused. Only what makes sense for raw IP is accepted: no Ethernet,
 * no MAC addresses, no "mask", no "gateway".
 */
#ifndef REPORTS_FILTER_H
#define REPORTS_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/address.h"
#include "sim/base/bytes.h"

enum { FILTER_ERROR_SIZE = 512 };

/* One address of a name. A name with several addresses (an anycast server, a client group) has
 * several entries, anywhere in the array. Ports are ignored. */
struct filter_name {
    const char *name;
    struct address address;
};

struct filter;

/* True for "none": no captures at all. */
bool filter_is_none(const char *expression);

/* NULL if EXPRESSION is refused: ERROR holds a sentence that names the word. NAMES are needed only
 * during the call. Free with filter_free. */
struct filter *filter_compile(const char *expression, const struct filter_name *names,
                              size_t name_count, char error[FILTER_ERROR_SIZE]);
void filter_free(struct filter *filter);

/* What libpcap compiled: the expression with names replaced. Lives as long as FILTER. */
const char *filter_expression(const struct filter *filter);

/* FRAME begins with an IP header. */
bool filter_matches(const struct filter *filter, struct bytes frame);

#endif
