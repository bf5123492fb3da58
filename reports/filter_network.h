/* Addresses as the fewest networks, for filters. */
#ifndef REPORTS_FILTER_NETWORK_H
#define REPORTS_FILTER_NETWORK_H

#include <stddef.h>

#include "sim/base/address.h"

struct filter_network {
    struct address address; /* without a port */
    unsigned bits;          /* of the prefix: 128 is one address, of IPv4 too */
};

/* Puts COUNT addresses, each a network of 128 bits, into order and joins those that fill a network;
 * returns how many are left. */
size_t filter_networks_join(struct filter_network *networks, size_t count);

#endif
